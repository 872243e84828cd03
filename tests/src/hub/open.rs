//! The hub of one test, open to the network: the real router behind the real accept loop, on a port of this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;

use hub::config::{Config, Limit, Limits, Sources};
use hub::identity::make_token;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::app::App;
use web::security::origin::Origins;
use web::{routes, server};

use super::TestHub;
use crate::engine::Engine;

/// A [`TestHub`] that serves until it is dropped.
#[derive(Debug)]
pub struct OpenHub {
    house: TestHub,
    /// What its handlers have.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    stop: CancellationToken,
}

impl OpenHub {
    /// Without limits but those on frames and queues, which stand as the settings have them.
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, |_| {}).await
    }

    /// With limits of the test's own.
    pub async fn with(engine: Engine, change: impl FnOnce(&mut Limits)) -> Self {
        Self::around(TestHub::new(engine).await, change).await
    }

    /// A hub that is there already.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn around(house: TestHub, change: impl FnOnce(&mut Limits)) -> Self {
        let mut config = Config::load(&Sources::default()).expect("settings");
        let Limits { frame_bytes, queue_frames, queue_bytes, .. } = config.limits;
        let shutdown_seconds = Limit::of(1);
        config.limits = Limits { frame_bytes, queue_frames, queue_bytes, shutdown_seconds, ..Limits::NONE };
        change(&mut config.limits);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (stop, limits) = (CancellationToken::new(), config.limits.clone());
        let app = App::new(house.hub.clone(), config, Origins::new(None, address.port()), stop.clone());
        let router = routes::router(app.clone(), routes::table());
        let serving = stop.clone();
        tokio::spawn(async move { server::serve(listener, router, &limits, serving).await });
        Self { house, app, address, stop }
    }

    /// As its pages have it: `http://localhost:PORT`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// A token of somebody of the cast.
    ///
    /// # Panics
    /// If there is no such person in it.
    pub async fn token(&self, first: &str) -> String {
        let email = &self.person(first).email;
        make_token(&self.hub.db, email, 1, self.hub.wall.now()).await.expect("a token").text
    }
}

impl Deref for OpenHub {
    type Target = TestHub;

    fn deref(&self) -> &TestHub {
        &self.house
    }
}

impl Drop for OpenHub {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
