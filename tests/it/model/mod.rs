//! Whatever people do and however the clock steps, the rooms say what an independent model says: the same rises, pages
//! and lapses in the same order, each once, and nothing is left undone when the clock is back.
//!
//! `HUB_MODEL` says how many stories; a seed that fails is told again with `HUB_SEED`.

mod incident;

use hub::authority::{self, NewAuthority};
use hub::election;
use hub::time::Ts;
use hub_tests::dice::Dice;
use hub_tests::hub::{Someone, body};
use hub_tests::{Engine, TestHub};
use incident::{Incident, MINUTE, Polls, span};
use serde_json::{Value, json};

const ANSWERS: [(&str, usize); 5] = [
    ("normal", 0),
    ("slower_with_fallback", 2),
    ("some_sites_fallback_works", 3),
    ("stopped_at_sites", 4),
    ("stopped_everywhere", 5),
];

/// What the room says, in the words of the model.
fn told(log: &[hub::audit::EventView]) -> Vec<String> {
    let first = |name: &Value| name.as_str().unwrap_or_default().split(' ').next().unwrap_or_default().to_owned();
    let words = log.iter().filter_map(|event| {
        let data = &event.data;
        match event.kind.as_str() {
            "priority" => {
                let word = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
                Some(format!("{} to {} {}", word("from"), word("to"), word("cause")))
            }
            "lowering_proposed" => Some(format!("proposed {}", data["to"].as_str()?)),
            "lapsed" => Some(format!("lapsed {}", first(&data["of"]["name"]))),
            "paged" => {
                let to: Vec<_> = data["to"].as_array()?.iter().map(|one| first(&one["name"])).collect();
                let nobody: Vec<_> = data["nobody"].as_array()?.iter().filter_map(Value::as_str).collect();
                let of = data["of"].as_str()?;
                Some(format!("{of} {}: {} / {}", data["step"], to.join(" "), nobody.join(" ")))
            }
            _ => None,
        }
    });
    words.collect()
}

/// One county with its polls and its incidents, and what happens there in some days.
struct Story<'a> {
    hub: &'a TestHub,
    dice: Dice,
    slug: String,
    incidents: Vec<(String, Incident)>,
    polls: Polls,
    /// How far the clock is behind where it was: it comes back there.
    behind: i64,
}

impl<'a> Story<'a> {
    async fn begin(hub: &'a TestHub, seed: u64, number: u64) -> Self {
        let dice = Dice::of(seed);
        let start: Ts = hub_tests::hub::START.parse().expect("an instant");
        let now = start.plus(span(i64::try_from(dice.roll(1_440)).expect("minutes")));
        hub.clock_moves_to(&now.to_string()).await;
        let letter = |place: u32| char::from(b'A' + u8::try_from(number / 26_u64.pow(place) % 26).expect("a letter"));
        let code = format!("M{}{}{}", letter(2), letter(1), letter(0));
        let slug = code.to_lowercase();
        let text = str::to_owned;
        let new = NewAuthority {
            slug: slug.clone(),
            code,
            name: format!("County {number}"),
            zone: text("America/Phoenix"),
            parent: None,
        };
        authority::create(&hub.hub, &hub.person("ada").acts(), &new).await.expect("a county");
        // Most are near: what is far away does not move.
        let days = if dice.roll(4) == 0 { dice.roll(100) } else { dice.roll(9) };
        let opens = start.plus(span(i64::try_from(days).expect("days") * 1_440 - 2 * 1_440 - 60));
        let closes = opens.plus(span(60 * (6 + i64::try_from(dice.roll(9)).expect("hours"))));
        let civil = |at: Ts| at.plus(span(-7 * 60)).to_string().trim_end_matches('Z').to_owned();
        let polls = json!({
            "authority": slug, "name": "General", "zone": "America/Phoenix",
            "windows": [{"kind": "election_day", "opens": civil(opens), "closes": civil(closes)}],
        });
        election::create(&hub.hub, &hub.person("sam").acts(), &body(polls)).await.expect("polls");
        let polls = Polls { opens: opens.millis(), closes: closes.millis() };
        Self { hub, dice, slug, incidents: Vec::new(), polls, behind: 0 }
    }

    fn now(&self) -> i64 {
        self.hub.hub.clock.now().millis()
    }

    async fn file(&mut self) {
        let (answer, severity) = self.pick(&ANSWERS);
        let report = json!({
            "category": "ADVICE", "summary": "voting", "authority": self.slug, "functions": ["voting"],
            "answers": {"ability_to_vote": answer}, "callback": {"number": "+1 999 555 0100"},
        });
        let filed = self.hub.person("rosa").reports(report).await.expect("it is filed");
        let reference = filed["ref"].as_str().expect("a reference").to_owned();
        self.incidents.push((reference, Incident::filed(self.polls, severity, self.now())));
    }

    fn pick<T: Copy>(&self, all: &[T]) -> T {
        all[usize::try_from(self.dice.roll(all.len() as u64)).expect("one of them")]
    }

    /// The clock moves, sometimes far, sometimes back; then it is the hub's turn, and the model's.
    async fn clock(&mut self) {
        let minutes = match self.dice.roll(12) {
            0 => -i64::try_from(self.dice.roll(36 * 60)).expect("minutes"),
            1 => i64::try_from(self.dice.roll(36 * 60)).expect("minutes"),
            _ if self.behind > 0 && self.dice.roll(2) == 0 => self.behind,
            _ => i64::try_from(self.dice.any_size(9)).expect("minutes"),
        };
        self.behind = (self.behind - minutes).clamp(0, 40 * 60);
        let now = self.hub.hub.clock.now().plus(span(minutes));
        self.hub.clock_moves_to(&now.to_string()).await;
        let now = self.now();
        self.incidents.iter_mut().for_each(|(_, incident)| incident.turn(now));
    }

    async fn act(&mut self) {
        let hub = self.hub;
        let Some(at) = (!self.incidents.is_empty()).then(|| self.dice.roll(self.incidents.len() as u64)) else {
            return;
        };
        let now = self.now();
        let (who, name): (&Someone, &'static str) = match self.dice.roll(2) {
            0 => (hub.person("rosa"), "Rosa"),
            _ => (hub.person("ravi"), "Ravi"),
        };
        let (lena, sam) = (hub.person("lena"), hub.person("sam"));
        let deed = self.dice.roll(14);
        let (answer, severity) = self.pick(&ANSWERS);
        let level = u8::try_from(1 + self.dice.roll(5)).expect("a level");
        let (r, incident) = &mut self.incidents[usize::try_from(at).expect("one of them")];
        if !incident.open {
            return;
        }
        match deed {
            0 => {
                who.acknowledges(r).await.expect("it is acknowledged");
                incident.acknowledge(name, now);
            }
            1 | 2 => match incident.owner {
                Some(owner) if owner != name && !incident.lapsed() => {
                    assert!(who.claims(r).await.is_err(), "it is {owner}'s")
                }
                _ => {
                    who.claims(r).await.expect("it is claimed");
                    incident.claim(name, now);
                }
            },
            3 if incident.acknowledged && incident.owner.is_some() && incident.works => {
                who.releases(r).await.expect("it is given back");
                incident.release(name, now);
            }
            4 => {
                lena.assigns(r, who).await.expect("it is assigned");
                incident.assign(name, "Lena", now);
            }
            5 | 6 => {
                who.says(r, "We are on it").await.expect("it is said");
                incident.say(name, now);
            }
            7 => {
                who.notes(r, "Ring them").await.expect("it is noted");
                incident.note(name, now);
            }
            8 => {
                sam.says(r, "I watch this").await.expect("it is said");
                incident.say("Sam", now);
            }
            9 | 10 => {
                let change = json!({"answers": {"ability_to_vote": answer}});
                sam.patches(r, change).await.expect("it is changed");
                incident.found(severity, "Sam", now);
            }
            11 => {
                lena.overrides(r, &format!("P{level}")).await.expect("it is set");
                incident.set(level, "Lena", now);
            }
            12 if incident.lowering.is_some() => {
                who.confirms_lowering(r).await.expect("it is confirmed");
                incident.confirm(name, now);
            }
            13 if incident.works && !incident.waits => {
                who.patches(r, json!({"status": "waiting"})).await.expect("it waits");
                incident.wait(name, now);
            }
            13 if incident.waits => {
                who.patches(r, json!({"status": "working"})).await.expect("it goes on");
                incident.heard(now);
                incident.assess(now, "change");
                incident.note(name, now);
            }
            _ => {}
        }
    }

    /// The clock is back, everything is done, and the rooms say what the model says.
    async fn end(mut self, seed: u64) {
        let now = self.hub.hub.clock.now().plus(span(self.behind + 5));
        self.hub.clock_moves_to(&now.to_string()).await;
        let now = self.now();
        for (r, incident) in &mut self.incidents {
            incident.turn(now);
            let rosa = self.hub.person("rosa");
            let log = rosa.log(r).await;
            assert_eq!(told(&log), incident.told, "seed {seed}: what {r} of {} says", self.slug);
            let priority = format!("P{}", incident.priority);
            assert_eq!(rosa.sees(r).await.expect("it is seen").priority.code(), priority, "seed {seed}: {r}");
            // It must not go on beside the next story.
            if incident.open {
                rosa.resolves(r).await.expect("it is resolved");
                incident.end();
            }
        }
    }
}

async fn stories(engine: Engine, standard: u64) {
    let hub = TestHub::new(engine).await;
    hub.team_is_on_duty_around().await;
    let count = std::env::var("HUB_MODEL").map_or(standard, |count| count.parse().expect("a number of stories"));
    let dice = Dice::new("stories");
    for number in 0..count {
        let seed = if number == 0 { dice.seed } else { dice.seed.wrapping_add(number) };
        let mut story = Story::begin(&hub, seed, number).await;
        story.file().await;
        for _ in 0..14 {
            match story.dice.roll(9) {
                0 if story.incidents.len() < 3 => story.file().await,
                0..5 => story.clock().await,
                _ => story.act().await,
            }
        }
        story.end(seed).await;
    }
    assert_eq!(hub.one(&format!("SELECT count(*) FROM incidents WHERE open AND step_at <= {MINUTE}")).await, "0");
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_half_of_the_stories() {
        stories(Engine::Sqlite, 500).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_other_half_of_them() {
        stories(Engine::Sqlite, 500).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_on_postgres() {
    hub_tests::need!(hub_tests::Tool::Postgres);
    stories(Engine::Postgres, 60).await;
}
