//! Who is in which room, at every node. In memory alone: somebody is in a room for as long as a socket of theirs is, and
//! somebody at another node for as long as that node says so. Many windows of one person are one entry, counted.
//!
//! Pure: the present instant is an argument.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::identity::Viewer;

/// How often a node says again who is at it.
pub(super) const AGAIN: Duration = Duration::from_secs(15);
/// For how long another node is believed that somebody is at it.
const LEASE: Duration = Duration::from_secs(40);
/// After this long without doing anything somebody counts as away.
pub(super) const AWAY: Duration = Duration::from_secs(300);
/// How many entries other nodes may make here: whatever comes over the bus, memory is bounded.
const MOST: usize = 100_000;

/// Everybody in every room.
#[derive(Debug)]
pub(super) struct Table {
    /// This node's number.
    node: u64,
    rooms: HashMap<i64, HashMap<i64, Person>>,
    /// How many of the seats are at other nodes.
    elsewhere: usize,
}

/// Somebody in a room.
#[derive(Debug, Default)]
struct Person {
    /// Who it is; none for one of whom only another node's number has come so far.
    who: Option<Viewer>,
    seats: Vec<Seat>,
    /// When it was last told that they write a message, and a note.
    wrote: [Option<Instant>; 2],
}

/// Their place at one node.
#[derive(Debug)]
struct Seat {
    node: u64,
    /// The authority that the room is of, to be said with it.
    authority: i64,
    /// How many sockets, at this node.
    sockets: usize,
    /// When that node said so last.
    heard: Instant,
    /// When they last did something there.
    active: Instant,
}

/// Somebody who is in a room.
#[derive(Debug, Clone)]
pub(super) struct Inside {
    pub who: Viewer,
    /// For how long they have done nothing.
    pub idle: Duration,
}

/// A seat at this node, as other nodes are told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Own {
    pub authority: i64,
    pub room: i64,
    pub person: i64,
    pub idle: Duration,
}

impl Table {
    pub(super) fn new(node: u64) -> Self {
        Self { node, rooms: HashMap::new(), elsewhere: 0 }
    }

    /// A socket of theirs comes into a room. Whether it is the first at this node.
    pub(super) fn enter(&mut self, authority: i64, room: i64, who: &Viewer, now: Instant) -> bool {
        let node = self.node;
        let person = self.rooms.entry(room).or_default().entry(who.id()).or_default();
        person.who = Some(who.clone());
        match person.seats.iter_mut().find(|seat| seat.node == node) {
            Some(seat) => {
                seat.sockets += 1;
                seat.active = now;
                false
            }
            None => {
                person.seats.push(Seat { node, authority, sockets: 1, heard: now, active: now });
                true
            }
        }
    }

    /// A socket of theirs leaves it. Whether it was the last at this node.
    pub(super) fn leave(&mut self, room: i64, person: i64) -> bool {
        let node = self.node;
        let Some(seat) = self.seat(room, person, node) else { return false };
        seat.sockets -= 1;
        let last = seat.sockets == 0;
        if last {
            self.remove(room, person, node);
        }
        last
    }

    /// They did something in it. Whether they had been away.
    pub(super) fn acts(&mut self, room: i64, person: i64, now: Instant) -> bool {
        let node = self.node;
        let Some(seat) = self.seat(room, person, node) else { return false };
        let away = now.duration_since(seat.active) >= AWAY;
        seat.active = now;
        away
    }

    /// Another node says that they are in it. Whether that is news.
    pub(super) fn heard(&mut self, own: Own, node: u64, now: Instant) -> bool {
        if node == self.node {
            return false;
        }
        let active = now.checked_sub(own.idle).unwrap_or(now);
        if let Some(seat) = self.seat(own.room, own.person, node) {
            let was_away = now.duration_since(seat.active) >= AWAY;
            (seat.heard, seat.active) = (now, active);
            return was_away != (own.idle >= AWAY);
        }
        if self.elsewhere >= MOST {
            return false;
        }
        self.elsewhere += 1;
        let person = self.rooms.entry(own.room).or_default().entry(own.person).or_default();
        person.seats.push(Seat { node, authority: own.authority, sockets: 1, heard: now, active });
        true
    }

    /// Another node says that they left it. Whether that is news.
    pub(super) fn gone(&mut self, room: i64, person: i64, node: u64) -> bool {
        node != self.node && self.remove(room, person, node)
    }

    /// Forgets whom other nodes have not spoken of for a while. In which rooms there were any.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<i64> {
        let node = self.node;
        let mut over = Vec::new();
        for (room, people) in &self.rooms {
            for (person, one) in people {
                let late = |seat: &&Seat| seat.node != node && now.duration_since(seat.heard) > LEASE;
                over.extend(one.seats.iter().filter(late).map(|seat| (*room, *person, seat.node)));
            }
        }
        over.retain(|(room, person, node)| self.remove(*room, *person, *node));
        over.into_iter().map(|(room, ..)| room).collect()
    }

    /// Who is in a room, those of them that are known.
    pub(super) fn inside(&self, room: i64, now: Instant) -> Vec<Inside> {
        let people = self.rooms.get(&room).into_iter().flatten();
        let inside = people.filter_map(|(_, person)| {
            let active = person.seats.iter().map(|seat| seat.active).max()?;
            Some(Inside { who: person.who.clone()?, idle: now.duration_since(active) })
        });
        inside.collect()
    }

    /// Who somebody in a room is.
    pub(super) fn who(&self, room: i64, person: i64) -> Option<Viewer> {
        self.rooms.get(&room)?.get(&person)?.who.clone()
    }

    /// Whether it may be told now that they write: not more often than `pace`.
    pub(super) fn writes(&mut self, room: i64, person: i64, note: bool, pace: Duration, now: Instant) -> bool {
        let Some(person) = self.rooms.get_mut(&room).and_then(|people| people.get_mut(&person)) else { return false };
        // The two are paced apart: nobody learns of a note from a message that is told of later.
        let last = &mut person.wrote[usize::from(note)];
        let may = last.is_none_or(|last| now.duration_since(last) >= pace);
        if may {
            *last = Some(now);
        }
        may
    }

    /// Everybody in these rooms who is at another node alone: who they are is looked up, again and again.
    pub(super) fn to_look_up(&self, rooms: impl IntoIterator<Item = i64>) -> HashSet<i64> {
        let people = rooms.into_iter().filter_map(|room| self.rooms.get(&room)).flatten();
        let elsewhere = people.filter(|(_, one)| one.seats.iter().all(|seat| seat.node != self.node));
        elsewhere.map(|(person, _)| *person).collect()
    }

    /// What was looked up: whoever is not in `found` is nobody who may be in a room.
    pub(super) fn know(&mut self, asked: &HashSet<i64>, found: &HashMap<i64, Viewer>) {
        let node = self.node;
        for (person, one) in self.rooms.values_mut().flatten() {
            if asked.contains(person) && one.seats.iter().all(|seat| seat.node != node) {
                one.who = found.get(person).cloned();
            }
        }
    }

    /// Everybody at this node whose turn it is: each is said again in one of `turns`.
    pub(super) fn own(&self, turn: u64, turns: u64, now: Instant) -> Vec<Own> {
        let all = self.rooms.iter().flat_map(|(room, people)| people.iter().map(move |(id, one)| (*room, *id, one)));
        let own = all.filter(|(_, person, _)| person.unsigned_abs() % turns == turn % turns);
        let own = own.filter_map(|(room, person, one)| {
            let seat = one.seats.iter().find(|seat| seat.node == self.node)?;
            Some(Own { authority: seat.authority, room, person, idle: now.duration_since(seat.active) })
        });
        own.collect()
    }

    fn seat(&mut self, room: i64, person: i64, node: u64) -> Option<&mut Seat> {
        self.rooms.get_mut(&room)?.get_mut(&person)?.seats.iter_mut().find(|seat| seat.node == node)
    }

    fn remove(&mut self, room: i64, person: i64, node: u64) -> bool {
        let Some(people) = self.rooms.get_mut(&room) else { return false };
        let Some(one) = people.get_mut(&person) else { return false };
        let before = one.seats.len();
        one.seats.retain(|seat| seat.node != node);
        let removed = one.seats.len() < before;
        if removed && node != self.node {
            self.elsewhere -= 1;
        }
        if one.seats.is_empty() {
            people.remove(&person);
        }
        if people.is_empty() {
            self.rooms.remove(&room);
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;

    const ROOM: i64 = 7;
    const HERE: u64 = 1;
    const THERE: u64 = 2;

    fn viewer(id: i64) -> Viewer {
        Viewer::person(id, format!("N{id}"), "O".to_owned(), Role::Responder, None)
    }

    fn own(person: i64, idle: u64) -> Own {
        Own { authority: 1, room: ROOM, person, idle: Duration::from_secs(idle) }
    }

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn begin() -> (Table, Instant, impl Fn(u64) -> Instant) {
        let begin = Instant::now();
        (Table::new(HERE), begin, move |seconds| begin + Duration::from_secs(seconds))
    }

    fn names(table: &Table, now: Instant) -> Vec<i64> {
        let mut ids: Vec<i64> = table.inside(ROOM, now).iter().map(|one| one.who.id()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn many_windows_of_one_person_are_one_entry_until_the_last_is_closed() {
        let (mut table, now, _) = begin();
        let rosa = viewer(3);
        assert_eq!([(); 3].map(|()| table.enter(1, ROOM, &rosa, now)), [true, false, false]);
        assert_eq!(names(&table, now), [3]);
        assert_eq!([(); 3].map(|()| table.leave(ROOM, 3)), [false, false, true]);
        assert!(names(&table, now).is_empty() && !table.leave(ROOM, 3) && table.rooms.is_empty(), "no ghosts");
    }

    #[test]
    fn who_is_at_another_node_is_there_for_as_long_as_it_says_so() {
        let (mut table, now, at) = begin();
        assert!(table.heard(own(4, 0), THERE, now) && !table.heard(own(4, 0), THERE, at(15)));
        assert!(!table.heard(own(5, 0), HERE, now), "our own word comes back to us and says nothing");
        assert!(names(&table, now).is_empty(), "a number is nobody yet");
        assert_eq!(table.to_look_up([ROOM]), HashSet::from([4]));
        table.know(&HashSet::from([4]), &HashMap::from([(4, viewer(4))]));
        assert_eq!(names(&table, at(15)), [4]);
        assert!(table.expire(at(55)).is_empty() && names(&table, at(55)) == [4]);
        assert_eq!(table.expire(at(56)), [ROOM]);
        assert!(names(&table, at(56)).is_empty() && table.elsewhere == 0);

        // At both: gone when both are.
        table.enter(1, ROOM, &viewer(4), at(60));
        table.heard(own(4, 0), THERE, at(60));
        assert!(table.gone(ROOM, 4, THERE) && !table.gone(ROOM, 4, THERE) && names(&table, at(60)) == [4]);
        assert!(!table.gone(ROOM, 4, HERE), "another node does not speak for this one");
        assert!(table.leave(ROOM, 4) && table.rooms.is_empty());
        // Somebody who is shut out meanwhile is nobody.
        table.heard(own(6, 0), THERE, at(60));
        table.know(&HashSet::from([6]), &HashMap::new());
        assert!(names(&table, at(60)).is_empty());
    }

    #[test]
    fn who_does_nothing_is_away_and_what_they_do_anywhere_counts() {
        let (mut table, now, at) = begin();
        table.enter(1, ROOM, &viewer(3), now);
        let idle = |table: &Table, seconds| table.inside(ROOM, at(seconds))[0].idle.as_secs();
        assert_eq!(idle(&table, 299), 299);
        table.heard(own(3, 10), THERE, at(299));
        assert_eq!(idle(&table, 300), 11, "at another node they did something");
        assert!(!table.acts(ROOM, 3, at(200)) && table.acts(ROOM, 3, at(600)));
        assert_eq!(table.own(3, 15, at(610)), [own(3, 10)]);
        assert!(table.own(4, 15, at(610)).is_empty(), "each in its turn");
    }

    #[test]
    fn writing_is_told_once_in_a_while_and_notes_apart() {
        let (mut table, now, at) = begin();
        let pace = Duration::from_secs(3);
        assert!(!table.writes(ROOM, 3, false, pace, now), "who is not in the room writes nothing there");
        table.enter(1, ROOM, &viewer(3), now);
        let told = [(true, 0), (false, 0), (false, 2), (false, 3), (true, 3), (true, 5)];
        let told = told.map(|(note, seconds)| table.writes(ROOM, 3, note, pace, at(seconds)));
        assert_eq!(told, [true, true, false, true, true, false]);
    }

    #[test]
    fn what_others_say_is_bounded() {
        let (mut table, now, _) = begin();
        let many = i64::try_from(MOST).unwrap() + 10;
        for person in 0..many {
            table.heard(Own { room: person % 1_000, ..own(person, 0) }, THERE, now);
        }
        assert_eq!(table.elsewhere, MOST);
        assert!(table.enter(1, ROOM, &viewer(many + 1), now), "and who is here is here");
    }
}
