//! Numbers about the running hub for Prometheus, on a listener of their own: how many and how long, never who and what.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hub::escalation::auditor::due_since;
use hub::identity::count_sessions;
use hub::notify::pending;
use hub::store::Lookout;
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::app::App;

/// The format that Prometheus reads.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
/// Seconds: an answer takes a millisecond, one that takes ten seconds is broken.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Begins to count in this process.
///
/// # Errors
/// If something else counts already.
pub fn start() -> Result<PrometheusHandle, Box<dyn std::error::Error + Send + Sync>> {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    Ok(builder.install_recorder()?)
}

/// What a look needs.
#[derive(Clone)]
struct Meter {
    app: App,
    lookout: Lookout,
    handle: PrometheusHandle,
}

/// `GET /metrics` and nothing else.
pub fn router(app: App, lookout: Lookout, handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(show)).with_state(Meter { app, lookout, handle })
}

async fn show(State(meter): State<Meter>) -> Response {
    if let Err(error) = look(&meter).await {
        // What could not be read keeps its last value; that it could not is told beside it.
        tracing::warn!(%error, "some numbers cannot be read");
        gauge!("hub_metrics_stale").set(1.0);
    } else {
        gauge!("hub_metrics_stale").set(0.0);
    }
    meter.handle.run_upkeep();
    ([(header::CONTENT_TYPE, TEXT)], meter.handle.render()).into_response()
}

/// Sets what is not counted as it happens.
#[expect(clippy::cast_precision_loss, reason = "counts that a float holds exactly")]
async fn look(meter: &Meter) -> hub::Result<()> {
    let (hub, counts) = (meter.app.hub(), meter.app.channel().counts());
    gauge!("hub_live_connections").set(counts.open() as f64);
    let (heard, told) = counts.frames();
    metrics::counter!("hub_live_frames_total", "direction" => "in").absolute(heard);
    metrics::counter!("hub_live_frames_total", "direction" => "out").absolute(told);
    metrics::counter!("hub_live_slow_closed_total").absolute(counts.slow_closed());
    for (result, count) in hub.reaching.counts.all() {
        metrics::counter!("hub_pages_total", "result" => result).absolute(count);
    }
    let late = hub.auditor.finding().map_or(0, |finding| finding.late);
    gauge!("hub_auditor_late_tickets").set(late as f64);
    let due = due_since(hub, &meter.lookout).await?;
    let seconds = due.map_or(0, |due| hub.clock.now().since(due).as_secs());
    gauge!("hub_escalation_due_oldest_seconds").set(seconds as f64);
    gauge!("hub_sessions").set(count_sessions(&meter.lookout, hub.wall.now()).await? as f64);
    gauge!("hub_outbox_pending").set(pending(hub).await? as f64);
    Ok(())
}
