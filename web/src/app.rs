//! What every handler has: the hub, the settings, and what belongs to this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hub::Hub;
use hub::config::Config;
use hub::identity::{Reach, Right, Role, Side, Viewer};
use hub::instance::Mark;
use hub::time::Ts;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::extract::Who;
use crate::live::{Channel, Pages};
use crate::page::{CallLine, NavFor, Place, Shell, You, initials, nav};
use crate::rates::Rates;
use crate::security::origin::Origins;
use crate::theme::Theme;

/// The state of the router; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hub: Hub,
    config: Config,
    origins: Origins,
    stop: CancellationToken,
    channel: Channel,
    rates: Rates,
    csp_reports: AtomicU64,
}

impl App {
    /// The hub as it is reached under these origins; `stop` is cancelled when the process is asked to end.
    pub fn new(hub: Hub, config: Config, origins: Origins, stop: CancellationToken) -> Self {
        let hub = hub.limited(&config.limits);
        let rates = Rates::new(&config.limits);
        let channel = Channel::start(hub.clone(), Arc::new(Pages::new(hub.clone())), stop.clone());
        Self(Arc::new(Inner { hub, config, origins, stop, channel, rates, csp_reports: AtomicU64::new(0) }))
    }

    /// What the hub does.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The hub's own origins.
    pub fn origins(&self) -> &Origins {
        &self.0.origins
    }

    /// Whether nothing here is real: every page says so.
    pub fn demo(&self) -> bool {
        self.0.hub.identity.mark != Mark::Live
    }

    /// Whether one can be somebody of the demonstration's cast.
    pub fn has_personas(&self) -> bool {
        self.0.hub.identity.mark == Mark::Demo
    }

    /// Cancelled when the process is asked to end: live sockets then say 4000 and go.
    pub fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// How often somebody may do something on this node.
    pub fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// A page of a list, as it was asked for.
    pub(crate) fn cut(&self, limit: Option<u64>, cursor: Option<String>) -> hub::store::Page {
        hub::store::Page { limit, cursor, most: self.0.config.limits.page_rows }
    }

    /// The live channel of this node.
    pub fn channel(&self) -> &Channel {
        &self.0.channel
    }

    /// The story's instant.
    pub fn now(&self) -> Ts {
        self.0.hub.clock.now()
    }

    /// Counts a report of the content security policy.
    pub(crate) fn count_csp_report(&self) {
        self.0.csp_reports.fetch_add(1, Ordering::Relaxed);
    }

    /// How many such reports came since the start.
    pub fn csp_reports(&self) -> u64 {
        self.0.csp_reports.load(Ordering::Relaxed)
    }

    /// The frame of a page for this reader.
    pub async fn shell(&self, viewer: Option<&Viewer>, theme: Theme, title: impl Into<String>, place: Place) -> Shell {
        let line = self.0.config.call_line.as_deref().and_then(CallLine::new);
        let mut shell = Shell::public(title, line, self.demo(), theme, self.now().timestamp());
        shell.speed = self.0.hub.clock.speed();
        if let Some(viewer) = viewer {
            let slug = self.own_authority(viewer).await;
            let who = match (viewer.role(), slug.as_deref()) {
                (Role::Admin, _) => NavFor::Admin,
                (role, Some(slug)) if role.side() == Side::Authority => NavFor::Official(slug),
                (role, None) if role.side() == Side::Authority => NavFor::Nobody,
                _ => NavFor::Response,
            };
            shell.nav = nav(who, place);
            shell.viewer = Some(You {
                id: viewer.id(),
                name: viewer.name().to_owned(),
                initials: initials(viewer.name()),
                office: viewer.office().to_owned(),
                role: viewer.role().label().to_owned(),
                response_side: viewer.side() == Side::Response,
                reached: viewer.role().has(Right::Respond),
            });
        }
        shell
    }

    /// The frame of a page that says no: nothing in it depends on who reads, or when.
    pub(crate) async fn shell_without_time(&self, who: &Who, theme: Theme) -> Shell {
        let shell = self.shell(who.viewer(), theme, String::new(), Place::Elsewhere).await;
        Shell { viewer: None, nav: Vec::new(), now: Timestamp::UNIX_EPOCH, ..shell }
    }

    /// The slug of an official's authority. Without it a page has no navigation, which is better than no page.
    async fn own_authority(&self, viewer: &Viewer) -> Option<String> {
        let Reach::One(own) = viewer.reach() else { return None };
        match hub::authority::list(&self.0.hub, viewer, &hub::store::Page::default()).await {
            Ok(all) => all.items.into_iter().find(|authority| authority.id == *own).map(|authority| authority.slug),
            Err(error) => {
                tracing::warn!(%error, "an authority cannot be read for the navigation");
                None
            }
        }
    }
}

impl FromRequestParts<App> for App {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(app.clone())
    }
}
