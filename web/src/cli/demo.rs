//! `demo`: the hub with fictional authorities, people and incidents.

use std::path::Path;

use clap::Args;
use hub::config::Limits;
use hub::demo::{seed, world};
use hub::instance::{Mark, mark};
use hub::time::{Clock, Ts};

use super::serve::{alone, host};
use super::{Place, Stop, open, say};
use crate::demo::cast;

/// Where the demonstration's data are unless told otherwise.
const FOLDER: &str = "./data-demo";

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The instant at which the story starts, as 2026-11-03T12:00:00Z; without it, now.
    #[arg(long, value_name = "INSTANT")]
    at: Option<Ts>,
    /// How many times as fast as the machine's clock the story's runs.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// Begins anew: deletes the demonstration that is there, and nothing else.
    #[arg(long)]
    fresh: bool,
    /// Listen where other machines reach it, without TLS in front: only on a network of your own.
    #[arg(long)]
    insecure_http: bool,
    #[command(flatten)]
    place: Place,
}

impl Demo {
    pub(super) async fn run(self) -> Result<(), Stop> {
        let base = [("data_dir", FOLDER)];
        let config = self.place.config(&base, &[("listen", self.listen.as_deref())])?;
        config.check_listen(self.insecure_http)?;
        // Held from before the old one is deleted: nobody may be serving it.
        let alone = alone(&config)?;
        if self.fresh {
            delete(&config).await?;
        }
        let start = self.at.unwrap_or_else(|| Clock::machine().now());
        let clock = Clock::story(start, self.speed);
        host(config, clock, Mark::Demo, alone, async |app| {
            // The story is told at once, whatever the settings allow its people in an hour.
            let unlimited = app.hub().clone().limited(&Limits::NONE);
            Box::pin(seed(&unlimited, &world(start))).await?;
            let url = app.origins().public_url();
            for (person, _) in cast() {
                let authority = person.authority.unwrap_or("-");
                say(format_args!("persona {} {} {authority} {url}/demo/{}", person.key, person.role, person.key));
            }
            Ok(())
        })
        .await
    }
}

/// Deletes a demonstration's database, and only one: its mark says what it is.
async fn delete(config: &hub::config::Config) -> Result<(), Stop> {
    let url = config.database();
    let Some(path) = url.expose().strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) else {
        let words = "--fresh deletes the SQLite file of a demonstration; drop another database by hand";
        return Err(Stop::Failed(words.to_owned()));
    };
    let path = path.split('?').next().unwrap_or_default();
    if !Path::new(path).exists() {
        return Ok(());
    }
    let db = open(config).await?;
    let found = match db.pending().await {
        Ok(pending) if pending.is_empty() => mark(&db).await?,
        _ => None,
    };
    db.close().await;
    if found != Some(Mark::Demo) {
        return Err(Stop::Failed(format!("{path} is no demonstration's; nothing was deleted: use another --data-dir")));
    }
    for end in ["", "-wal", "-shm"] {
        match std::fs::remove_file(format!("{path}{end}")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Stop::Failed(format!("{path}{end} cannot be deleted: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}
