//! The room of an incident: what it looks like, entry by entry.

pub mod actions;
mod correct;
mod draft;
pub mod edit;
pub mod event;
pub mod head;
pub mod heads;
mod messages;
mod page;
mod rail;
mod reached;
mod silence;
pub mod tell;
pub mod text;
mod verbs;
pub mod view;

use hub::identity::Role;

use crate::routes::{Sample, Table};

/// Who reads incidents: all but who runs the instance.
pub(crate) const READERS: &[Role] =
    &[Role::Official, Role::OfficialLead, Role::Responder, Role::ShiftLead, Role::Supervisor, Role::Auditor];

/// An incident of the demonstration.
pub(crate) const ONE: Sample = Sample::of(&[("ref", "ALD-1")]);

/// The routes of this word.
pub fn routes(table: Table) -> Table {
    table.with(page::routes).with(messages::routes).with(draft::routes).with(verbs::routes).with(correct::routes)
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::event::Row;
    use super::sample::Log;
    use super::view::Room;
    use crate::page::Place;
    use crate::samples::{official, responder};

    /// Officials' pages hold nothing of notes: neither one, nor the switch, nor its words and styles.
    #[test]
    fn an_officials_room_has_no_trace_of_notes() {
        let rooms = [Room::sample_official, Room::sample_closed];
        for page in rooms.map(|room| room(official("ALD-42", Place::Elsewhere)).render().unwrap()) {
            for trace in
                ["nternal", "noteonly", "replyonly", "name=\"note\"", "data-kind=\"note\"", "Bellwood", "BEL-3"]
            {
                assert!(!page.contains(trace), "{trace}");
            }
        }
        let page = Room::sample_responder(responder("ALD-42", Place::Queue)).render().unwrap();
        assert!(page.contains("Internal note. Alder County cannot see this") && page.contains("name=\"note\""));
    }

    /// A live frame carries an entry, the head or the facts exactly as the page does.
    #[test]
    fn parts_render_alone_as_in_the_page() {
        let room = Room::sample_official(official("ALD-42", Place::Elsewhere));
        let page = room.render().unwrap();
        let rows = room.timeline.iter().filter_map(|row| match row {
            Row::Event(event) => Some(event.render().unwrap()),
            Row::Day(_) | Row::Unread(_) => None,
        });
        let parts = [room.head.render(), room.facts.render(), room.people.render(), room.actions.render()];
        for part in rows.chain(parts.map(Result::unwrap)) {
            assert!(page.contains(part.trim()), "{part}");
        }
    }

    /// What people type is text, wherever it stands.
    #[test]
    fn nothing_typed_becomes_markup() {
        let mut log = Log::new(false);
        let event = log.message("07:00", "<b>Ana", "\"><i>", "<script>alert(1)</script>\n> <img src=x>");
        let html = event.render().unwrap();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<i>"), "{html}");
    }

    /// The auditor reads and has nothing to press.
    #[test]
    fn a_reader_who_may_do_nothing_is_given_nothing() {
        let page = Room::sample_auditor(responder("ALD-42", Place::Queue)).render().unwrap();
        assert!(!page.contains("action=\"/incidents/"));
    }
}
