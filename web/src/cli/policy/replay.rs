//! `policy replay`: what another policy would have made of what was.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use hub::identity::Viewer;
use hub::policy::replay::{Course, Page, Replayed, Summary, replay as replayed};
use hub::time::Ts;
use serde_json::json;

use super::super::{Place, Stop, say};

/// Replays and prints.
pub(super) async fn replay(
    file: Option<&Path>,
    (from, to): (Ts, Ts),
    as_json: bool,
    differing: bool,
    place: &Place,
) -> Result<(), Stop> {
    if to <= from {
        return Err(Stop::Misused("--to must be after --from".to_owned()));
    }
    let policy = file.map(super::read).transpose()?.map(Arc::new);
    let hub = super::look(place).await?;
    let viewer = Viewer::system("policy replay");
    let all = replayed(&hub, &viewer, policy.as_ref(), from, to).await?;
    let summary = Summary::of(&all);
    let shown = || all.iter().filter(|one| !differing || one.differs());
    let name = policy.as_ref().map_or("the policies that they had", |policy| policy.version.as_str());
    if as_json {
        let incidents: Vec<_> = shown().collect();
        let whole = json!({
            "policy": policy.as_ref().map(|policy| &policy.version),
            "from": from,
            "to": to,
            "summary": summary,
            "incidents": incidents,
        });
        say(serde_json::to_string_pretty(&whole).map_err(Stop::failed)?);
        return Ok(());
    }
    if shown().next().is_some() {
        say(table(shown(), name).trim_end());
    }
    say(words(&summary, name));
    Ok(())
}

/// One incident a block of lines: what was on the left, what would have been on the right. A `*` marks what differs.
fn table<'a>(shown: impl Iterator<Item = &'a Replayed>, name: &str) -> String {
    let mut rows = vec![("".to_owned(), "INCIDENT".to_owned(), "AS IT WAS".to_owned(), format!("UNDER {name}"))];
    for one in shown {
        let (was, would) = (lines(one.was.as_ref()), lines(one.would.as_ref()));
        for at in 0..was.len().max(would.len()) {
            let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
            let (mark, reference) = match at {
                0 => (if one.differs() { "*" } else { "" }, one.reference.clone()),
                _ => ("", String::new()),
            };
            rows.push((mark.to_owned(), reference, line(&was), line(&would)));
        }
    }
    let width = |cell: fn(&(String, String, String, String)) -> &String| {
        rows.iter().map(|row| cell(row).chars().count()).max().unwrap_or_default()
    };
    let (incident, was) = (width(|row| &row.1), width(|row| &row.2));
    let mut text = String::new();
    for (mark, reference, left, right) in &rows {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}", format!("{mark:1} {reference:incident$}  {left:was$}  {right}").trim_end());
    }
    text
}

/// "P3 when filed", "P2 2026-11-02T11:00:00Z boundary".
fn lines(course: Option<&Course>) -> Vec<String> {
    let Some(course) = course else { return vec!["not in the record any more".to_owned()] };
    let filed = format!("{} when filed", course.filed);
    let turn = course.turns.iter().map(|turn| (turn.at, format!("{} {} {}", turn.to, turn.at, turn.cause)));
    let proposed = course.proposed.iter().map(|(at, to)| (*at, format!("{to} {at} proposed")));
    let page = course.pages.iter().map(|page| (page.at, format!("  {} paged {}", page.at, paged(page))));
    let lapsed = course.lapsed.iter().map(|at| (*at, format!("  {at} acknowledgement lapsed")));
    let mut told: Vec<_> = turn.chain(proposed).chain(lapsed).chain(page).collect();
    told.sort_by_key(|(at, _)| *at);
    std::iter::once(filed).chain(told.into_iter().map(|(_, words)| words)).collect()
}

/// "Rosa Field (on_duty), nobody for backup".
fn paged(page: &Page) -> String {
    let to = page.to.iter().map(|one| format!("{} ({})", one.name, one.post));
    let nobody = page.nobody.iter().map(|post| format!("nobody for {post}"));
    to.chain(nobody).collect::<Vec<_>>().join(", ")
}

fn words(summary: &Summary, name: &str) -> String {
    let Summary { incidents, differ, higher, lower, pages, would_page, lost } = summary;
    let mut text = format!(
        "{incidents} incidents, {differ} differ under {name}: {higher} would have stood higher at some time, {lower} lower; \
         {pages} pages were made, {would_page} would have been"
    );
    if *lost > 0 {
        let _ = write!(text, "; {lost} cannot be replayed, because what happened was erased");
    }
    text
}

#[cfg(test)]
mod tests {
    use hub::escalation::Priority;
    use hub::policy::replay::{Reached, Turn};

    use super::*;

    #[test]
    fn what_was_stands_beside_what_would_have_been() {
        let at: Ts = "2026-11-02T11:00:00Z".parse().unwrap();
        let turn = Turn {
            at,
            from: Priority::P3,
            to: Priority::P2,
            computed: Priority::P2,
            cause: "boundary".to_owned(),
            due: None,
        };
        let rosa = Reached { name: "Rosa Field".to_owned(), post: "on_duty".to_owned() };
        let page = |step: i64, to: Vec<Reached>, nobody: &[&str]| Page {
            at,
            of: "unanswered".to_owned(),
            step,
            priority: Priority::P2,
            to,
            nobody: nobody.iter().map(|&code| code.to_owned()).collect(),
        };
        let was = Course {
            filed: Priority::P3,
            turns: vec![turn],
            proposed: Vec::new(),
            pages: vec![page(0, vec![rosa], &[])],
            lapsed: vec![at],
        };
        let would = Course {
            filed: Priority::P2,
            turns: Vec::new(),
            proposed: vec![(at, Priority::P3)],
            pages: vec![page(1, Vec::new(), &["backup"])],
            lapsed: Vec::new(),
        };
        let one = |reference: &str, would: &Course| Replayed {
            reference: reference.to_owned(),
            title: String::new(),
            opened_at: at.plus(jiff::SignedDuration::from_hours(-1)),
            was: Some(was.clone()),
            would: Some(would.clone()),
        };
        let all = [one("ALD-1", &would), one("ALD-12", &was)];
        let told = [
            "  INCIDENT  AS IT WAS                                          UNDER next",
            "* ALD-1     P3 when filed                                      P2 when filed",
            "            P2 2026-11-02T11:00:00Z boundary                   P3 2026-11-02T11:00:00Z proposed",
            "              2026-11-02T11:00:00Z acknowledgement lapsed        2026-11-02T11:00:00Z paged nobody for backup",
            "              2026-11-02T11:00:00Z paged Rosa Field (on_duty)",
            "  ALD-12    P3 when filed                                      P3 when filed",
            "            P2 2026-11-02T11:00:00Z boundary                   P2 2026-11-02T11:00:00Z boundary",
            "              2026-11-02T11:00:00Z acknowledgement lapsed        2026-11-02T11:00:00Z acknowledgement lapsed",
            "              2026-11-02T11:00:00Z paged Rosa Field (on_duty)    2026-11-02T11:00:00Z paged Rosa Field (on_duty)",
        ];
        assert_eq!(table(all.iter(), "next").lines().collect::<Vec<_>>(), told);
        assert_eq!(
            words(&Summary::of(&all), "next"),
            "2 incidents, 1 differ under next: 1 would have stood higher at some time, 0 lower; 2 pages were made, 2 would have been"
        );
    }
}
