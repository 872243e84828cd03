//! `audit`: whether the record is whole.

use clap::Subcommand;
use hub::audit::verify;

use super::{Place, Stop, open, say};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Checks the hash chain of every authority, beside a running hub as well; names the first broken row.
    Verify {
        /// Heads that an earlier run printed (or that were kept elsewhere): the events that they name must still be
        /// there, so that a tail that was cut off is found.
        #[arg(long, value_name = "FILE")]
        heads: Option<std::path::PathBuf>,
        #[command(flatten)]
        place: Place,
    },
}

impl Audit {
    pub(super) async fn run(self) -> Result<(), Stop> {
        let Self::Verify { heads, place } = self;
        let kept = match &heads {
            None => Vec::new(),
            Some(file) => {
                let name = file.display();
                let text = std::fs::read_to_string(file);
                let text = text.map_err(|e| Stop::Failed(format!("{name} cannot be read: {e}; check the name")))?;
                // Kept in a mail, they may stand behind a mark of quotation.
                let lines = text.lines().map(|line| line.trim_start_matches(['>', ' ', '\t']));
                let lines = lines.filter(|line| line.starts_with('{'));
                let heads: Vec<_> = lines.map(serde_json::from_str).collect::<Result<_, _>>().map_err(|e| {
                    Stop::Failed(format!("{name} holds no heads: {e}; give what an earlier audit verify printed"))
                })?;
                if heads.is_empty() {
                    let words = "holds no heads, so nothing was compared; give what an earlier audit verify printed";
                    return Err(Stop::Failed(format!("{name} {words}")));
                }
                heads
            }
        };
        let db = open(&place.config(&[], &[])?).await?;
        if !db.pending().await?.is_empty() {
            return Err(Stop::Failed(
                "there is no record here yet; check --data-dir, or run election-hub migrate".to_owned(),
            ));
        }
        let found = verify(&db, &kept).await.map_err(Stop::failed)?;
        for head in &found.heads {
            say(serde_json::to_string(head).map_err(Stop::failed)?);
        }
        let erased = if found.erased == 0 { String::new() } else { format!(", {} of them erased", found.erased) };
        let compared = if kept.is_empty() { String::new() } else { format!(", against {} kept heads", kept.len()) };
        say(format_args!("verified: {} events of {} authorities{erased}{compared}", found.events, found.heads.len()));
        Ok(())
    }
}
