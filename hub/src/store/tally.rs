//! What one transaction adds to the measurements, once it is kept.

use super::Draft;
use crate::audit::Kind;

/// The kinds of its events; of a priority that became another one, from and to; whether a page reached nobody.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<(Kind, Option<(String, String)>, bool)>);

impl Tally {
    pub(super) fn add(&mut self, draft: &Draft) {
        let word = |name: &str| draft.data[name].as_str().map(str::to_owned);
        let moved = word("from").zip(word("to")).filter(|_| draft.kind == Kind::Priority);
        let nobody = draft.kind == Kind::Paged && draft.data["to"].as_array().is_some_and(Vec::is_empty);
        self.0.push((draft.kind, moved, nobody));
    }

    /// Keeps the transaction, and counts it if it was kept.
    #[expect(clippy::disallowed_methods, reason = "how long a commit takes is measured, not decided by")]
    pub(super) async fn kept<T, E>(self, keep: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let began = std::time::Instant::now();
        let kept = keep.await?;
        metrics::histogram!("hub_commit_seconds").record(began.elapsed().as_secs_f64());
        for (kind, moved, nobody) in self.0 {
            if nobody {
                metrics::counter!("hub_pages_total", "result" => "nobody").increment(1);
            }
            metrics::counter!("hub_events_committed_total", "kind" => kind.code()).increment(1);
            if let Some((from, to)) = moved {
                metrics::counter!("hub_escalations_total", "from" => from, "to" => to).increment(1);
            }
        }
        Ok(kept)
    }
}
