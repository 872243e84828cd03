//! The demonstration's world behind the real router.

use axum::Router;
use hub::Hub;
use hub::config::{Config, Sources};
use hub::demo::{seed, world};
use hub::escalation::Policy;
use hub::identity::{find_person, sign_in};
use hub::instance::Mark;
use hub::live::Bus;
use hub::store::Db;
use hub::time::{Clock, Ts};
use hub_tests::http::{Answer, Client};
use hub_tests::scratch::Folder;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::app::App;
use web::security::origin::Origins;
use web::{routes, server};

/// The 24/7 number.
const LINE: &str = "+1 999 555 0142";

/// A hub with its story's clock in hand.
pub struct Stage {
    url: String,
    pub host: String,
    pub hub: Hub,
    pub clock: Clock,
    pub router: Router,
    stop: CancellationToken,
    _folder: Folder,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// When the story begins.
pub fn start() -> Ts {
    "2026-10-28T07:14:00Z".parse().expect("an instant")
}

impl Stage {
    pub async fn set() -> Self {
        let folder = Folder::new();
        let url = format!("sqlite://{}", folder.path().join("hub.db").display());
        let db = Db::open(&url, Bus::local()).await.expect("a database");
        db.migrate().await.expect("it is migrated");
        let clock = Clock::by_hand(start());
        let rules = Policy::parse(Policy::DEFAULT).expect("a policy");
        let hub = Hub::start(db, clock.clone(), Clock::machine(), rules, Mark::Demo).await.expect("a hub");
        seed(&hub, &world(start())).await.expect("a world");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mut config = Config::load(&Sources::default()).expect("settings");
        config.call_line = Some(LINE.to_owned());
        let limits = config.limits.clone();
        let stop = CancellationToken::new();
        let app = App::new(hub.clone(), config, Origins::new(None, port), stop.clone());
        let router = routes::router(app, routes::table());
        let served = (router.clone(), stop.clone());
        tokio::spawn(async move { server::serve(listener, served.0, &limits, served.1).await });
        let host = format!("127.0.0.1:{port}");
        Self { url: format!("http://{host}"), host, hub, clock, router, stop, _folder: folder }
    }

    /// Somebody of the cast, signed in.
    pub async fn be(&self, key: &str) -> Client {
        let client = Client::at(&self.url);
        let answer = client.post_form(&format!("/demo/{key}"), &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        client
    }

    /// The cookie of a session of somebody's, for requests without a socket.
    pub async fn cookie(&self, email: &str) -> String {
        let person = find_person(&self.hub.db, email).await.expect("one of the cast");
        let (_, secret) = sign_in(&self.hub.db, &person, self.hub.wall.now()).await.expect("a session");
        format!("hub-dev={}", secret.text)
    }
}

/// Where an answer leads.
pub fn at(answer: &Answer) -> &str {
    answer.header("location")
}

/// What a form's field holds.
pub fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let field = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
    field.split('"').next().unwrap_or_default()
}
