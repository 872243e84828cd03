//! `policy`: what the escalation policy says, and what another one would have said.

mod replay;

use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use hub::Hub;
use hub::config::Config;
use hub::escalation::Policy as Rules;
use hub::escalation::eval::eval_lines;
use hub::identity::Viewer;
use hub::instance::mark;
use hub::time::{Clock, Ts};

use super::{Place, Stop, open, say};

#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Evaluates cases, JSON Lines in and results out, in the same order.
    Eval {
        /// The cases; `-` is standard input.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Says whether a policy file can be used, and if not, which line is wrong.
    Check {
        /// The policy.
        file: PathBuf,
    },
    /// Says why an incident's priority is what it is: the sentence, then its parts as JSON.
    Explain {
        /// The incident, as ALD-42.
        reference: String,
        /// As it reads at another instant, as 2026-11-03T12:00:00Z; without it, now.
        #[arg(long, value_name = "INSTANT")]
        at: Option<Ts>,
        #[command(flatten)]
        place: Place,
    },
    /// Says what another policy would have made of what was: for each incident the priorities that it had and those
    /// that it would have had.
    Replay {
        /// The other policy; without one, the policies that the incidents had, which must give what was.
        file: Option<PathBuf>,
        /// From when on incidents count that were open, as 2026-10-01T00:00:00Z.
        #[arg(long, value_name = "INSTANT")]
        from: Ts,
        /// Until when; nothing after it is told.
        #[arg(long, value_name = "INSTANT")]
        to: Ts,
        /// One JSON object: the incidents, and the summary.
        #[arg(long)]
        json: bool,
        /// Only the incidents that would have been another way.
        #[arg(long)]
        differing: bool,
        #[command(flatten)]
        place: Place,
    },
}

impl Policy {
    pub(super) async fn run(self) -> Result<(), Stop> {
        match self {
            Self::Eval { file, place } => eval(&file, &rules(&place.config(&[], &[])?)?),
            Self::Check { file } => {
                read(&file)?;
                say(format_args!("{} is a good policy", file.display()));
                Ok(())
            }
            Self::Explain { reference, at, place } => explain(&reference, at, &place).await,
            Self::Replay { file, from, to, json, differing, place } => {
                replay::replay(file.as_deref(), (from, to), json, differing, &place).await
            }
        }
    }
}

/// A hub that only looks at what the settings name, beside one that is served.
async fn look(place: &Place) -> Result<Hub, Stop> {
    let config = place.config(&[], &[])?;
    let rules = rules(&config)?;
    let db = open(&config).await?;
    let nothing = || Stop::Failed("there is nothing in this database yet".to_owned());
    if !db.pending().await?.is_empty() {
        return Err(Stop::Failed("the database is not up to date; run election-hub migrate".to_owned()));
    }
    let found = mark(&db).await?.ok_or_else(nothing)?;
    Ok(Hub::look(db, Clock::machine(), Clock::machine(), rules, found).await?)
}

async fn explain(reference: &str, at: Option<Ts>, place: &Place) -> Result<(), Stop> {
    let hub = look(place).await?;
    let now = at.unwrap_or_else(|| hub.clock.now());
    let viewer = Viewer::system("policy explain");
    let incident = match hub::incident::get(&hub, &viewer, reference, now).await {
        Err(hub::Error::NotFound) => Err(Stop::Failed(format!("there is no incident {reference}; name one as ALD-42"))),
        other => other.map_err(Stop::from),
    }?;
    say(&incident.why.text);
    say(serde_json::to_string_pretty(&incident.why.parts).map_err(Stop::failed)?);
    Ok(())
}

fn eval(file: &Path, rules: &Rules) -> Result<(), Stop> {
    let out = BufWriter::new(std::io::stdout().lock());
    let done = if file.as_os_str() == "-" {
        eval_lines(std::io::stdin().lock(), out, rules)
    } else {
        // Read whole before anything is written: a file that breaks off gives no half of an answer.
        let text = std::fs::read(file).map_err(|e| unreadable(file, &e))?;
        eval_lines(text.as_slice(), out, rules)
    };
    let _ = std::io::stdout().flush();
    match done {
        Ok(true) => Ok(()),
        // The bad lines have said so themselves, in their places.
        Ok(false) => Err(Stop::Said),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Stop::Said),
        Err(error) => Err(Stop::failed(error)),
    }
}

/// The policy in force: the file of the settings, or the one that is built in.
pub(super) fn rules(config: &Config) -> Result<Rules, Stop> {
    match &config.policy {
        Some(file) => read(file),
        None => parse("the built-in policy", Rules::DEFAULT),
    }
}

fn read(file: &Path) -> Result<Rules, Stop> {
    parse(&file.display().to_string(), &std::fs::read_to_string(file).map_err(|e| unreadable(file, &e))?)
}

fn parse(name: &str, text: &str) -> Result<Rules, Stop> {
    Rules::parse(text).map_err(|problem| Stop::Failed(format!("{name}, line {}: {}", problem.line, problem.reason)))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Stop {
    Stop::Failed(format!("{} cannot be read: {error}; check the name", file.display()))
}
