//! What is taken away at one node, or beside both, is gone at the other: soon with the bus, a little later without.

use super::*;

/// How long rights that were taken away may last at another node.
const WITH_THE_BUS: i64 = 3_000;
const WITHOUT: i64 = 5_000;

/// Somebody whose way in is closed, or who has a right less, while they have a socket.
struct Watcher {
    what: &'static str,
    live: Live,
}

/// Waits until a socket or its room is closed to whoever has it, and says how long ago it was taken away.
async fn is_over(watcher: &mut Watcher, taken: Ts) -> i64 {
    let over = async {
        loop {
            match watcher.live.frame().await {
                Err(code) => return assert_eq!(code, Some(4100), "{}", watcher.what),
                Ok(frame) if frame["code"] == "closed_to_you" => return assert_eq!(frame["room"], "ALD-1"),
                Ok(_) => {}
            }
        }
    };
    within(watcher.what, over).await;
    millis(taken, Clock::machine().now())
}

impl Pair {
    /// Five people with a socket each at the second node, then what takes it away from each, and how long that takes.
    async fn withdraws(&self, round: &str, most: i64) {
        let db = Db::open(&self.database.url(), Bus::local()).await.expect("the database opens");
        let now = || Clock::machine().now();
        let add = async |what: &str, role: Role, authority: Option<&str>| {
            let email = format!("{what}.{}@hub.example", round.replace(' ', "-"));
            let new = NewPerson { email: &email, name: what, role, authority };
            identity::add_person(&db, &new, now()).await.expect("a person");
            email
        };
        let mut watchers = Vec::new();
        let mut emails = Vec::new();
        for (what, role, authority) in [
            ("disabled", Role::Official, Some("alder")),
            ("revoked", Role::Official, Some("alder")),
            ("another-role", Role::Responder, None),
            ("another-authority", Role::Official, Some("alder")),
        ] {
            let email = add(what, role, authority).await;
            let token = identity::make_token(&db, &email, 1, now()).await.expect("a token").text;
            watchers.push(Watcher { what, live: self.joined(1, &token).await });
            emails.push(email);
        }
        let session = Client::at(&format!("http://localhost:{}", self.ports[0]));
        let email = add("signed-out", Role::Official, Some("alder")).await;
        let link = identity::make_link(&db, &email, now()).await.expect("a link").text;
        let signed_in = session.post_form(&format!("/sign-in/{link}"), &[]).await;
        assert_eq!(signed_in.status, 303, "{}", signed_in.text());
        let (cookie, origin) = (session.cookie(), session.origin());
        let by_cookie = SignIn::Cookie { cookie: &cookie, origin: Some(&origin) };
        let mut live = Live::open(&self.url(1), "/live", by_cookie).await.expect("it opens");
        live.send(json!({"op": "join", "room": "ALD-1", "after": 0})).await;
        live.expect("joined").await;
        watchers.push(Watcher { what: "signed-out", live });

        let command = async |words: &[&str]| {
            let env = self.env(0);
            let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let done = proc::run(words, &env, self.folder.path(), "").await;
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        let person = |email: &str| format!("FROM people WHERE email = '{email}'");
        let token =
            self.database.psql(&format!("SELECT id FROM tokens WHERE person_id = (SELECT id {})", person(&emails[1])));
        for watcher in &mut watchers {
            match watcher.what {
                "disabled" => command(&["user", "disable", &emails[0]]).await,
                "revoked" => command(&["token", "revoke", token.trim()]).await,
                "another-role" => drop(self.database.psql(&format!("UPDATE people SET role = 'admin' WHERE email = '{}'", emails[2]))),
                "another-authority" => drop(self.database.psql(&format!(
                    "UPDATE people SET authority_id = (SELECT id FROM authorities WHERE slug = 'birch') WHERE email = '{}'",
                    emails[3]
                ))),
                _ => assert_eq!(session.post_form("/sign-out", &[]).await.status, 303),
            }
            let took = is_over(watcher, now()).await;
            assert!(took <= most, "{} {round}: still there {took} ms later", watcher.what);
            println!("{} {round}: gone within {took} ms", watcher.what);
        }

        // What is said after that reaches nobody of them.
        let mut ana = self.joined(1, &self.ana).await;
        let last = format!("after all, {round}");
        self.says(0, &last, false).await;
        hears(&mut ana, &last).await;
        for watcher in &mut watchers {
            if ["another-role", "another-authority"].contains(&watcher.what) {
                watcher.live.until_now().await;
            }
            assert!(watcher.live.seen.iter().all(|frame| frame["text"] != last), "{}", watcher.what);
        }
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_away_at_one_node_is_gone_at_the_other() {
    need!(Tool::Postgres, Tool::Nats);
    let mut pair = Pair::start().await;
    let birch = json!({"slug": "birch", "code": "BIR", "name": "Birch", "zone": "America/New_York"});
    let made = pair.client(0, &pair.ada).send_json("POST".parse().unwrap(), "/api/v1/authorities", &birch).await;
    assert_eq!(made.status, 201, "{}", made.text());
    pair.withdraws("with the bus", WITH_THE_BUS).await;
    pair.nats.take_away();
    pair.ready("degraded").await;
    pair.withdraws("without", WITHOUT).await;
}
