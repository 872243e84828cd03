//! The pages of duty, hand-overs and calendars.

mod calendar;
mod forms;
mod handover;
mod page;
#[cfg(test)]
mod sample;
pub mod view;
mod week;

use hub::identity::Right;

use crate::routes::{Access, Sample, Table};

/// The routes of this folder.
pub fn routes(table: Table) -> Table {
    const SHIFT: &str = r#"{"person": "rosa@hub.example", "from": "2030-01-01T08:00", "to": "2030-01-01T16:00"}"#;
    const LINE: &str = r#"{"post": "primary", "zone": "Europe/Oslo", "from": "22:00", "to": "06:00",
        "people": "rosa@hub.example", "since": "2030-01-01"}"#;
    const COVER: &str = r#"{"by": "ravi@hub.example", "from": "2030-01-01T08:00", "to": "2030-01-01T16:00"}"#;
    const SWAP: &str = r#"{"with": "ravi@hub.example", "from": "2030-01-01T08:00", "to": "2030-01-01T16:00",
        "their_from": "2030-01-02T08:00", "their_to": "2030-01-02T16:00"}"#;
    const KEY: Sample = Sample::of(&[("key", "hub_cal_nobody")]);
    const ONE: Sample = Sample::of(&[("id", "1")]);
    let see = Access::Roles(Right::SeeQueue.roles());
    let respond = Access::Roles(Right::Respond.roles());
    let edit = Access::Roles(Right::EditDuty.roles());
    table
        .get("/duty", see, Sample::NONE, page::show)
        .post("/duty", edit, Sample::NONE.with(SHIFT), forms::shift)
        .post("/duty/shifts/{id}", edit, ONE, forms::end_shift)
        .post("/duty/lines", edit, Sample::NONE.with(LINE), forms::line)
        .post("/duty/lines/{id}", edit, ONE, forms::end_line)
        .post("/duty/cover-now", respond, Sample::NONE.with(r#"{"minutes": "15"}"#), forms::at_once)
        .post("/duty/covers", respond, Sample::NONE.with(COVER), forms::cover)
        .post("/duty/covers/{id}", respond, ONE.with(r#"{"reply": "accept"}"#), forms::reply)
        .post("/duty/swaps", respond, Sample::NONE.with(SWAP), forms::swap)
        .post("/duty/handovers", respond, Sample::NONE.with(r#"{"to": "ravi@hub.example"}"#), forms::handover)
        .get("/duty/handovers/{id}", see, ONE, handover::show)
        .post("/duty/handovers/{id}", respond, ONE.with(r#"{"what": "all"}"#), handover::take)
        .post("/duty/feeds", see, Sample::NONE.with(r#"{"what": "mine", "do": "make"}"#), calendar::change)
        .get("/duty/feeds/{key}/address", see, KEY, calendar::address)
        .get("/duty/feeds/{key}", Access::Public, KEY, calendar::read)
}
