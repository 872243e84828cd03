//! The story's room as several readers see it, for the samples and for the tests of what each may see.

use hub::escalation::Priority;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::actions::Actions;
use super::event::{Entry, EventView, FileView, Row, Said, Told, icon};
use super::head::{HeadView, Nearness, Promise};
use super::text::{Piece, blocks};
use super::view::{Ask, Composer, Draft, FactsView, Guard, Mine, PeopleView, Present, Room, Silence, Switch};
use crate::face::{Choice, ClockFace, Fact, Problem};
use crate::incident::report::{Question, Report};
use crate::incident::{DO_NOT, FIRST_HOUR, owned};
use crate::page::Shell;
use crate::typed::Typed;
use crate::when::Times;
use crate::why::Why;

/// Builds the rows of one reader's timeline.
pub(super) struct Log {
    times: Times,
    response: bool,
    seq: i64,
    rows: Vec<Row>,
}

impl Log {
    pub(super) fn new(response: bool) -> Self {
        let zone = TimeZone::get("America/New_York").unwrap();
        let times = if response { Times::utc(zone) } else { Times::local(zone) };
        Self { times, response, seq: 0, rows: Vec::new() }
    }

    fn event(&mut self, kind: &'static str, at: &str, entry: Entry) -> EventView {
        self.seq += 1;
        let at: Timestamp = format!("2026-10-28T{at}:00Z").parse().unwrap();
        let (clock, local) = (self.times.clock(at), self.times.beside_clock(at));
        EventView { seq: self.seq, kind, at, clock, local, entry, reached: Vec::new() }
    }

    fn happened(&mut self, kind: &'static str, at: &str, pieces: Vec<Piece>) {
        let mut event = self.event(kind, at, Entry::Happened { icon: icon(kind), hot: kind == "priority", pieces });
        if self.response && kind == "priority" {
            let line = |words: &str, lost| Told { words: words.to_owned(), lost };
            event.reached = vec![
                line("Rosa Field: mail accepted after 2 s, opened after 3 min", false),
                line("Ravi Nair: webhook given up after 290 attempts (it answers 500)", true),
            ];
        }
        self.rows.push(Row::Event(Box::new(event)));
    }

    pub(super) fn message(&mut self, at: &str, name: &str, about: &str, text: &str) -> EventView {
        let said = said(name, about, text);
        self.event("message", at, Entry::Message(said))
    }

    fn says(&mut self, at: &str, name: &str, about: &str, text: &str, seen: &str) {
        let mut event = self.message(at, name, about, text);
        if let Entry::Message(said) = &mut event.entry {
            said.seen = seen.to_owned();
            if text.contains("41 Gbit") {
                said.files.push(FileView {
                    name: "edge-traffic-0230-0300.csv".to_owned(),
                    about: "1.8 MB".to_owned(),
                    href: "/attachments/7".to_owned(),
                    image: false,
                });
            }
        }
        self.rows.push(Row::Event(Box::new(event)));
    }

    fn notes(&mut self, at: &str, name: &str, text: &str) {
        if self.response {
            let entry = Entry::Note { said: said(name, "to responders", text), hidden_from: "Alder County".to_owned() };
            let event = self.event("note", at, entry);
            self.rows.push(Row::Event(Box::new(event)));
        }
    }
}

fn said(name: &str, about: &str, text: &str) -> Said {
    Said {
        id: None,
        name: name.to_owned(),
        about: about.to_owned(),
        team: about.contains("esponder"),
        body: blocks(text),
        files: Vec::new(),
        mark: String::new(),
        seen: String::new(),
    }
}

const ANA: (&str, &str) = ("Ana Reyes", "Official, Alder County");
const OLIVE: (&str, &str) = ("Olive Marsh", "Official lead, Alder County");
const ROSA: (&str, &str) = ("Rosa Field", "Responder");

fn timeline(response: bool) -> Log {
    let mut log = Log::new(response);
    let (plain, strong) = (|text: &str| Piece::plain(text), |text: &str| Piece::strong(text));
    log.rows.push(Row::Day(if response {
        "Wednesday 28 October, UTC, with the time in Alder County (EDT, UTC−4) beside it".to_owned()
    } else {
        "Wednesday 28 October, times in Alder County (EDT, UTC−4)".to_owned()
    }));
    log.happened(
        "filed",
        "06:52",
        vec![
            strong("Ana Reyes"),
            plain(" filed "),
            Piece::Reference("ALD-42".to_owned()),
            plain(". Priority "),
            strong("P1"),
            plain(": high, registration closes today."),
        ],
    );
    log.happened(
        "paged",
        "06:52",
        vec![strong("Rosa Field"), plain(" and backup "), strong("Ravi Nair"), plain(" paged.")],
    );
    log.says("06:52", ANA.0, ANA.1, "The registration portal and the polling-place finder both time out since about 02:30. Our host says very heavy traffic. Registration closes today at 17:00 and people look up their site from 08:00.", "");
    log.happened(
        "paged",
        "06:55",
        vec![plain("Shift lead "), strong("Lena Ortiz"), plain(" paged, 3 minutes without an answer.")],
    );
    log.happened(
        "acknowledged",
        "06:56",
        vec![strong("Rosa Field"), plain(" has acknowledged. Answered in 4:10 of 5:00.")],
    );
    log.says(
        "06:56",
        ROSA.0,
        ROSA.1,
        "I have this now, Ana. I am ringing you in a minute. Please leave the web server exactly as it is.",
        "Seen by Ana and Olive",
    );
    log.says(
        "07:03",
        OLIVE.0,
        OLIVE.1,
        "Host sees 41 Gbit/s, mostly UDP. They propose to drop all our traffic until morning.",
        "",
    );
    log.says("07:04", ROSA.0, ROSA.1, "Please say no to that: it would finish the attacker’s job. I have sent their duty desk a filter for the three source ranges and they are applying it.", "Seen by Ana and Olive");
    log.notes("07:05", ROSA.0, "Same source ranges as in BEL-3 last night, and they link to https://ballot-status.example/find. Ravi, please compare captures. Do not name Bellwood to Alder.");
    log.rows.push(Row::Unread(if response { "New since 07:06 UTC" } else { "New since 03:06" }.to_owned()));
    log.says("07:07", ANA.0, ANA.1, "Local radio is asking whether the voter list was hacked. What may I say?", "");
    log.says("07:08", ROSA.0, ROSA.1, "You can use this as it stands, you signed it off in September:\n\n> Our website is very slow. The voter list and your vote are not kept on it and are not affected. To register today, come to the office from 08:00 or call 555 0119.", "Seen by Ana");
    log.says("07:10", ROSA.0, ROSA.1, "Traffic is being filtered now. Please do not restart the web server, we need its logs. I write again by 03:25.", "Seen by Ana");
    log
}

fn head(shell: &Shell, response: bool) -> HeadView {
    let at = |second: i64| Timestamp::from_second(shell.now.as_second() + second).unwrap();
    let words = |official: &str, responder: &str| if response { responder } else { official }.to_owned();
    HeadView {
        reference: "ALD-42".to_owned(),
        title: "Registration portal and polling-place finder unreachable".to_owned(),
        why: Why::sample(),
        highest: None,
        status: "Working".to_owned(),
        over: false,
        owner: Some("Rosa Field".to_owned()),
        clocks: vec![
            Promise {
                face: ClockFace::met(words("Answered in 4:10", "Answered 4:10 of 5:00")),
                by: String::new(),
                minor: true,
            },
            Promise {
                face: ClockFace::running(&words("Next update", "Update due"), at(-248), at(652), shell.now),
                by: words("03:25", "07:25"),
                minor: false,
            },
        ],
        election: Some(Nearness {
            days: 6, words: words("6 days to Election Day", "E−6, registration closes today")
        }),
        place: response.then(|| ("Alder County".to_owned(), "03:14 EDT".to_owned())),
        tlp: "AMBER".to_owned(),
        claim: false,
        acknowledge: false,
        edit: true,
        stops: false,
        call: if response { None } else { shell.call_line.clone() },
    }
}

pub(super) fn questions() -> Vec<Question> {
    let people = Question {
        axis: "people".to_owned(),
        words: "Is anyone in danger?".to_owned(),
        answers: vec![Choice::new("none", "no"), Choice::new("happening_now", "happening now / injury / armed person")],
    };
    std::iter::once(people).chain(Report::sample(crate::samples::public("")).questions).collect()
}

pub(super) fn causes() -> Vec<Choice> {
    ["unknown", "fault", "error", "malicious", "natural"].map(|cause| Choice::new(cause, cause)).to_vec()
}

fn people(response: bool) -> PeopleView {
    let present = |name: &str, about: &str, team, presence: &str, away| Present {
        name: name.to_owned(),
        about: about.to_owned(),
        team,
        presence: presence.to_owned(),
        away,
        rest: if team { "On duty" } else { "" }.to_owned(),
    };
    let people = vec![
        present(
            "Rosa Field",
            if response { "Responder" } else { "Responder on duty until 06:00" },
            true,
            "Here",
            false,
        ),
        present(OLIVE.0, OLIVE.1, false, "Here", false),
        present("Fay Lindqvist", "Official lead, State of Franklin", false, "Told 02:59", true),
    ];
    PeopleView { people, fold: response, count: "2 here, 1 told".to_owned() }
}

impl Room {
    fn story(shell: Shell, response: bool) -> Self {
        let log = timeline(response);
        Self {
            seq: log.seq,
            epoch: "1".to_owned(),
            me: "0123456789abcdef".to_owned(),
            marks: r#"[["Olive Marsh",7]]"#.to_owned(),
            silence: (!response).then(|| Silence {
                after: 45,
                duty: "On duty: Rosa Field, until 06:00; Ravi Nair, until 06:00.".to_owned(),
                ..Silence::default()
            }),
            side: if response { "response" } else { "authority" },
            head: head(&shell, response),
            mine: Vec::new(),
            notice: String::new(),
            ask: None,
            earlier: String::new(),
            timeline: log.rows,
            later: String::new(),
            guard: None,
            composer: Composer::Open(Draft {
                id: "0199b2f4-5b1e-7c3a-8f00-0000000000aa".to_owned(),
                placeholder: if response { "Message" } else { "Write to Rosa and the team" }.to_owned(),
                audience: if response { "Ana, Olive and Fay will see this" } else { "Seen by everyone in this room" }
                    .to_owned(),
                switch: response.then(|| Switch { to: "Alder County".to_owned(), note: false }),
                ..Draft::default()
            }),
            actions: Actions { reference: "ALD-42".to_owned(), version: 9, edit: true, ..Actions::default() },
            category: "our website is down or very slow".to_owned(),
            questions: Vec::new(),
            first_hour: owned(&FIRST_HOUR),
            do_not: owned(&DO_NOT),
            facts: FactsView {
                facts: vec![
                    Fact::new("You see", "Our website or results page is down or slow"),
                    Fact::new("Voting", "Not stopped"),
                    Fact::new("Began", "about 02:30"),
                    Fact::new("Call-back", "+1 999 555 0163, outside the affected system"),
                    Fact::new("Sharing", "Our office, the response team and the State of Franklin, TLP:AMBER"),
                ],
                answers: vec![Fact::new("Public service", "down, no second place"), Fact::new("People", "no")],
                fold: response,
                edit: "/incidents/ALD-42/edit".to_owned(),
            },
            clocks: Vec::new(),
            people: people(response),
            spoken: "Alder, 42".to_owned(),
            shell,
        }
    }

    /// As Ana sees it.
    pub(crate) fn sample_official(shell: Shell) -> Self {
        let mut room = Self::story(shell, false);
        room.ask = Some(Ask {
            lead: "We wait for you:".to_owned(),
            words: "may your host give us read access to the edge logs?".to_owned(),
            button: None,
        });
        room.actions.worse = Some(Priority::P1);
        room.actions.stops = true;
        room.head.stops = true;
        room.actions.levels_hint = "One level up, twice a day.".to_owned();
        room
    }

    /// As Rosa sees it.
    pub(crate) fn sample_responder(shell: Shell) -> Self {
        let mine = |reference: &str, priority, title: &str, about: &str, clock| Mine {
            reference: reference.to_owned(),
            priority,
            clock: Some(clock),
            title: title.to_owned(),
            about: about.to_owned(),
            current: reference == "ALD-42",
        };
        let short = |words: &str| ClockFace { state: "ok", left: 50, words: words.to_owned(), due: None };
        let mut room = Self::story(shell, true);
        room.mine = vec![
            mine(
                "MER-12",
                Priority::P1,
                "E-pollbooks offline at 6 of 41 sites",
                "Republic of Meridia, polls open",
                short("8:20"),
            ),
            mine(
                "ALD-42",
                Priority::P1,
                "Registration portal and polling-place finder unreachable",
                "Alder County, E−6",
                short("10:52"),
            ),
            mine(
                "BEL-3",
                Priority::P2,
                "Traffic flood against county site",
                "Bellwood County, E−6",
                ClockFace::met("38:00"),
            ),
            mine(
                "FRA-1",
                Priority::P5,
                "Mail authentication set-up question",
                "State of Franklin, E−6",
                ClockFace::paused("waiting"),
            ),
        ];
        room.earlier = "/incidents/ALD-42?before=12".to_owned();
        room.questions = owned(&[
            "Which address, and what voters see (error text, blank, very slow)?",
            "Is the counting or voter system on the same network or host?",
        ]);
        room.clocks = vec![
            Fact::new("First response", "4:10 of 5:00, met"),
            Fact::new("In the room", "4:20 of 10:00, met"),
            Fact::new("Next update", "every 15 min, due 07:25"),
            Fact::new("Chain", "2 steps sent, 3 cancelled at 06:56"),
        ];
        room.actions = Actions {
            status: Some(Choice::new("waiting", "Wait for the authority")),
            severity: questions(),
            answers: vec![("public_service".to_owned(), "down_no_second_place".to_owned())],
            assign: vec![Choice::new("ravi@hub.example", "Ravi Nair"), Choice::new("lena@hub.example", "Lena Ortiz")],
            levels: vec![Choice::new("P1", "P1, at once")],
            levels_hint: "Up to any level; a shift lead lowers.".to_owned(),
            release: true,
            causes: causes(),
            ..room.actions
        };
        room
    }

    /// Just filed: nobody has it, a form came back, a lowering is asked about.
    pub(crate) fn sample_new(shell: Shell) -> Self {
        let mut room = Self::sample_responder(shell);
        let at = |second: i64| Timestamp::from_second(room.shell.now.as_second() + second).unwrap();
        room.notice = "Nothing was changed: say why first.".to_owned();
        room.head.owner = None;
        room.head.status = "New".to_owned();
        room.head.clocks = vec![Promise {
            face: ClockFace::running("Answer", at(-260), at(40), room.shell.now),
            by: "07:14".to_owned(),
            minor: false,
        }];
        (room.head.claim, room.head.acknowledge) = (true, true);
        room.timeline.truncate(4);
        room.mine = Vec::new();
        room.ask = Some(Ask {
            lead: "The table now says P2:".to_owned(),
            words: "early voting is closed for today.".to_owned(),
            button: Some(("confirm-lowering", "Lower to P2".to_owned())),
        });
        let problem = Problem { field: "reason".to_owned(), words: "Say why, in one sentence".to_owned() };
        room.actions = Actions {
            claim: true,
            acknowledge: true,
            status: None,
            lowering: Some(Priority::P2),
            typed: Typed::new([("priority", "P1")], vec![problem]).within("override"),
            ..room.actions
        };
        room
    }

    /// Rosa's message was not stored: two newer ones were unseen.
    pub(crate) fn sample_unseen(shell: Shell) -> Self {
        let mut room = Self::sample_responder(shell);
        let mut log = Log { seq: room.seq, ..Log::new(true) };
        let unseen = vec![
            log.message(
                "07:13",
                ANA.0,
                ANA.1,
                "The host says they dropped the filter by mistake and are restarting the web server now.",
            ),
            log.message("07:14", OLIVE.0, OLIVE.1, "I told them to wait for Rosa. Two minutes at most."),
        ];
        room.seq = log.seq;
        room.guard = Some(Guard { unseen, words: "Not sent yet. You have not seen 2 newer messages:".to_owned() });
        if let Composer::Open(draft) = &mut room.composer {
            draft.text = "Filter holds. Leave everything as it is, next update 03:40.".to_owned();
        }
        room
    }

    /// Over, as Ana sees it.
    pub(crate) fn sample_closed(shell: Shell) -> Self {
        let mut room = Self::story(shell, false);
        let mut log = Log { seq: room.seq, ..Log::new(false) };
        let (plain, strong) = (|text: &str| Piece::plain(text), |text: &str| Piece::strong(text));
        log.happened(
            "lowering_proposed",
            "22:04",
            vec![strong("Priority P2"), plain(", was P1: early voting is closed for today. Confirmed by Ravi Nair.")],
        );
        log.happened(
            "priority",
            "22:21",
            vec![strong("Raised to P1"), plain(" by itself: early voting extended to 20:00.")],
        );
        log.happened(
            "resolved",
            "23:10",
            vec![strong("Resolved"), plain(" by Ravi Nair: traffic normal for 16 hours, logs kept.")],
        );
        log.happened(
            "closed",
            "23:40",
            vec![
                strong("Closed"),
                plain(" by Lena Ortiz. The log is sealed, head "),
                Piece::Code("9f4c07d1".to_owned()),
                plain("."),
            ],
        );
        room.timeline.extend(log.rows);
        room.seq = log.seq;
        room.head.highest = Some(Priority::P1);
        room.head.why.priority = Priority::P2;
        room.head.status = "Closed".to_owned();
        (room.head.over, room.head.edit) = (true, false);
        room.head.clocks = vec![Promise {
            face: ClockFace::met("Answered in 4:10, solved in 2 h 26 min"),
            by: String::new(),
            minor: false,
        }];
        room.composer = Composer::Closed {
            words: "Closed on Wednesday 28 October, 19:40 EDT.".to_owned(),
            report: None,
            kept: String::new(),
        };
        room.actions = Actions { edit: false, reopen: true, ..room.actions };
        room
    }

    /// A drill.
    pub(crate) fn sample_exercise(shell: Shell) -> Self {
        let mut room = Self::sample_responder(Shell { exercise: true, ..shell });
        room.head.reference = "X-ALD-7".to_owned();
        room.head.title = "Results page shows an error".to_owned();
        room.actions.reference = "X-ALD-7".to_owned();
        room.mine = Vec::new();
        room
    }

    /// As the auditor sees it.
    pub(crate) fn sample_auditor(shell: Shell) -> Self {
        let mut room = Self::sample_responder(shell);
        room.mine = Vec::new();
        room.head.edit = false;
        room.facts.edit = String::new();
        room.actions = Actions::default();
        room.composer =
            Composer::ReadOnly("You read this room as auditor. Nothing can be written from here.".to_owned());
        room
    }
}
