//! `/queue`: the incidents in the order of work, narrowed by what the address says. Every list of the dashboard is one
//! of these, so that each number there leads to exactly what it counts.

use askama::Template;
use hub::Hub;
use hub::escalation::{Priority, Urgency};
use hub::identity::{Right, Viewer};
use hub::incident::{Filter as Wanted, IncidentView, Owner, Sort, State, count, list};
use hub::live::View as LiveView;
use hub::store::{Page as Cut, PageOf};
use hub::time::Ts;
use serde::{Deserialize, Serialize};

use super::row::{For, body};
use super::view::{Filter, Queue, View, Views};
use crate::app::App;
use crate::authority::all_authorities;
use crate::error::Failure;
use crate::extract::{Asked, Caller};
use crate::face::Choice;
use crate::page::{Page, Place};
use crate::routes::{Access, Sample, Table};
use crate::theme::Theme;

/// How many rows a page has.
const ROWS: u64 = 200;

/// The routes of this file.
pub fn routes(table: Table) -> Table {
    table.get("/queue", Access::Roles(Right::SeeQueue.roles()), Sample::NONE, page)
}

/// What the address says.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Query {
    #[serde(default)]
    view: Which,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// `30` where the page loads itself again for want of scripts.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
}

/// A view of the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    #[default]
    All,
    Mine,
    Unassigned,
    Unacknowledged,
    PastDue,
    Undecided,
    Waiting,
    Closed,
}

impl Which {
    const ALL: [Self; 8] = [
        Self::All,
        Self::Mine,
        Self::Unassigned,
        Self::Unacknowledged,
        Self::PastDue,
        Self::Undecided,
        Self::Waiting,
        Self::Closed,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Unacknowledged => "unacknowledged",
            Self::PastDue => "past_due",
            Self::Undecided => "undecided",
            Self::Waiting => "waiting",
            Self::Closed => "closed",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::All => "All open",
            Self::Mine => "Mine",
            Self::Unassigned => "No owner",
            Self::Unacknowledged => "Not acknowledged",
            Self::PastDue => "Past target",
            Self::Undecided => "To decide",
            Self::Waiting => "Waiting for them",
            Self::Closed => "Closed",
        }
    }

    /// What will appear where there is nothing.
    const fn empty(self) -> &'static str {
        match self {
            Self::All => "No incident is open. One appears here as soon as it is filed.",
            Self::Mine => "You have no open incident. Claim one from “All open”.",
            Self::Unassigned => "Every open incident has an owner.",
            Self::Unacknowledged => "Every open incident was acknowledged.",
            Self::PastDue => "No incident is past a target.",
            Self::Undecided => "Nothing waits for a decision.",
            Self::Waiting => "No incident waits for its authority.",
            Self::Closed => "Nothing was resolved or closed yet.",
        }
    }

    /// What of all incidents it shows.
    fn wanted(self) -> Wanted {
        let open = Wanted::default();
        match self {
            Self::All => open,
            Self::Mine => Wanted { owner: Some(Owner::Me), ..open },
            Self::Unassigned => Wanted { owner: Some(Owner::None), ..open },
            Self::Unacknowledged => Wanted { unacknowledged: true, ..open },
            Self::PastDue => Wanted { past_due: true, ..open },
            Self::Undecided => Wanted { undecided: true, ..open },
            Self::Waiting => Wanted { waiting: true, ..open },
            Self::Closed => Wanted { state: State::Closed, sort: Sort::Updated, ..open },
        }
    }
}

impl Query {
    /// The same as the hub takes it.
    fn wanted(&self) -> Result<Wanted, Failure> {
        let base = self.view.wanted();
        let owner = self.owner.as_deref().map(|owner| match owner {
            "me" => Owner::Me,
            "none" => Owner::None,
            email => Owner::Person(email.to_owned()),
        });
        Ok(Wanted {
            priority: codes::<Priority>("priority", self.priority.as_deref())?,
            urgency: codes::<Urgency>("urgency", self.urgency.as_deref())?,
            authority: self.authority.clone(),
            owner: base.owner.clone().or(owner),
            text: self.q.clone(),
            ..base
        })
    }

    fn narrowed(&self) -> bool {
        [&self.priority, &self.urgency, &self.authority, &self.owner, &self.q].into_iter().any(Option::is_some)
    }

    /// Whether the page loads itself again, and the address at which it is the other way round.
    fn refresh(&self) -> (bool, String) {
        let on = self.refresh.as_deref() == Some("30");
        let other = Self { refresh: (!on).then(|| "30".to_owned()), ..self.clone() };
        (on, format!("/queue?{}", serde_urlencoded::to_string(other).unwrap_or_default()))
    }

    /// The address of the next page.
    fn next(&self, cursor: &str) -> Option<String> {
        let next = Self { cursor: Some(cursor.to_owned()), ..self.clone() };
        serde_urlencoded::to_string(next).ok().map(|query| format!("/queue?{query}"))
    }
}

/// Codes separated by commas.
fn codes<T>(field: &str, given: Option<&str>) -> Result<Vec<T>, Failure>
where
    T: std::str::FromStr<Err = hub::escalation::UnknownCode>,
{
    let all = given.unwrap_or_default().split(',').map(str::trim).filter(|code| !code.is_empty());
    all.map(|code| code.parse().map_err(|error| Failure::invalid(field, format!("{error}.")))).collect()
}

async fn page(app: App, theme: Theme, caller: Caller, asked: Asked) -> Result<Page<Queue>, Failure> {
    let (hub, viewer, now) = (app.hub(), &caller.viewer, caller.now);
    let query: Query = asked.read(&[])?;
    // Before the list is read: a frame that is newer than that is never taken for an older one.
    let rev = app.channel().live().rev(LiveView::Queue);
    app.rates().search(viewer, query.q.as_deref(), hub.wall.now())?;
    let cut = Cut { cursor: query.cursor.clone(), ..Cut::first(ROWS) };
    let found = list(hub, viewer, &query.wanted()?, &cut, now).await?;
    let mut body = body(hub, For::one(viewer), &found, rev, now).await?;
    body.more = found.next.as_deref().and_then(|cursor| query.next(cursor));
    body.empty = match query.narrowed() {
        true => "No incident matches. Clear the filter to see all of them.".to_owned(),
        false => query.view.empty().to_owned(),
    };
    let views = views(hub, viewer, query.view, now).await?;
    let filter = filter(hub, viewer, &query).await?;
    let mut shell = app.shell(Some(viewer), theme, query.view.label(), Place::Queue).await;
    shell.waiting = waiting(&views);
    Ok(Page::ok(Queue { shell, views, filter, body, refresh: query.refresh() }))
}

/// What the window's title counts: what nobody has acknowledged.
fn waiting(views: &Views) -> usize {
    let unanswered = Which::Unacknowledged.label();
    views.items.iter().find(|view| view.label == unanswered).and_then(|view| view.count).unwrap_or_default()
}

async fn views(hub: &Hub, viewer: &Viewer, current: Which, now: Ts) -> hub::Result<Views> {
    let mut items = Vec::new();
    for view in Which::ALL {
        let count = match view {
            // Nobody works what is over; counting it would cost more with every year.
            Which::Closed => None,
            view => usize::try_from(count(hub, viewer, &view.wanted(), now).await?).ok(),
        };
        let href = format!("/queue?view={}", view.code());
        items.push(View { href, label: view.label(), count, current: view == current });
    }
    Ok(Views { items })
}

async fn filter(hub: &Hub, viewer: &Viewer, query: &Query) -> hub::Result<Filter> {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    let authorities = all_authorities(hub, viewer).await?;
    let responders = hub::duty::responders(hub).await?;
    let others = responders.into_iter().filter(|person| person.id != viewer.id());
    Ok(Filter {
        view: query.view.code().to_owned(),
        priority: text(&query.priority),
        urgency: text(&query.urgency),
        authority: text(&query.authority),
        authorities: authorities.into_iter().map(|one| Choice::new(one.slug, one.name)).collect(),
        owner: text(&query.owner),
        owners: others.map(|person| Choice::new(person.email, person.name)).collect(),
        q: text(&query.q),
    })
}

/// The table alone, as a live frame carries it to all who may claim or to all who may not: `page` is the first page of
/// the queue as it was read at `as_of`.
///
/// # Errors
/// If the database does not answer.
pub async fn queue_html(
    hub: &Hub,
    claims: bool,
    page: &PageOf<IncidentView>,
    rev: u64,
    as_of: Ts,
) -> hub::Result<String> {
    let mut body = body(hub, For { me: None, claims }, page, rev, as_of).await?;
    Which::All.empty().clone_into(&mut body.empty);
    body.more = page.next.as_deref().and_then(|cursor| Query::default().next(cursor));
    body.render().map_err(hub::Error::broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_what_the_list_was_narrowed_to() {
        let query = Query { view: Which::PastDue, priority: Some("P1,P2".to_owned()), ..Query::default() };
        assert_eq!(query.next("abc").unwrap(), "/queue?view=past_due&priority=P1%2CP2&cursor=abc");
        let wanted = query.wanted().unwrap();
        assert_eq!((wanted.priority, wanted.past_due), (vec![Priority::P1, Priority::P2], true));
    }

    #[test]
    fn a_view_of_somebody_stays_theirs() {
        let query = Query { view: Which::Mine, owner: Some("none".to_owned()), ..Query::default() };
        assert_eq!(query.wanted().unwrap().owner, Some(Owner::Me));
    }

    #[test]
    fn codes_are_those_of_the_address() {
        for view in Which::ALL {
            assert_eq!(serde_json::to_value(view).unwrap(), view.code());
        }
    }
}
