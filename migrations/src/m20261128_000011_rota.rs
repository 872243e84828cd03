//! Duty as a team keeps it: posts, a rota in civil time, who covers whom, hand-overs, addresses for calendars. A shift
//! that was there before stays, on the post that its person's role stands for.

use sea_orm_migration::prelude::{Alias, Expr, ExprTrait, Query};

use crate::build::{Step, change, flag, index, key, maybe_number, maybe_text, more, number, refers, table, text};
use crate::build::{text_or, unique};

/// The shifts of the people with a role are on this post.
fn post_of(role: &'static str, post: &'static str) -> Step {
    let mut people = Query::select();
    people.column(Alias::new("id")).from(Alias::new("people")).and_where(Expr::col(Alias::new("role")).eq(role));
    let mut rows = Query::update();
    rows.table(Alias::new("shifts")).value(Alias::new("post"), post);
    rows.and_where(Expr::col(Alias::new("person_id")).in_subquery(people));
    Step::Rows(Box::new(rows))
}

change!(
    "m20261128_000011_rota",
    [
        more("shifts", text_or("post", "primary")),
        more("shifts", maybe_text("civil_from")),
        more("shifts", maybe_text("civil_to")),
        more("shifts", maybe_text("zone")),
        more("shifts", maybe_number("made_by")),
        more("shifts", maybe_number("made_at")),
        more("shifts", maybe_number("gone_by")),
        more("shifts", maybe_number("gone_at")),
        post_of("shift_lead", "lead"),
        post_of("supervisor", "supervisor"),
        table(
            "rota_lines",
            vec![
                key(),
                text("post"),
                text("zone"),
                number("days"),
                text("civil_from"),
                text("civil_to"),
                text("people"),
                text("turn"),
                text("since"),
                maybe_text("until"),
                number("made_by"),
                number("made_at"),
                maybe_number("gone_by"),
                maybe_number("gone_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["made_by"], "people", &["id"]));
            },
        ),
        table(
            "covers",
            vec![
                key(),
                maybe_text("post"),
                number("outgoing"),
                maybe_number("incoming"),
                number("starts_at"),
                number("ends_at"),
                text("state"),
                maybe_number("swap"),
                number("made_by"),
                number("made_at"),
                maybe_number("answered_by"),
                maybe_number("answered_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["outgoing"], "people", &["id"])).foreign_key(&mut refers(
                    &["incoming"],
                    "people",
                    &["id"],
                ));
            },
        ),
        index("covers", &["ends_at"]),
        table(
            "handovers",
            vec![
                key(),
                text("post"),
                number("outgoing"),
                number("incoming"),
                number("ends_at"),
                number("made_by"),
                number("made_at"),
                maybe_number("opened_at"),
                maybe_number("accepted_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["outgoing"], "people", &["id"])).foreign_key(&mut refers(
                    &["incoming"],
                    "people",
                    &["id"],
                ));
            },
        ),
        unique("handovers", &["outgoing", "post", "ends_at"]),
        index("handovers", &["ends_at"]),
        table(
            "feeds",
            vec![
                key(),
                text("hash"),
                number("person_id"),
                flag("whole"),
                number("created_at"),
                maybe_number("revoked_at"),
            ],
            |table| {
                table.foreign_key(&mut refers(&["person_id"], "people", &["id"]));
            },
        ),
        unique("feeds", &["hash"]),
        index("feeds", &["person_id"]),
    ]
);
