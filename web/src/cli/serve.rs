//! `serve`, and what `demo` shares with it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use hub::Hub;
use hub::config::{Config, Secret};
use hub::escalation::{auditor, clockwork};
use hub::identity::make_set_up_link;
use hub::instance::Mark;
use hub::notify::{self, Reaching};
use hub::store::Lookout;
use hub::time::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Place, Stop, open, policy, prepare, say};
use crate::app::App;
use crate::security::origin::Origins;
use crate::{logging, metrics, routes, server};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Listen where other machines reach it, without TLS in front: only on a network of your own.
    #[arg(long)]
    insecure_http: bool,
    #[command(flatten)]
    place: Place,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Stop> {
        let config = self.place.config(&[], &[("listen", self.listen.as_deref())])?;
        config.check_listen(self.insecure_http)?;
        let alone = alone(&config)?;
        host(config, Clock::machine(), Mark::Live, alone, async |app| {
            let hub = app.hub();
            if let Some(link) = make_set_up_link(&hub.db, hub.wall.now()).await? {
                say(format_args!("set-up {}/sign-in/{}", app.origins().public_url(), link.text));
            }
            Ok(())
        })
        .await
    }
}

/// Runs a hub until it is asked to end. `alone` keeps others off its file; `clock` is the story's, `mark` what the database must be for; `hello` fills the
/// database and prints what comes before `ready URL`.
pub(super) async fn host(
    mut config: Config,
    clock: Clock,
    mark: Mark,
    alone: Option<File>,
    hello: impl AsyncFnOnce(&App) -> Result<(), Stop>,
) -> Result<(), Stop> {
    hub::sabotage::chosen().map_err(Stop::Failed)?;
    logging::start(&config.log, config.log_format)?;
    let rules = policy::rules(&config)?;
    config.secret_key = Some(key(&config)?);

    let url = config.database().expose().to_owned();
    let db = open(&config).await?;
    db.migrate().await?;
    let hub = Hub::start(db.clone(), clock, Clock::machine(), rules, mark).await?;
    // It ends last: what is written while sockets are closed is told as well.
    let joined = CancellationToken::new();
    if let Some(url) = &config.bus_url {
        hub.bus.join(url.expose(), &hub.identity.epoch, joined.clone()).await?;
    }
    let _joined = joined.drop_guard();

    let address = config.listen;
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.map_err(|e| Stop::Failed(format!("{address} cannot be listened on: {e}; set HUB_LISTEN")))?;
    let bound = listener.local_addr().map_err(Stop::failed)?;
    let mut origins = Origins::new(config.public_url.as_ref(), bound.port());
    if bound.ip().is_loopback() {
        origins = origins.listening_at(bound);
    }

    let stop = CancellationToken::new();
    server::stop_on_signal(stop.clone()).map_err(Stop::failed)?;
    let (limits, proxies) = (config.limits.clone(), config.trusted_proxies.clone());
    let place = Served::at(&config.data_dir, &origins.public_url());
    let reaching = Reaching::new(&config, &origins.public_url()).map_err(Stop::Misused)?;
    let app = App::new(hub.reaching(reaching), config, origins, stop.clone());
    hello(&app).await?;

    let clockwork = tokio::spawn(clockwork::run(app.hub().clone(), stop.clone()));
    let lookout = Lookout::open(&url).await?;
    let watching = tokio::spawn(auditor::run(app.hub().clone(), lookout.clone(), stop.clone()));
    let measured = measured(&app, lookout, stop.clone()).await?;
    let telling = tokio::spawn(notify::run(app.hub().clone(), stop.clone()));
    let address = app.origins().public_url();
    let serving = tokio::spawn(async move {
        server::serve_behind(listener, routes::router(app, routes::table()), &limits, &proxies, stop).await;
    });
    say(format_args!("ready {address}"));
    let ended = serving.await;
    for task in [clockwork, telling, watching].into_iter().chain(measured) {
        task.await.map_err(Stop::failed)?;
    }
    drop(place);
    db.close().await;
    drop(alone);
    ended.map_err(Stop::failed)
}

/// The listener for measurements, where one is set.
async fn measured(app: &App, lookout: Lookout, stop: CancellationToken) -> Result<Option<JoinHandle<()>>, Stop> {
    let Some(address) = app.config().metrics_listen else { return Ok(None) };
    let listener = TcpListener::bind(address).await;
    let set = "set HUB_METRICS_LISTEN";
    let listener = listener.map_err(|e| Stop::Failed(format!("{address} cannot be listened on: {e}; {set}")))?;
    let handle = metrics::start().map_err(|e| Stop::Failed(format!("nothing can be measured: {e}")))?;
    let (router, limits) = (metrics::router(app.clone(), lookout, handle), app.config().limits.clone());
    Ok(Some(tokio::spawn(async move { server::serve(listener, router, &limits, stop).await })))
}

/// Keeps a second hub off the same SQLite file. Other commands work beside it.
pub(super) fn alone(config: &Config) -> Result<Option<File>, Stop> {
    prepare(config)?;
    let url = config.database();
    let Some(path) = url.expose().strip_prefix("sqlite:") else { return Ok(None) };
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    // One file has one lock, by whatever way it is named.
    let path = real(Path::new(path));
    let lock = PathBuf::from(format!("{}.lock", path.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock);
    let file = file.map_err(|e| Stop::Failed(format!("{} cannot be made: {e}; set HUB_DATA_DIR", lock.display())))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Stop::Failed(format!(
            "another hub serves {} already; stop it, or give this one a data folder of its own with HUB_DATA_DIR",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(Stop::Failed(format!("{} cannot be locked: {error}", lock.display()))),
    }
}

/// A file's own name, links followed; of a file that is not there yet, that of its folder.
fn real(path: &Path) -> PathBuf {
    let folder = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(folder).unwrap_or_else(|| path.to_owned())
}

/// What the hub seals with: as set, else as kept in the data folder, drawn at the first start.
fn key(config: &Config) -> Result<Secret, Stop> {
    if let Some(key) = &config.secret_key {
        return Ok(key.clone());
    }
    let path = config.data_dir.join("secret.key");
    let failed = |e: std::io::Error| Stop::Failed(format!("{}: {e}; set HUB_SECRET_KEY", path.display()));
    // Written whole before it has its name: another node may draw one at the same time, and one of the two holds.
    let drawn = config.data_dir.join(format!("secret.{}", std::process::id()));
    let draw = || {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&drawn)?;
        writeln!(file, "{}", hub::id::secret("").text)?;
        file.sync_all()?;
        std::fs::hard_link(&drawn, &path)
    };
    if !path.exists() {
        let linked = draw();
        let _ = std::fs::remove_file(&drawn);
        linked.or_else(|e| if path.exists() { Ok(()) } else { Err(e) }).map_err(failed)?;
    }
    Ok(Secret::new(std::fs::read_to_string(&path).map_err(failed)?.trim()))
}

/// Where a running hub is reached, kept in its data folder: `user link` reads it, since the port may be any.
#[derive(Debug)]
pub(super) struct Served(PathBuf);

impl Served {
    fn at(folder: &Path, url: &str) -> Self {
        let path = folder.join("served-at");
        if let Err(error) = std::fs::write(&path, url) {
            tracing::warn!(%error, "user link cannot be told where this hub is reached");
        }
        Self(path)
    }

    /// The address of the hub that runs on this data folder.
    pub(super) fn read(folder: &Path) -> Option<String> {
        std::fs::read_to_string(folder.join("served-at")).ok()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A file that stays behind names an address where nobody answers.
        let _ = std::fs::remove_file(&self.0);
    }
}
