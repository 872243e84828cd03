//! The pages of those who watch and plan: queue, dashboard, authorities, elections, duty, policy. Asked over HTTP, by
//! the cast, of the real router.

use hub::config::{Config, Limits, Sources};
use hub::incident::{Filter, State};
use hub_tests::chromium::Options;
use hub_tests::http::{Answer, Client};
use hub_tests::{Engine, TestHub, Tool, need, on_both};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use web::app::App;
use web::security::origin::Origins;

/// A hub that serves its pages.
struct Site {
    hub: TestHub,
    url: String,
    stop: CancellationToken,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Site {
    async fn open(engine: Engine) -> Self {
        let hub = TestHub::new(engine).await;
        let mut config = Config::load(&Sources::default()).expect("settings");
        config.limits = Limits::NONE;
        let limits = config.limits.clone();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let stop = CancellationToken::new();
        let app = App::new(hub.hub.clone(), config, Origins::new(None, port), stop.clone());
        let router = web::routes::router(app, web::routes::table());
        let serving = stop.clone();
        tokio::spawn(async move { web::server::serve(listener, router, &limits, serving).await });
        Self { hub, url: format!("http://127.0.0.1:{port}"), stop }
    }

    /// The browser of somebody of the cast.
    async fn browser(&self, first: &str) -> Client {
        let person = self.hub.person(first);
        let now = self.hub.hub.wall.now();
        let token = hub::identity::make_token(&self.hub.hub.db, &person.email, 1, now).await.expect("a token");
        Client::at(&self.url).bearer(&token.text)
    }
}

/// The references of the table, in the order of the page.
fn rows(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.text());
    let parts = page.text().split("data-row=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
}

/// What an attribute of the first tag that begins like this holds.
fn after<'a>(page: &'a Answer, start: &str) -> &'a str {
    page.text()
        .split(start)
        .nth(1)
        .unwrap_or_else(|| panic!("no {start} in {}", page.text()))
        .split('"')
        .next()
        .unwrap()
}

/// Without what differs between any two answers.
fn bytes(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let own = ["date", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    (answer.status.as_u16(), headers.collect(), answer.text().to_owned())
}

on_both! {
    async fn the_queue_shows_what_the_hub_lists_in_its_order_and_the_row_says_why(engine: Engine) {
        let site = Site::open(engine).await;
        let [ana, ben, rosa, lena] = site.hub.cast(["ana", "ben", "rosa", "lena"]);
        site.hub.polls("alder").await;
        let told = |summary: &str, stopped: bool| json!({"summary": summary, "voting_stopped": stopped});
        let first = ana.reports(told("a question", false)).await.unwrap();
        ben.reports(told("a printer", false)).await.unwrap();
        let stopped = ana.reports(told("nobody can vote", true)).await.unwrap();
        let first = first["ref"].as_str().unwrap();
        rosa.claims(first).await.unwrap();
        rosa.overrides(stopped["ref"].as_str().unwrap(), "P1").await.unwrap();
        let page = site.browser("rosa").await.get("/queue").await;
        assert_eq!(rows(&page), rosa.queue().await);
        let text = page.text();
        assert!(text.contains("because") && text.contains("Policy 20"), "the sentence stands in the row");
        assert!(text.contains("Raised to P1 at 15:00: a person has set it"), "the row keeps its mark");
        assert!(text.contains("action=\"/incidents/BEL-1/claim\"") && !text.contains(&format!("/incidents/{first}/claim")));
        assert!(text.contains("Rosa Field</b><span class=\"sub\">you</span>"), "what is mine is marked");
        site.hub.minutes_pass(31).await;
        let later = site.browser("rosa").await.get("/queue").await;
        assert!(!later.text().contains("Raised to P1 at 15:00"), "after half an hour the mark is gone");
        let auditor = site.browser("uma").await.get("/queue").await;
        assert_eq!(rows(&auditor), lena.queue().await);
        assert!(!auditor.text().contains("/claim\""), "an auditor claims nothing");
        for official in ["ana", "olive"] {
            let browser = site.browser(official).await;
            assert_eq!([browser.get("/queue").await.status, browser.get("/dashboard").await.status], [403, 403]);
        }
    }

    async fn every_view_and_filter_of_the_queue_holds_what_it_says(engine: Engine) {
        let site = Site::open(engine).await;
        let [ana, ben, rosa] = site.hub.cast(["ana", "ben", "rosa"]);
        for summary in ["one", "two", "three", "four"] {
            ana.files(summary).await;
        }
        ben.files("five").await;
        rosa.claims("ALD-1").await.unwrap();
        rosa.claims("ALD-2").await.unwrap();
        rosa.patches("ALD-2", json!({"status": "waiting"})).await.unwrap();
        rosa.resolves("ALD-3").await.unwrap();
        rosa.overrides("BEL-1", "P1").await.unwrap();
        let browser = site.browser("rosa").await;
        let shown = async |query: &str| {
            let mut shown = rows(&browser.get(&format!("/queue?{query}")).await);
            shown.sort();
            shown
        };
        assert_eq!(shown("view=all").await, ["ALD-1", "ALD-2", "ALD-4", "BEL-1"]);
        assert_eq!(shown("view=mine").await, ["ALD-1", "ALD-2"]);
        assert_eq!(shown("view=unassigned").await, ["ALD-4", "BEL-1"]);
        assert_eq!(shown("view=unacknowledged").await, ["ALD-4", "BEL-1"]);
        assert_eq!(shown("view=waiting").await, ["ALD-2"]);
        assert_eq!(shown("view=closed").await, ["ALD-3"]);
        assert_eq!(shown("view=past_due").await, [""; 0]);
        assert_eq!(shown("view=all&priority=P1").await, ["BEL-1"]);
        assert_eq!(shown("view=all&urgency=U5").await, [""; 0]);
        let urgency = rosa.sees("BEL-1").await.unwrap().urgency;
        assert_eq!(shown(&format!("view=all&urgency={urgency},U5&authority=bellwood")).await, ["BEL-1"]);
        assert_eq!(shown("view=all&owner=me&authority=&q=").await, ["ALD-1", "ALD-2"]);
        assert_eq!(shown("view=all&owner=none").await, ["ALD-4", "BEL-1"]);
        assert_eq!(shown("view=all&owner=rosa%40hub.example").await, ["ALD-1", "ALD-2"]);
        assert_eq!(shown("view=all&q=ald-4").await, ["ALD-4"]);
        for wrong in ["view=everything", "priority=P9", "urgency=soon", "cursor=x", "colour=red"] {
            assert_eq!(browser.get(&format!("/queue?{wrong}")).await.status, 422, "{wrong}");
        }
        site.hub.minutes_pass(10).await;
        assert_eq!(shown("view=past_due").await, ["BEL-1"], "P1 is answered within five minutes");
        assert_eq!(shown("view=undecided").await, ["BEL-1"]);
    }

    async fn a_long_queue_goes_on_where_its_page_ended(engine: Engine) {
        let site = Site::open(engine).await;
        let [ana, rosa] = site.hub.cast(["ana", "rosa"]);
        for number in 0..203 {
            ana.files(&format!("the printer, {number}")).await;
        }
        let browser = site.browser("rosa").await;
        let first = browser.get("/queue?view=all&q=printer").await;
        let more = after(&first, "<a href=\"/queue?view=all&#38;").replace("&#38;", "&");
        assert!(more.starts_with("q=printer&cursor="), "{more}");
        let second = browser.get(&format!("/queue?view=all&{more}")).await;
        let all = [rows(&first), rows(&second)];
        assert_eq!((all[0].len(), all[1].len()), (200, 3));
        assert_eq!(all.concat(), rosa.queue().await);
    }

    async fn each_number_of_the_dashboard_is_the_length_of_the_list_behind_it(engine: Engine) {
        let site = Site::open(engine).await;
        let [ana, ben, rosa, lena] = site.hub.cast(["ana", "ben", "rosa", "lena"]);
        site.hub.polls("alder").await;
        for summary in ["one", "two", "three", "four", "five"] {
            ana.files(summary).await;
            ben.files(summary).await;
        }
        rosa.claims("ALD-1").await.unwrap();
        for r in ["ALD-2", "ALD-3", "BEL-1", "BEL-2"] {
            rosa.overrides(r, "P1").await.unwrap();
        }
        let shift = json!({"person": rosa.email, "from": "2026-11-01T12:00:00Z", "to": "2026-11-01T20:00:00Z"});
        hub::duty::add_shift(&site.hub.hub, &lena.acts(), &serde_json::from_value(shift).unwrap()).await.unwrap();
        site.hub.minutes_pass(10).await;
        let browser = site.browser("sam").await;
        let page = browser.get("/dashboard").await;
        assert_eq!(page.status, 200, "{}", page.text());
        let mut numbers = 0;
        for part in page.text().split("<dt><a href=\"/queue?").skip(1) {
            let query = part.split('"').next().unwrap().replace("&#38;", "&");
            let number = part.split("<dd").nth(1).unwrap().split('>').nth(1).unwrap();
            let number: usize = number.split(['<', ' ']).next().unwrap().parse().unwrap();
            assert_eq!(rows(&browser.get(&format!("/queue?{query}")).await).len(), number, "{query}");
            numbers += 1;
        }
        assert_eq!(numbers, 5);
        let heat = page.text().split("<table class=\"heat\">").nth(1).unwrap().split("</table>").next().unwrap();
        let mut sum = 0;
        for part in heat.split("<a href=\"/queue?").skip(1) {
            let query = part.split('"').next().unwrap().replace("&#38;", "&");
            let number: usize = part.split('>').nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
            assert_eq!(rows(&browser.get(&format!("/queue?{query}")).await).len(), number, "{query}");
            sum += number;
        }
        assert_eq!(sum, 10);
        let decisions = page.text().matches("<li class=\"p1d\"").count();
        assert_eq!(decisions, 3, "at most three decisions");
        assert_eq!(page.text().matches("btn primary").count(), 3, "each has one primary action");
        assert!(page.text().contains("<a href=\"/queue?view=undecided\">1 more</a>"));
        assert!(page.text().contains("Rosa Field") && page.text().contains("until 20:00 UTC"));
    }

    async fn an_official_knows_of_no_authority_but_their_own(engine: Engine) {
        let site = Site::open(engine).await;
        site.hub.person("ana").files("the printer").await;
        let ben = site.browser("ben").await;
        assert_eq!(bytes(&ben.get("/authorities/alder").await), bytes(&ben.get("/authorities/atlantis").await));
        assert_eq!(ben.get("/authorities/alder").await.status, 404);
        let list = ben.get("/authorities").await;
        assert_eq!((list.status.as_u16(), list.header("location")), (303, "/authorities/bellwood"));
        let own = ben.get("/authorities/bellwood").await;
        assert_eq!(own.status, 200);
        assert!(own.text().contains("ben@bellwood.example") && !own.text().contains("Alder"), "{}", own.text());
        let fay = site.browser("fay").await;
        assert_eq!(fay.get("/authorities/alder").await.status, 404, "a state does not read its counties");
        let rosa = site.browser("rosa").await;
        let list = rosa.get("/authorities").await;
        for name in ["Alder County", "Bellwood County", "State of Franklin", "Republic of Meridia"] {
            assert!(list.text().contains(name), "{name}");
        }
        assert!(list.text().find("State of Franklin") < list.text().find("Alder County"), "parents come first");
        let found = rosa.get("/authorities?q=bel").await;
        assert!(found.text().contains("Bellwood County") && !found.text().contains("Alder County"));
        let alder = rosa.get("/authorities/alder").await;
        assert!(alder.text().contains("/incidents/ALD-1") && alder.text().contains("/authorities/franklin"));
        let ada = site.browser("ada").await;
        let alder = ada.get("/authorities/alder").await;
        assert_eq!(alder.status, 200);
        assert!(!alder.text().contains("ALD-1") && !ada.get("/authorities").await.text().contains("Open incidents"));
    }

    async fn a_calendar_that_cannot_be_saved_comes_back_as_it_was_typed(engine: Engine) {
        let site = Site::open(engine).await;
        let olive = site.browser("olive").await;
        let empty = olive.get("/elections/new").await;
        assert!(empty.text().contains("value=\"America/New_York\"") && !empty.text().contains("name=\"authority\""));
        let typed = [
            ("name", "Alder runoff"),
            ("zone", "America/New_York"),
            ("windows.0.kind", ""),
            ("windows.0.opens", ""),
            ("windows.1.kind", "election_day"),
            ("windows.1.opens", "2026-12-01T06:30"),
            ("windows.1.closes", "2026-12-01T05:00"),
            ("milestones.2.kind", "certification"),
            ("milestones.2.at", ""),
        ];
        let again = olive.post_form("/elections/new", &typed).await;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("href=\"#milestones.2.at\"") && again.text().contains("Give a day and a time."));
        for kept in ["value=\"Alder runoff\"", "value=\"2026-12-01T06:30\"", "value=\"2026-12-01T05:00\""] {
            assert!(again.text().contains(kept), "{kept}");
        }
        let mut better = typed;
        better[8].1 = "2026-12-10T17:00";
        let again = olive.post_form("/elections/new", &better).await;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("href=\"#windows.1.closes\"") && again.text().contains("id=\"windows.1-error\""));
        better[6].1 = "2026-12-01T19:30";
        let looked = olive.post_form("/elections/new", &better).await;
        assert!(looked.status == 200 && looked.text().contains("No incident would move"), "{}", looked.text());
        assert_eq!(site.hub.one("SELECT count(*) FROM elections").await, "0", "nothing is saved before the button");
        let sure: Vec<_> = better.into_iter().chain([("checked", "1")]).collect();
        let saved = olive.post_form("/elections/new", &sure).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let moved = olive.get(saved.header("location")).await;
        assert!(moved.text().contains("Alder runoff was added") && moved.text().contains("No incident moved"));
        let id = saved.header("location").split('/').nth(2).unwrap().to_owned();
        let page = olive.get(&format!("/elections/{id}")).await;
        assert!(page.text().contains("06:30") && page.text().contains("19:30") && page.text().contains("Certification"));
        assert!(page.text().contains(&format!("/elections/{id}/edit")));
        assert!(olive.get("/elections").await.text().contains("Alder runoff"));
        // Everybody signed in reads it; who may change it is another matter.
        for (reader, edits) in [("ana", 403), ("ben", 403), ("fay", 403), ("rosa", 403), ("uma", 403), ("ada", 403)] {
            let browser = site.browser(reader).await;
            let page = browser.get(&format!("/elections/{id}")).await;
            assert_eq!(page.status, 200, "{reader}");
            assert!(!page.text().contains("/edit\"") && !page.text().contains("Extend close"), "{reader}");
            for path in ["edit", "extend"] {
                assert_eq!(browser.get(&format!("/elections/{id}/{path}")).await.status, edits, "{reader} {path}");
                let sent = browser.post_form(&format!("/elections/{id}/{path}"), &[("name", "Mine")]).await;
                assert_eq!(sent.status, edits, "{reader} {path}");
            }
        }
        for nothing in ["/elections/atlantis", "/elections/atlantis/edit", "/elections/atlantis/extend"] {
            assert_eq!(olive.get(nothing).await.status, 404, "{nothing}");
        }
    }

    async fn a_calendar_is_changed_by_its_form_and_nobody_overwrites_another_unseen(engine: Engine) {
        let site = Site::open(engine).await;
        let election = site.hub.polls("alder").await;
        let id = election["id"].as_str().unwrap();
        let window = election["windows"][0]["id"].as_str().unwrap();
        let olive = site.browser("olive").await;
        let form = olive.get(&format!("/elections/{id}/edit")).await;
        assert!(form.text().contains("value=\"2026-11-03 06:00\"") && form.text().contains(window));
        let typed = [
            ("version", "1"),
            ("name", "Alder general"),
            ("zone", "America/New_York"),
            ("windows.0.id", window),
            ("windows.0.kind", "election_day"),
            ("windows.0.opens", "2026-11-03T07:00"),
            ("windows.0.closes", "2026-11-03T21:00"),
        ];
        let looked = olive.post_form(&format!("/elections/{id}/edit"), &typed).await;
        assert!(looked.status == 200 && looked.text().contains("06:00 to 21:00 becomes"), "{}", looked.text());
        assert!(looked.text().contains("it takes two persons"));
        let mut sure = typed.to_vec();
        sure.extend([("checked", "1"), ("order", "board")]);
        let unsaid = olive.post_form(&format!("/elections/{id}/edit"), &sure).await;
        assert!(unsaid.status == 422 && unsaid.text().contains("Say why, in one sentence."));
        assert!(unsaid.text().contains("value=\"board\" selected"), "what was chosen is kept");
        sure.push(("reason", "The hall has no light before seven"));
        let saved = olive.post_form(&format!("/elections/{id}/edit"), &sure).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let proposal = saved.header("location").to_owned();
        assert!(proposal.contains("/proposals/"), "{proposal}");
        assert!(olive.get(&proposal).await.text().contains("You proposed it, so somebody else confirms it"));
        assert_eq!(olive.post_form(&format!("{proposal}/confirm"), &[]).await.status, 403);
        let lena = site.browser("lena").await;
        let found = lena.get(&format!("/elections/{id}")).await;
        assert!(found.text().contains("Needs a second person") && found.text().contains(&proposal), "{}", found.text());
        assert!(lena.get(&proposal).await.text().contains("The hall has no light before seven"));
        let agreed = lena.post_form(&format!("{proposal}/confirm"), &[]).await;
        assert_eq!(agreed.status, 303, "{}", agreed.text());
        assert_eq!(lena.post_form(&format!("{proposal}/confirm"), &[]).await.status, 409, "it is done");
        let page = olive.get(&format!("/elections/{id}")).await;
        assert!(page.text().contains("Alder general") && page.text().contains("07:00"));
        assert!(page.text().contains("Olive Marsh"), "the history says who");
        let late = olive.post_form(&format!("/elections/{id}/edit"), &typed).await;
        assert_eq!(late.status, 409);
        assert!(late.text().contains("Somebody else has changed") && late.text().contains("name=\"version\" value=\"2\""));
        let mut without = typed.to_vec();
        without[0].1 = "2";
        without.push(("windows.0.remove", "true"));
        without.extend([("checked", "2"), ("reason", "The board meets again")]);
        let saved = olive.post_form(&format!("/elections/{id}/edit"), &without).await;
        assert_eq!(lena.post_form(&format!("{}/confirm", saved.header("location")), &[]).await.status, 303);
        assert!(olive.get(&format!("/elections/{id}")).await.text().contains("None yet. Without a window"));
    }

    async fn an_extended_close_leads_to_what_it_moved_as_each_reader_may_know(engine: Engine) {
        let site = Site::open(engine).await;
        let election = site.hub.polls("alder").await;
        let (id, window) = (election["id"].as_str().unwrap(), election["windows"][0]["id"].as_str().unwrap());
        let [ana, fay] = site.hub.cast(["ana", "fay"]);
        site.hub.clock_moves_to("2026-11-04T06:00:00Z").await;
        let answers = json!({"ability_to_vote": "some_sites_fallback_works"});
        let report = json!({"summary": "no check-in", "functions": ["checkin"], "answers": answers, "category": "EPOLLBOOK_CHECKIN"});
        ana.reports(report.clone()).await.unwrap();
        let mut above = report;
        above["summary"] = json!("of the state");
        fay.reports(above).await.unwrap();
        let olive = site.browser("olive").await;
        let path = format!("/elections/{id}/extend");
        let form = olive.get(&format!("{path}?window={window}")).await;
        assert!(form.text().contains("01:00 EST</b> there") && form.text().contains("value=\"2026-11-03 21:00\""));
        let earlier = olive.post_form(&path, &[("window", window), ("closes", "2026-11-03T20:00")]).await;
        assert_eq!(earlier.status, 422);
        assert!(earlier.text().contains("value=\"2026-11-03T20:00\"") && earlier.text().contains("closes-error"));
        let later = [("window", window), ("closes", "2026-11-04 03:00")];
        let looked = olive.post_form(&path, &later).await;
        assert!(looked.text().contains("1 incident would move") && looked.text().contains("ALD-1"), "{}", looked.text());
        assert!(!looked.text().contains("FRA-1") && looked.text().contains("opens again at once"));
        let sure: Vec<_> = later.into_iter().chain([("checked", "1"), ("reason", "A court order")]).collect();
        let proposed = olive.post_form(&path, &sure).await;
        let sam = site.browser("sam").await;
        let saved = sam.post_form(&format!("{}/confirm", proposed.header("location")), &[]).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let moved = saved.header("location");
        let page = olive.get(moved).await;
        assert!(page.text().contains("1 incident moved") && page.text().contains("ALD-1"), "{}", page.text());
        assert!(!page.text().contains("FRA-1") && page.text().contains("open again"));
        let page = sam.get(moved).await;
        assert!(page.text().contains("ALD-1") && page.text().contains("FRA-1"), "a supervisor reads both");
        let ben = site.browser("ben").await;
        assert_eq!(ben.get(moved).await.status, 404, "the record of another authority");
        assert_eq!(olive.get(&format!("/elections/{id}/moved?at=2026-01-01T00:00:00Z")).await.status, 404);
        assert!(olive.get(&format!("/elections/{id}")).await.text().contains("A close was moved later"));
    }

    async fn what_was_looked_at_is_what_the_button_does(engine: Engine) {
        let site = Site::open(engine).await;
        let election = site.hub.polls("alder").await;
        let (id, window) = (election["id"].as_str().unwrap(), election["windows"][0]["id"].as_str().unwrap());
        let olive = site.browser("olive").await;
        // Somebody else has changed it since each of these pages was looked at.
        site.hub.person("lena").moves(&election["id"], json!({"name": "Alder, the general"})).await.unwrap();
        let acts: [(&str, &[(&str, &str)]); 4] = [
            ("annul", &[]),
            ("postpone", &[("to", "2026-11-10")]),
            ("extend", &[("window", window), ("closes", "2026-11-03 22:00")]),
            ("undo", &[]),
        ];
        let why = [("reason", "A judgment of Friday"), ("order", "court"), ("order_text", "26-CV-1180")];
        for (act, fields) in acts {
            let path = format!("/elections/{id}/{act}");
            let post = async |checked: Option<&str>| {
                let checked = checked.map(|version| ("checked", version));
                let sent: Vec<_> = fields.iter().copied().chain(why).chain(checked).collect();
                olive.post_form(&path, &sent).await
            };
            for checked in [Some("1"), Some("one"), None] {
                let answer = post(checked).await;
                // A form that comes before the page is what a post without a version is.
                let expected = if checked == Some("1") || fields.is_empty() { 409 } else { 200 };
                assert_eq!(answer.status, expected, "{act} {checked:?}: {}", answer.text());
                let told = answer.text().contains("This is not the calendar that you looked at");
                assert_eq!(told, expected == 409, "{act} {checked:?}");
                for kept in ["name=\"checked\" value=\"2\"", "A judgment of Friday", "value=\"court\" selected", "26-CV-1180"] {
                    assert!(answer.text().contains(kept), "{act} {checked:?} {kept}: {}", answer.text());
                }
                for (name, value) in fields {
                    assert!(answer.text().contains(&format!("name=\"{name}\" value=\"{value}\"")), "{act} {name}");
                }
            }
            assert_eq!(site.hub.one("SELECT version FROM elections").await, "2", "{act}");
            assert_eq!(site.hub.one("SELECT count(*) FROM proposals").await, "0", "{act}");
        }
        for (act, fields) in acts {
            let sent: Vec<_> = fields.iter().copied().chain(why).chain([("checked", "2")]).collect();
            let done = olive.post_form(&format!("/elections/{id}/{act}"), &sent).await;
            assert_eq!(done.status, 303, "{act}: {}", done.text());
        }
    }

    async fn a_shift_lead_adds_a_shift_and_a_responder_reads_it(engine: Engine) {
        let site = Site::open(engine).await;
        let lena = site.browser("lena").await;
        assert!(lena.get("/duty").await.text().contains("Nobody is on duty."));
        let typed = [("person", "rosa@hub.example"), ("from", "2026-11-01T14:00"), ("to", "2026-11-01T12:00")];
        let again = lena.post_form("/duty", &typed).await;
        assert_eq!(again.status, 422);
        assert!(again.text().contains("href=\"#to\"") && again.text().contains("value=\"2026-11-01T12:00\""));
        assert!(again.text().contains("<option value=\"rosa@hub.example\" selected>"));
        let nobody = lena.post_form("/duty", &[("person", ""), ("from", ""), ("to", "soon")]).await;
        for field in ["person", "from", "to"] {
            assert!(nobody.text().contains(&format!("href=\"#{field}\"")), "{field}");
        }
        for hours in [("2026-11-01T14:00", "2026-11-01T22:00"), ("2026-11-02T02:00", "2026-11-02T10:00")] {
            let typed = [("person", "rosa@hub.example"), ("from", hours.0), ("to", hours.1)];
            assert_eq!(lena.post_form("/duty", &typed).await.status, 303);
        }
        let rosa = site.browser("rosa").await;
        let page = rosa.get("/duty").await;
        assert!(page.text().contains("until 22:00 UTC") && page.text().contains("14:00 to 22:00"), "{}", page.text());
        assert!(page.text().contains("Today, Sunday 1 November, 22:00 to 02:00 next day UTC"));
        assert!(!page.text().contains("<form method=\"post\" action=\"/duty\""));
        assert_eq!(rosa.post_form("/duty", &typed).await.status, 403);
        assert_eq!(site.browser("uma").await.get("/duty").await.status, 200);
        assert_eq!(site.browser("ana").await.get("/duty").await.status, 403);
    }

    /// Without scripts: what is refused comes back under its own form, what is done leads back to the page.
    async fn the_forms_of_duty_work_on_the_page(engine: Engine) {
        let site = Site::open(engine).await;
        let (lena, rosa, ravi) = (site.browser("lena").await, site.browser("rosa").await, site.browser("ravi").await);
        let line = [
            ("post", "primary"), ("days", "sun"), ("from", "22:00"), ("to", "23:00"), ("zone", "Mars"),
            ("people", "rosa@hub.example"), ("since", "2026-11-01"),
        ];
        let again = lena.post_form("/duty/lines", &line).await;
        assert_eq!(again.status, 422);
        for words in ["href=\"#line.zone\"", "href=\"#line.to\"", "value=\"Mars\"", "id=\"day-sun\" name=\"days\" value=\"sun\" checked"] {
            assert!(again.text().contains(words), "{words}: {}", again.text());
        }
        assert!(!again.text().contains("value=\"mon\" checked"));
        let line = [
            ("post", "primary"), ("from", "06:00"), ("to", "06:00"), ("zone", "America/New_York"),
            ("people", "rosa@hub.example"), ("since", "2026-10-31"),
        ];
        assert_eq!(lena.post_form("/duty/lines", &line).await.status, 303);
        let alone = rosa.post_form("/duty/cover-now", &[("minutes", "15")]).await;
        assert_eq!(alone.status, 422, "nobody else is on duty");
        let offer = [("by", "ravi@hub.example"), ("from", "2026-11-01 16:00"), ("to", "2026-11-01 17:00")];
        assert_eq!(rosa.post_form("/duty/covers", &offer).await.status, 303);
        let page = ravi.get("/duty").await;
        assert!(page.text().contains("Ravi Nair for Rosa Field") && page.text().contains("value=\"accept\""), "{}", page.text());
        assert_eq!(ravi.post_form("/duty/covers/1", &[("reply", "accept")]).await.status, 303);
        assert!(!ravi.get("/duty").await.text().contains("value=\"accept\""));
        assert_eq!(rosa.post_form("/duty/handovers", &[("to", "")]).await.status, 422, "nobody follows");
        let written = rosa.post_form("/duty/handovers", &[("to", "ravi@hub.example")]).await;
        assert_eq!((written.status.as_u16(), written.header("location")), (303, "/duty/handovers/1"));
        assert!(!rosa.get("/duty/handovers/1").await.text().contains("value=\"all\""), "not hers to accept");
        assert!(ravi.get("/duty").await.text().contains("A hand-over waits for you"));
        assert!(ravi.get("/duty/handovers/1").await.text().contains("Hand-over from Rosa Field to you"));
        assert_eq!(ravi.post_form("/duty/handovers/1", &[("what", "all")]).await.status, 303);
        assert!(ravi.get("/duty/handovers/1").await.text().contains("This was accepted."));
        assert_eq!(ravi.get("/duty/handovers/77").await.status, 404);
        assert_eq!(site.browser("ana").await.get("/duty/handovers/1").await.status, 403);

        let made = rosa.post_form("/duty/feeds", &[("what", "mine"), ("do", "make")]).await;
        assert_eq!(made.status, 303);
        let page = rosa.get(made.header("location")).await;
        let key = made.header("location").trim_end_matches("/address");
        assert!(page.text().contains(&format!("{key}.ics")), "{}", page.text());
        let calendar = Client::at(&site.url).get(&format!("{key}.ics")).await;
        assert_eq!((calendar.status.as_u16(), calendar.header("content-type")), (200, "text/calendar; charset=utf-8"));
        assert!(calendar.text().starts_with("BEGIN:VCALENDAR") && calendar.text().contains("BEGIN:VEVENT"));
        assert_eq!(rosa.post_form("/duty/feeds", &[("what", "mine"), ("do", "end")]).await.status, 303);
        assert_eq!(rosa.get(&format!("{key}.ics")).await.status, 404);
    }

    async fn everybody_reads_the_policy_in_force_with_all_its_cells(engine: Engine) {
        let site = Site::open(engine).await;
        for reader in ["ana", "rosa", "ada"] {
            let page = site.browser(reader).await.get("/policy").await;
            assert_eq!(page.status, 200);
            let table = page.text().split("<table class=\"mx").nth(1).unwrap().split("</table>").next().unwrap();
            assert_eq!(table.matches("<td>P").count(), 36);
            let version = &site.hub.hub.policy().version;
            assert!(page.text().contains(&format!("In force: {version}")) && page.text().contains("90 days before"));
        }
    }

    async fn what_is_closed_stands_in_its_own_view(engine: Engine) {
        let site = Site::open(engine).await;
        let [ana, rosa] = site.hub.cast(["ana", "rosa"]);
        for summary in ["one", "two"] {
            let r = ana.files(summary).await;
            rosa.resolves(&r).await.unwrap();
        }
        let closed = Filter { state: State::Closed, ..Filter::default() };
        let page = site.browser("rosa").await.get("/queue?view=closed").await;
        assert_eq!(rows(&page).len(), rosa.lists(&closed).await.unwrap().len());
        assert!(page.text().contains("Resolved and closed") && !page.text().contains("/claim\""));
    }
}

/// A board is the same bytes for all who watch it; each page marks its reader's rows by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_mine_is_marked_in_a_queue_that_came_live() {
    need!(Tool::Chromium);
    let (hub, _folder) = crate::story::stage(&[]).await;
    let rosa = Options::desktop().open().await;
    crate::story::be(&rosa, &hub.url, "rosa").await;
    rosa.goto(&format!("{}/queue", hub.url)).await.expect("the queue opens");
    crate::story::reads(&rosa, "#queue-body", "ALD-1").await;
    let claim = "fetch('/api/v1/incidents/ALD-1/claim', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}).then((r) => r.status)";
    assert_eq!(rosa.evaluate(claim).await, 200, "nobody has it yet");
    let cell = crate::story::reads(&rosa, "tr[id=\"q-ALD-1\"] td.own", "Rosa Field").await;
    assert!(cell.contains("you"), "her own row says so: {cell}");
}
