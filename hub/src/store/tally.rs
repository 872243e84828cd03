//! What one transaction adds to the measurements, once it is kept.

use super::Draft;
use crate::audit::Kind;

/// Its events.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<Counted>);

/// What is counted of an event.
#[derive(Debug)]
struct Counted {
    kind: Kind,
    /// Of a priority that became another one: from, and to.
    moved: Option<(String, String)>,
    /// Whether it is a page that reached nobody.
    nobody: bool,
}

impl Tally {
    pub(super) fn add(&mut self, draft: &Draft) {
        let word = |name: &str| draft.data[name].as_str().map(str::to_owned);
        self.0.push(Counted {
            kind: draft.kind,
            moved: word("from").zip(word("to")).filter(|_| draft.kind == Kind::Priority),
            nobody: draft.kind == Kind::Paged && draft.data["to"].as_array().is_some_and(Vec::is_empty),
        });
    }

    /// Keeps the transaction, and counts it if it was kept.
    #[expect(clippy::disallowed_methods, reason = "how long a commit takes is measured, not decided by")]
    pub(super) async fn kept<T, E>(self, keep: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let began = std::time::Instant::now();
        let kept = keep.await?;
        metrics::histogram!("hub_commit_seconds").record(began.elapsed().as_secs_f64());
        for Counted { kind, moved, nobody } in self.0 {
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
