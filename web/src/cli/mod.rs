//! The commands. Each reads the settings, does one thing, and ends with 0 (done), 1 (failed) or 2 (wrong use), an
//! error being one line on standard error that says what to do.

mod audit;
mod conformance;
mod demo;
mod people;
mod policy;
mod seed;
mod serve;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use hub::config::{Config, ConfigError, Sources};

/// A place where an election authority has a security responder in a live room within minutes.
#[derive(Debug, Parser)]
#[command(name = "election-hub", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the hub.
    Serve(serve::Serve),
    /// The hub with fictional authorities, people and incidents: to look at, and to practise.
    Demo(demo::Demo),
    /// Brings the database up to date; `serve` does so too.
    Migrate {
        /// Only says what is pending; fails if anything is.
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        place: Place,
    },
    /// People: add, list, disable, and one-time sign-in links.
    #[command(subcommand)]
    User(people::User),
    /// Bearer tokens for scripts.
    #[command(subcommand)]
    Token(people::Token),
    /// The escalation policy: evaluate cases, check a file, explain a priority.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// The record: whether it is whole.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Looks at settings, database, clock and disk: each is ok, or says what to do.
    Doctor(Place),
    /// Prints the OpenAPI document of the API.
    Openapi,
    /// Prints every route with who may use it.
    Routes {
        /// As JSON, with a sample of a lawful request.
        #[arg(long)]
        json: bool,
    },
    /// Synthetic data for load tests, into a database without real incidents; prints one JSON object.
    Seed(seed::Seed),
    /// Nothing but a WebSocket echo at /echo on the hub's own server, for conformance suites.
    Conformance(conformance::Conformance),
}

/// Where the settings and the data are.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// File of settings; without it `hub.toml`, where there is one.
    #[arg(long, value_name = "FILE", env = "HUB_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the database, the attachments and the key.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
}

/// Why a command ends without having done its work.
#[derive(Debug)]
pub enum Stop {
    /// It was asked for wrongly: exit code 2.
    Misused(String),
    /// It failed: exit code 1.
    Failed(String),
    /// It failed and has said so already.
    Said,
}

impl Stop {
    /// Something failed.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self::Misused(error.to_string())
    }
}

impl From<hub::store::OpenError> for Stop {
    fn from(error: hub::store::OpenError) -> Self {
        Self::failed(error)
    }
}

impl From<hub::Error> for Stop {
    fn from(error: hub::Error) -> Self {
        use std::error::Error;
        match error.source() {
            Some(source) => Self::Failed(format!("{error}: {source}")),
            None => Self::failed(error),
        }
    }
}

/// Reads the command line, does what it says, and gives the exit code.
pub fn main() -> u8 {
    // clap's own ends: help and version with 0, wrong use with 2.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&Stop::failed(error)),
    };
    match runtime.block_on(run(cli.command)) {
        Ok(()) => 0,
        Err(stop) => end(&stop),
    }
}

async fn run(command: Command) -> Result<(), Stop> {
    match command {
        Command::Serve(serve) => serve.run().await,
        Command::Demo(demo) => demo.run().await,
        Command::Migrate { check, place } => migrate(check, &place).await,
        Command::User(user) => user.run().await,
        Command::Token(token) => token.run().await,
        Command::Policy(policy) => policy.run().await,
        Command::Audit(audit) => audit.run().await,
        Command::Doctor(place) => doctor(&place).await,
        Command::Openapi => {
            say(crate::api::openapi::document());
            Ok(())
        }
        Command::Routes { json } => routes(json),
        Command::Seed(seed) => seed.run().await,
        Command::Conformance(conformance) => conformance.run().await,
    }
}

fn end(stop: &Stop) -> u8 {
    let (code, words) = match stop {
        Stop::Misused(words) => (2, words),
        Stop::Failed(words) => (1, words),
        Stop::Said => return 1,
    };
    let line: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(std::io::stderr(), "election-hub: {line}");
    code
}

/// Prints a line on standard output. A reader that has gone (`| head`) is no failure of ours.
fn say(line: impl std::fmt::Display) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

impl Place {
    /// The settings: `base` below the file, the command's own `flags` above everything.
    fn config(&self, base: &[(&str, &str)], flags: &[(&str, Option<&str>)]) -> Result<Config, Stop> {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut given: Vec<_> = flags.iter().filter_map(|(name, value)| Some(own((name, (*value)?)))).collect();
        given.extend(self.data_dir.as_deref().map(|folder| own(("data_dir", folder))));
        let env = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        let sources = Sources {
            base: base.iter().copied().map(own).collect(),
            file: self.file()?,
            env: env.collect(),
            flags: given,
        };
        Ok(Config::load(&sources)?)
    }

    /// The file that was named, or `hub.toml` where there is one.
    fn file(&self) -> Result<Option<(String, String)>, Stop> {
        let path = self.config.clone().unwrap_or_else(|| PathBuf::from("hub.toml"));
        let name = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some((name, text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.config.is_none() => Ok(None),
            Err(error) => Err(Stop::Misused(format!("{name} cannot be read: {error}; name the file with --config"))),
        }
    }
}

/// The database of the settings, made where it is not there.
async fn open(config: &Config) -> Result<hub::store::Db, Stop> {
    prepare(config)?;
    private_file(config)?;
    Ok(hub::store::Db::open(config.database().expose(), hub::live::Bus::local()).await?)
}

/// The data folder, for its owner alone.
fn prepare(config: &Config) -> Result<(), Stop> {
    use std::os::unix::fs::DirBuilderExt;
    let folder = &config.data_dir;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|e| Stop::Failed(format!("the folder {} cannot be made: {e}; set HUB_DATA_DIR", folder.display())))
}

/// A SQLite file that is not there yet is made for its owner alone; SQLite makes what it puts beside it likewise.
fn private_file(config: &Config) -> Result<(), Stop> {
    use std::os::unix::fs::OpenOptionsExt;
    let url = config.database();
    let Some(path) = url.expose().strip_prefix("sqlite:") else { return Ok(()) };
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    let made = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.map(drop).map_err(|e| Stop::Failed(format!("{path} cannot be made: {e}; set HUB_DATA_DIR")))
}

async fn migrate(check: bool, place: &Place) -> Result<(), Stop> {
    let config = place.config(&[], &[])?;
    let db = open(&config).await?;
    let pending = db.pending().await?;
    for change in &pending {
        say(format_args!("{} {change}", if check { "pending" } else { "applied" }));
    }
    if pending.is_empty() {
        say("up to date");
    } else if check {
        return Err(Stop::Failed("the database is not up to date; run election-hub migrate".to_owned()));
    } else {
        db.migrate().await?;
    }
    Ok(())
}

async fn doctor(place: &Place) -> Result<(), Stop> {
    let config = place.config(&[], &[])?;
    say("settings  ok");
    let mut well = true;
    let mut line = |what: &str, found: Result<String, String>| match found {
        Ok(words) => say(format_args!("{what:<9} {words}")),
        Err(words) => {
            well = false;
            say(format_args!("{what:<9} {words}"));
        }
    };
    let database = match open(&config).await {
        Ok(db) => match db.pending().await {
            Ok(pending) if pending.is_empty() => Ok(format!("ok ({})", db.engine())),
            Ok(pending) => Err(format!("{} changes are pending; run election-hub migrate", pending.len())),
            Err(error) => Err(error.to_string()),
        },
        Err(Stop::Failed(words) | Stop::Misused(words)) => Err(words),
        Err(Stop::Said) => Err("it cannot be opened".to_owned()),
    };
    line("database", database);
    let probe = config.data_dir.join(".doctor");
    let disk = std::fs::write(&probe, [0; 4096]).and_then(|()| std::fs::remove_file(&probe));
    line(
        "disk",
        disk.map(|()| "ok".to_owned()).map_err(|e| format!("{}: {e}; free some room", config.data_dir.display())),
    );
    let now = hub::time::Clock::machine().now();
    let sane = now.millis() > 1_767_225_600_000;
    line(
        "clock",
        if sane { Ok(format!("ok ({now})")) } else { Err(format!("it says {now}; set the machine's clock")) },
    );
    let bus = match &config.bus_url {
        None => Ok("ok (one node)".to_owned()),
        Some(url) => match hub::live::check_bus(url.expose()).await {
            Ok(()) => Ok("ok (NATS)".to_owned()),
            Err(why) => Err(format!("NATS: {why}; start it, or set HUB_BUS_URL")),
        },
    };
    line("bus", bus);
    line("mail", mail(&config).await);
    if well { Ok(()) } else { Err(Stop::Said) }
}

/// Whether mail leaves.
async fn mail(config: &Config) -> Result<String, String> {
    let base = config.public_url.as_ref().map_or_else(|| "http://localhost".to_owned(), ToString::to_string);
    let reaching = hub::notify::Reaching::new(config, &base)?;
    match reaching.check_mail().await {
        None => Ok("off; set HUB_SMTP_URL to reach people by mail".to_owned()),
        Some(Ok(())) => Ok("ok".to_owned()),
        Some(Err(why)) => Err(format!("the mail server: {why}; see HUB_SMTP_URL")),
    }
}

fn routes(as_json: bool) -> Result<(), Stop> {
    let table = crate::routes::table();
    if as_json {
        let all: Vec<_> = table.routes().iter().map(crate::routes::Route::json).collect();
        say(serde_json::to_string_pretty(&all).map_err(Stop::failed)?);
    } else {
        for route in table.routes() {
            say(format_args!("{:<6} {:<48} {}", route.method, route.path, route.rules.access.names().join(" ")));
        }
    }
    Ok(())
}
