//! What every page stands in: the frame ([`Shell`]) and the answer ([`Page`]).
//!
//! # How a page is made
//!
//! 1. A template `web/templates/<word>/<name>.html` extends the layout and fills its blocks:
//!
//!    ```text
//!    {% extends "layout.html" %}
//!    {% import "components/icon.html" as i %}
//!    {% import "components/priority.html" as p %}
//!    {% block main_class %}wrap narrow{% endblock %}
//!    {% block main %}
//!    <h1>{{ shell.title }}</h1>
//!    {{ p::prio(incident.priority) }}
//!    {% endblock %}
//!    ```
//!
//!    Blocks: `head`, `body_class`, `main_class` (`wrap`), `main`, `aside` (after main), `exercise_words`; `page` replaces
//!    main and aside (rooms, the queue); `frame` replaces the bar as well (sign-in, the wall). One `h1` a page.
//! 2. A struct beside the handler, in `web/src/<word>.rs`, with a field `shell: Shell` and what the page shows:
//!
//!    ```text
//!    #[derive(Template)]
//!    #[template(path = "election/list.html")]
//!    struct Elections { shell: Shell, elections: Vec<Row> }
//!    ```
//!
//! 3. The handler answers `Page::ok(Elections { … })`, or `Page::with(StatusCode::UNPROCESSABLE_ENTITY, …)` for a form
//!    with errors. `Page` writes the type and `Cache-Control: no-store`; the security headers are the server's.
//! 4. `impl Elections { fn sample() -> Self }` under `#[cfg(test)]`, and a line in `samples.rs`: the test `pages` then
//!    writes it to `target/pages` and looks for inline styles, handlers and unlabelled fields.
//!
//! # Components
//!
//! Macros, called as `{{ p::prio(x) }}`; where a component has a body, as `{% call n::notice(kind="p2") %}…{% endcall %}`.
//! Arguments can be named (`hint="…"`) and most have a default. Text arguments take `String` and `&str` alike. A field of
//! the page that is called as an argument is (`name`, `id`, `value`) is passed as `self.name`: bare, the macro's own wins.
//!
//! | file | macros |
//! |---|---|
//! | `icon.html` | `icon(name, class)` |
//! | `priority.html` | `prio`, `matrix`, `why` (button and popover), `changes`, `donot` |
//! | `clock.html` | `rclock` (a [`crate::face::ClockFace`]), `eclock`, `days`, `phase` |
//! | `phase.html` | `pill`, `under` (a [`crate::election::phase::Phase`]) |
//! | `person.html` | `av`, `person` (body: what stands at the end) |
//! | `form.html` | `field`, `input`, `area`, `select`, `choice`, `error_summary` |
//! | `notice.html` | `notice` (body), `connection`, `tag`, `tlp`, `empty` (body: the action), `reference` |
//! | `timeline.html` | `day`, `event` (body), `message` (body), `seen` |
//! | `figure.html` | `tally`, `heat`, `figure`, `decide` (body), `trail`, `facts` (body) |
//!
//! A row that a live frame renders alone is no macro but a template and a struct of its own (`room/_message.html`).
//! No `|safe`, no style attribute, no handler attribute: the policy would drop them, and the test refuses them.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::theme::Theme;

/// The product, as it stands after each page's title.
pub const PRODUCT: &str = "Election Communications Hub";

/// Exactly what the layout needs.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The page's title, without the product.
    pub title: String,
    /// How many things wait for the reader: "(1) Queue" in the window's title. 0 shows nothing.
    pub waiting: usize,
    /// Who reads; nobody before sign-in.
    pub viewer: Option<You>,
    /// The way around, the present page marked.
    pub nav: Vec<NavItem>,
    /// The 24/7 number, where one is set.
    pub call_line: Option<CallLine>,
    /// Whether this is a demonstration: every page says so.
    pub demo: bool,
    /// Whether this page belongs to an exercise: a band, a frame round the window.
    pub exercise: bool,
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// The server's time when the page was made.
    pub now: Timestamp,
    /// How many of its seconds pass in one of the machine's: 1, unless a demonstration runs faster.
    pub speed: u32,
}

/// The reader, as the bar shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct You {
    /// What tells their pages from those of another who signs in here.
    pub id: i64,
    /// In full.
    pub name: String,
    /// Two letters; see [`initials`].
    pub initials: String,
    /// As `Alder County` or `Response team`.
    pub office: String,
    /// The role in words.
    pub role: String,
    /// Whether they are on the response side: dense pages, a square avatar, UTC.
    pub response_side: bool,
    /// Whether incidents are told to them: they have a page of how they are reached.
    pub reached: bool,
}

/// One link of the main navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its word.
    pub label: &'static str,
    /// Whether the page shown is this one, or below it.
    pub current: bool,
}

/// Which link of the navigation a page stands under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// None of them.
    Elsewhere,
    /// An official's home.
    Home,
    /// An office's incidents: their list, their rooms, filing one.
    Incidents,
    /// The queue and, for responders, the rooms.
    Queue,
    /// The dashboard.
    Dashboard,
    /// The list of authorities, or for an official their own.
    Authorities,
    /// Elections.
    Elections,
    /// Who is on duty.
    Duty,
}

/// Who the navigation is for; only pages that exist for them are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NavFor<'a> {
    /// Nobody signed in.
    Nobody,
    /// An official, with the slug of their authority.
    Official(&'a str),
    /// The response side, the auditor too.
    Response,
    /// Who runs the instance and reads no incident.
    Admin,
}

/// The links of the main navigation with the present place marked.
pub fn nav(who: NavFor<'_>, at: Place) -> Vec<NavItem> {
    let item = |href: &str, label, place| NavItem { href: href.to_owned(), label, current: at == place };
    match who {
        NavFor::Nobody => Vec::new(),
        NavFor::Official(slug) => vec![
            item("/", "Home", Place::Home),
            item("/incidents", "Incidents", Place::Incidents),
            item("/elections", "Elections", Place::Elections),
            item(&format!("/authorities/{slug}"), "Our authority", Place::Authorities),
        ],
        NavFor::Response => vec![
            item("/queue", "Queue", Place::Queue),
            item("/dashboard", "Dashboard", Place::Dashboard),
            item("/authorities", "Authorities", Place::Authorities),
            item("/elections", "Elections", Place::Elections),
            item("/duty", "Duty", Place::Duty),
        ],
        NavFor::Admin => vec![
            item("/authorities", "Authorities", Place::Authorities),
            item("/elections", "Elections", Place::Elections),
        ],
    }
}

/// The first letters of the first and the last name, as the avatars show them.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// A telephone number as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLine(String);

impl CallLine {
    /// The number as set; `None` where it is blank.
    pub fn new(number: &str) -> Option<Self> {
        let number = number.trim();
        (!number.is_empty()).then(|| Self(number.to_owned()))
    }

    /// `tel:+19995550142`.
    pub fn href(&self) -> String {
        let digits: String = self.0.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        format!("tel:{digits}")
    }
}

impl std::fmt::Display for CallLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Shell {
    /// The frame of a page for nobody yet: sign-in, errors, the demonstration's list.
    pub fn public(
        title: impl Into<String>,
        call_line: Option<CallLine>,
        demo: bool,
        theme: Theme,
        now: Timestamp,
    ) -> Self {
        Self {
            title: title.into(),
            waiting: 0,
            viewer: None,
            nav: Vec::new(),
            call_line,
            demo,
            exercise: false,
            theme,
            now,
            speed: 1,
        }
    }

    /// The same frame under another title.
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// "(1) Queue · Election Communications Hub".
    pub(crate) fn head_title(&self) -> String {
        match self.waiting {
            0 => format!("{} · {PRODUCT}", self.title),
            n => format!("({n}) {} · {PRODUCT}", self.title),
        }
    }

    /// Responders work dense and in UTC; officials read large, with the telephone number in the bar.
    pub(crate) fn dense(&self) -> bool {
        self.viewer.as_ref().is_some_and(|you| you.response_side)
    }

    pub(crate) fn body_class(&self) -> &'static str {
        match (self.dense(), self.exercise) {
            (true, true) => "dense exercise",
            (true, false) => "dense",
            (false, true) => "exercise",
            (false, false) => "",
        }
    }

    pub(crate) fn brand(&self) -> &'static str {
        if self.dense() { "Hub" } else { PRODUCT }
    }

    /// "07:14:08".
    pub(crate) fn utc(&self) -> String {
        self.now.strftime("%H:%M:%S").to_string()
    }
}

/// A page as an answer: status, HTML, and not to be kept by any cache.
#[derive(Debug)]
pub struct Page<T> {
    status: StatusCode,
    body: T,
}

impl<T: Template> Page<T> {
    /// 200.
    pub fn ok(body: T) -> Self {
        Self::with(StatusCode::OK, body)
    }

    /// Any status: 422 for a form shown again, 403, 404.
    pub fn with(status: StatusCode, body: T) -> Self {
        Self { status, body }
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.body.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page cannot be rendered");
                return (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "This page could not be made. Try again, or ring the 24/7 line.\n",
                )
                    .into_response();
            }
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (self.status, headers, html).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_name() {
        assert_eq!(initials("Rosa Field"), "RF");
        assert_eq!(initials("Ana Maria de la Cruz"), "AC");
        assert_eq!(initials("Élodie"), "É");
        assert_eq!(initials("  "), "");
    }

    #[test]
    fn a_number_is_dialled_without_its_blanks() {
        assert_eq!(CallLine::new("+1 999 555-0142").unwrap().href(), "tel:+19995550142");
        assert_eq!(CallLine::new("  "), None);
    }

    #[test]
    fn the_title_counts_what_waits() {
        let mut shell = Shell::public("Queue", None, false, Theme::System, Timestamp::UNIX_EPOCH);
        assert_eq!(shell.head_title(), "Queue · Election Communications Hub");
        shell.waiting = 1;
        assert_eq!(shell.head_title(), "(1) Queue · Election Communications Hub");
    }

    #[test]
    fn officials_are_not_led_to_the_queue() {
        let items = nav(NavFor::Official("alder-county"), Place::Home);
        assert!(items.iter().all(|item| item.href != "/queue" && item.href != "/dashboard"));
        assert_eq!(items.iter().filter(|item| item.current).count(), 1);
    }
}
