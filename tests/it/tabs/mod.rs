//! The live channel in a real browser: its tabs share one socket, and networks, machines and clocks fail it.

mod gate;

use hub::Hub;
use hub::config::{Config, Sources};
use hub::demo::{seed, world};
use hub::escalation::Policy;
use hub::identity::{self, Actor, Viewer};
use hub::instance::Mark;
use hub::live::Bus;
use hub::store::Db;
use hub::time::Clock;
use hub_tests::chromium::{Options, Tab};
use hub_tests::scratch::Folder;
use hub_tests::{Tool, Window, eventually, need};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::app::App;
use web::security::origin::Origins;

use crate::story::{be, press};
use gate::{Gate, Way};

/// A room of Ana's.
const ROOM: &str = "ALD-1";
/// Its messages that a test said, in the order of the page.
const SAID: &str = "[...document.querySelectorAll('#timeline [data-seq] .body')].map(body => body.textContent.trim())\
    .filter(text => text.startsWith('m-')).join(' ')";
/// How news reach the page, as it says so.
const MODE: &str = "document.querySelector('[data-mode]').textContent";
const LINE: &str = "document.getElementById('connection').innerText";

/// The demonstration's world, and a browser in which Ana is signed in.
struct House {
    hub: Hub,
    app: App,
    gate: Gate,
    ana: Window,
    stop: CancellationToken,
    _folder: Folder,
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl House {
    async fn new() -> Self {
        let folder = Folder::new();
        let db = Db::open(&format!("sqlite://{}", folder.path().join("hub.db").display()), Bus::local()).await;
        let db = db.expect("a database");
        db.migrate().await.expect("it is migrated");
        let clock = Clock::machine();
        let now = clock.now();
        let hub = Hub::start(db, clock, Clock::machine(), Policy::default(), Mark::Demo).await.expect("a hub");
        seed(&hub, &world(now)).await.expect("a world");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut gate = Gate::new().await;
        gate.leads_to(listener.local_addr().expect("bound"));
        let config = Config::load(&Sources::default()).expect("settings");
        let (limits, stop) = (config.limits.clone(), CancellationToken::new());
        let app = App::new(hub.clone(), config, Origins::new(None, gate.port), stop.clone());
        let router = web::routes::router(app.clone(), web::routes::table());
        let serving = stop.clone();
        tokio::spawn(async move { web::server::serve(listener, router, &limits, serving).await });
        let ana = Options::desktop().open().await;
        let house = Self { hub, app, gate, ana, stop, _folder: folder };
        be(&house.ana, &house.url(""), "ana").await;
        house
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.gate.port)
    }

    /// Another tab of Ana's, in the room.
    async fn tab(&self) -> Tab<'_> {
        let tab = self.ana.tab().await;
        tab.goto(&self.url(&format!("/incidents/{ROOM}"))).await;
        tab
    }

    /// Rosa says something in the room.
    async fn says(&self, text: &str) {
        let person = identity::find_person(&self.hub.db, "rosa@hub.example").await.expect("one of the cast");
        let token = identity::make_token(&self.hub.db, &person.email, 1, self.hub.wall.now()).await.expect("a token");
        let viewer: Viewer = identity::viewer_of_token(&self.hub.db, &token.text, self.hub.wall.now())
            .await
            .expect("a look")
            .expect("somebody");
        let actor = Actor::new(viewer, self.hub.clock.now(), hub::id::fresh());
        let body = serde_json::from_value(json!({"id": hub::id::fresh().to_string(), "text": text}));
        hub::room::say(&self.hub, &actor, ROOM, &body.expect("a message")).await.expect("it is said");
    }

    async fn sockets(&self, number: u64) {
        let counts = self.app.channel().counts();
        eventually(&format!("{number} sockets are open"), || async { (counts.open() == number).then_some(()) }).await;
    }

    /// How often a text is stored.
    async fn stored(&self, text: &str) -> usize {
        let system = Viewer::system("a test");
        let log = hub::room::events(&self.hub, &system, ROOM, 0, Some(200), None).await.expect("the room's log");
        log.items.iter().filter(|event| event.text.as_deref() == Some(text)).count()
    }
}

/// Waits until an expression gives a text that holds `words`, and gives it.
async fn holds(tab: &Tab<'_>, expression: &str, words: &str) -> String {
    let what = format!("{expression:.60} holds {words:?}");
    eventually(&what, || async {
        let found = tab.evaluate(expression).await;
        found.as_str().filter(|text| text.contains(words)).map(str::to_owned)
    })
    .await
}

/// Waits until the page shows these messages, and nothing else that a test said.
async fn shows(tab: &Tab<'_>, all: &str) {
    let shown = holds(tab, SAID, all.rsplit(' ').next().unwrap_or_default()).await;
    assert_eq!(shown, all, "each once and in order");
}

async fn mode(tab: &Tab<'_>, words: &str) {
    eventually(&format!("the page says {words:?}"), || async { (tab.evaluate(MODE).await == words).then_some(()) })
        .await;
}

/// Writes a message as somebody does who presses the button.
async fn writes(tab: &Tab<'_>, text: &str) {
    let act = format!(
        "(() => {{ document.getElementById('reply').value = {}; document.getElementById('say').requestSubmit(); }})()",
        json!(text)
    );
    tab.evaluate(&act).await;
}

/// Turns a tab's network off and on.
async fn offline(tab: &Tab<'_>, off: bool) {
    let conditions = json!({"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    tab.cdp("Network.emulateNetworkConditions", conditions).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tabs_share_one_socket_and_hand_it_over() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let first = house.tab().await;
    mode(&first, "Live").await;
    let second = house.tab().await;
    mode(&second, "Live").await;
    house.says("m-1").await;
    shows(&first, "m-1").await;
    shows(&second, "m-1").await;
    house.sockets(1).await;
    assert_eq!(house.ana.seen().sockets, 1, "the second tab opened none");

    // What is written in the tab without a socket is stored once, answered there, and seen in both.
    writes(&second, "m-2").await;
    shows(&first, "m-1 m-2").await;
    shows(&second, "m-1 m-2").await;
    eventually("nothing is on its way any more", || async {
        (second.evaluate("document.querySelectorAll('.pending').length").await == 0).then_some(())
    })
    .await;

    // The tab with the socket closes while a third one writes.
    let third = house.tab().await;
    mode(&third, "Live").await;
    house.says("m-3").await;
    shows(&third, "m-1 m-2 m-3").await;
    first.close().await;
    writes(&third, "m-4").await;
    shows(&second, "m-1 m-2 m-3 m-4").await;
    shows(&third, "m-1 m-2 m-3 m-4").await;
    house.sockets(1).await;
    assert_eq!(house.stored("m-4").await, 1);

    // The next one freezes, with the socket.
    second.cdp("Page.setWebLifecycleState", json!({"state": "frozen"})).await;
    house.says("m-5").await;
    shows(&third, "m-1 m-2 m-3 m-4 m-5").await;
    second.cdp("Page.setWebLifecycleState", json!({"state": "active"})).await;
    shows(&second, "m-1 m-2 m-3 m-4 m-5").await;
    house.says("m-6").await;
    shows(&second, "m-1 m-2 m-3 m-4 m-5 m-6").await;
    house.sockets(1).await;

    // Who signs out is signed out in every tab, and none tries again.
    third.evaluate("fetch('/sign-out', {method: 'POST', redirect: 'manual'}).then(() => 0)").await;
    for tab in [&second, &third] {
        holds(tab, LINE, "You are signed out").await;
    }
    house.sockets(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_does_not_use_the_session_of_another_who_signs_in_here() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let ana = house.tab().await;
    mode(&ana, "Live").await;
    be(&house.ana, &house.url(""), "rosa").await;
    let rosa = house.tab().await;
    mode(&rosa, "Live").await;
    house.sockets(2).await;
    offline(&ana, true).await;
    mode(&ana, "Connection lost").await;
    offline(&ana, false).await;
    holds(&ana, LINE, "You are signed out").await;
    house.says("m-1").await;
    shows(&rosa, "m-1").await;
    assert_eq!(ana.evaluate(SAID).await, "", "nothing of Rosa's came to the page of Ana");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_offline_misses_nothing_and_what_they_wrote_goes_out_once() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let tab = house.tab().await;
    mode(&tab, "Live").await;
    offline(&tab, true).await;
    let line = holds(&tab, LINE, "Connection lost. Trying again").await;
    assert!(line.contains("as of") && line.contains("kept on this device"), "{line}");
    for text in ["m-1", "m-2", "m-3"] {
        house.says(text).await;
    }
    writes(&tab, "m-4").await;
    holds(&tab, "document.querySelector('.pending .seen').textContent", "Not sent. Send again").await;
    assert_eq!(house.stored("m-4").await, 0);
    offline(&tab, false).await;
    // Its writer has not seen what came before it, and is asked.
    holds(&tab, "document.querySelector('.guard')?.textContent", "You have not seen 3 newer messages").await;
    tab.evaluate("[...document.querySelectorAll('.guard button')].at(-1).click()").await;
    shows(&tab, "m-1 m-2 m-3 m-4").await;
    assert_eq!(house.stored("m-4").await, 1);
    mode(&tab, "Live").await;
    assert_eq!(tab.evaluate("document.getElementById('connection').hidden").await, true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_gone_without_a_word_is_found_out_and_resumed() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let tab = house.tab().await;
    mode(&tab, "Live").await;
    house.gate.lets(Way::Silent);
    house.says("m-1").await;
    holds(&tab, LINE, "Connection lost").await;
    house.says("m-2").await;
    house.gate.lets(Way::Open);
    shows(&tab, "m-1 m-2").await;
    mode(&tab, "Live").await;
    house.says("m-3").await;
    shows(&tab, "m-1 m-2 m-3").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_that_slept_catches_up() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let tab = house.tab().await;
    mode(&tab, "Live").await;
    tab.cdp("Page.setWebLifecycleState", json!({"state": "frozen"})).await;
    house.sockets(0).await;
    for text in ["m-1", "m-2", "m-3"] {
        house.says(text).await;
    }
    tab.cdp("Page.setWebLifecycleState", json!({"state": "active"})).await;
    shows(&tab, "m-1 m-2 m-3").await;
    house.sockets(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_on_the_device_changes_nothing_that_is_shown() {
    need!(Tool::Chromium);
    let house = House::new().await;
    be(&house.ana, &house.url(""), "rosa").await;
    // Away from the queue, which would have the socket.
    house.ana.goto("about:blank").await.expect("an empty page");
    let tab = house.ana.tab().await;
    let wrong = "const RealDate = Date; const DAY = 86400000;
        globalThis.Date = class extends RealDate {
            constructor(...of) { if (of.length) super(...of); else super(RealDate.now() + DAY); }
            static now() { return RealDate.now() + DAY; }
        };";
    tab.cdp("Page.enable", json!({})).await;
    tab.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": wrong})).await;
    tab.goto(&house.url(&format!("/incidents/{ROOM}"))).await;
    mode(&tab, "Live").await;
    // A countdown of an hour from now, as the page would have it; the script takes it up at its next tick.
    let due = house.hub.clock.now().plus(jiff::SignedDuration::from_mins(61));
    let clock = format!(
        "document.getElementById('main').append(Object.assign(document.createElement('span'), {{id: 'probe', \
         textContent: 'Answer in 1 h 1 min'}})), document.getElementById('probe').dataset.due = {}, 0",
        json!(due.to_string())
    );
    tab.evaluate(&clock).await;
    let utc = "document.querySelector('time[data-clock=utc]').textContent";
    let before = tab.evaluate(utc).await;
    eventually("the clock ticks", || async { (tab.evaluate(utc).await != before).then_some(()) }).await;
    holds(&tab, "document.getElementById('probe').textContent", "Answer in 1 h 0 min").await;
    let shown = tab.evaluate(utc).await;
    let today = house.hub.clock.now().to_string()[..10].to_owned();
    let shown: hub::time::Ts = format!("{today}T{}Z", shown.as_str().unwrap_or_default()).parse().expect("a time");
    let apart = house.hub.clock.now().since(shown).as_secs().rem_euclid(86_400);
    assert!(!(60..86_340).contains(&apart), "the bar's clock is {apart} s off");
    writes(&tab, "m-1").await;
    house.says("m-2").await;
    shows(&tab, "m-1 m-2").await;
    let at = tab.evaluate("[...document.querySelectorAll('#timeline time')].at(-1).dateTime").await;
    let at: hub::time::Ts = at.as_str().unwrap_or_default().parse().expect("an instant");
    assert!(house.hub.clock.now().since(at).as_secs() < 60, "the hub's time stands beside it");
    offline(&tab, true).await;
    let line = holds(&tab, LINE, "as of").await;
    let minutes = [-1, 0].map(|ago| house.hub.clock.now().plus(jiff::SignedDuration::from_mins(ago)).to_string());
    assert!(minutes.iter().any(|at| line.contains(&format!("as of {} UTC", &at[11..16]))), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_socket_opens_pages_ask_and_where_asking_fails_they_say_so() {
    need!(Tool::Chromium);
    let house = House::new().await;
    house.gate.lets(Way::NoSockets);
    let (tab, other) = (house.tab().await, house.tab().await);
    for tab in [&tab, &other] {
        mode(tab, "Live by polling").await;
    }
    house.says("m-1").await;
    shows(&tab, "m-1").await;
    shows(&other, "m-1").await;
    writes(&other, "m-2").await;
    for tab in [&tab, &other] {
        shows(tab, "m-1 m-2").await;
    }
    assert_eq!(house.stored("m-2").await, 1);

    // Back to the socket as soon as one opens.
    house.gate.lets(Way::Open);
    tab.evaluate("dispatchEvent(new Event('online')), 0").await;
    for tab in [&tab, &other] {
        mode(tab, "Live").await;
    }
    house.says("m-3").await;
    shows(&other, "m-1 m-2 m-3").await;
    other.close().await;

    // Neither sockets nor requests of scripts: the page still has its own link, and its form.
    house.gate.lets(Way::NoSockets);
    tab.cdp("Network.setBlockedURLs", json!({"urls": ["*/api/*"]})).await;
    tab.goto(&house.url(&format!("/incidents/{ROOM}?again"))).await;
    let line = holds(&tab, LINE, "Not live").await;
    assert!(line.contains("Check for new messages"), "{line}");
    house.says("m-4").await;
    tab.evaluate("document.querySelector('[data-refresh]').click()").await;
    shows(&tab, "m-1 m-2 m-3 m-4").await;
    holds(&tab, LINE, "Not live").await;
    writes(&tab, "m-5").await;
    shows(&tab, "m-1 m-2 m-3 m-4 m-5").await;
    assert_eq!(house.stored("m-5").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_that_is_stuck_is_not_waited_for() {
    need!(Tool::Chromium);
    let house = House::new().await;
    // It has the lock and does nothing with it, as a tab does whose scripts hang.
    let stuck = "navigator.locks.request(`hub-live ${document.body.dataset.me}`, () => new Promise(() => {})), 0";
    house.ana.evaluate(stuck).await;
    let tab = house.tab().await;
    mode(&tab, "Live").await;
    house.says("m-1").await;
    shows(&tab, "m-1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_the_queue_loads_itself_again_when_asked() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let window = Options::desktop().without_scripts().open().await;
    be(&window, &house.url(""), "rosa").await;
    window.goto(&house.url("/queue?priority=P1")).await.expect("the queue opens");
    press(&window, "noscript a").await;
    let source = window.source().await.expect("the page");
    assert!(source.contains("http-equiv=\"refresh\" content=\"30\"") && source.contains("Stop refreshing"));
    assert!(window.current_url().await.is_ok_and(|at| at.query() == Some("view=all&priority=P1&refresh=30")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_locks_has_a_socket_for_each_tab() {
    need!(Tool::Chromium);
    let house = House::new().await;
    let old = "Object.defineProperty(Navigator.prototype, 'locks', {get: () => undefined});";
    let mut tabs = Vec::new();
    for _ in 0..2 {
        let tab = house.ana.tab().await;
        tab.cdp("Page.enable", json!({})).await;
        tab.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": old})).await;
        tab.goto(&house.url(&format!("/incidents/{ROOM}"))).await;
        mode(&tab, "Live").await;
        tabs.push(tab);
    }
    house.sockets(2).await;
    house.says("m-1").await;
    for tab in &tabs {
        shows(tab, "m-1").await;
    }
    let complaints: Vec<Value> = house.ana.seen().complaints.iter().map(|line| json!(line)).collect();
    assert_eq!(complaints, Vec::<Value>::new());
}
