//! The content security policy, and what browsers report of it.

use axum::http::StatusCode;

use crate::app::App;
use crate::error::Failure;
use crate::extract::{Client, Sent};

/// Nothing but our own files, no inline script or style, no frame, and HTML only by the policy `hub`.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types hub; report-uri /csp-report; report-to csp";

/// Counts a report. What it says is whatever a browser's extensions did to a page, so it is neither kept nor logged;
/// whoever looks for the cause opens a browser.
pub async fn report(app: App, client: Client, sent: Sent) -> Result<StatusCode, Failure> {
    app.rates().report(client.0, app.hub().wall.now())?;
    sent.bytes().await?;
    app.count_csp_report();
    Ok(StatusCode::NO_CONTENT)
}
