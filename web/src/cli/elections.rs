//! `elections`: calendars out of files, beside a running hub as well.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use hub::Hub;
use hub::election::import::{import, read};
use hub::identity::Actor;
use hub::instance::mark;
use hub::time::Clock;

use super::{Place, Stop, open, policy, say};

#[derive(Debug, Subcommand)]
pub(super) enum Elections {
    /// Takes elections from JSON, VIP HoursOpen or iCalendar, and says what it took and what it left.
    Import {
        /// The file.
        file: PathBuf,
        /// The slug of the authority whose elections they are; without it they are for reference: shown, never counted.
        #[arg(long, value_name = "SLUG")]
        authority: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

impl Elections {
    pub(super) async fn run(self) -> Result<(), Stop> {
        let Self::Import { file, authority, place } = self;
        take(&file, authority.as_deref(), &place).await
    }
}

async fn take(file: &Path, authority: Option<&str>, place: &Place) -> Result<(), Stop> {
    let name = file.display();
    let bytes =
        std::fs::read(file).map_err(|error| Stop::Failed(format!("{name} cannot be read: {error}; check the name")))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Stop::Failed(format!("{name} is not in UTF-8; save it in UTF-8 and try again")))?;
    let config = place.config(&[], &[])?;
    let rules = policy::rules(&config)?;
    let db = open(&config).await?;
    db.migrate().await?;
    let found = mark(&db).await?.unwrap_or(hub::instance::Mark::Live);
    let hub = Hub::start(db, Clock::machine(), Clock::machine(), rules, found).await?;
    let actor = Actor::system("elections import", hub.clock.now());
    let unknown = |slug: &str| Stop::Failed(format!("there is no authority {slug}; name one by its slug, as alder"));
    let zone = match authority {
        Some(slug) => {
            let all = hub::authority::get(&hub, &actor.viewer, slug).await;
            let one =
                all.map_err(|error| if matches!(error, hub::Error::NotFound) { unknown(slug) } else { error.into() });
            Some(one?.zone)
        }
        None => None,
    };
    let taken = read(&text, zone.as_deref()).map_err(|wrong| Stop::Failed(format!("{name}, {wrong}")))?;
    let said = import(&hub, &actor, &taken, authority).await?;
    hub.db.close().await;
    for line in said {
        say(line);
    }
    for remark in taken.remarks {
        say(format_args!("note {remark}"));
    }
    Ok(())
}
