//! The accessibility checker, run in a page.

use std::fmt::Write;

use crate::chromium::Window;
use crate::tools::Tool;

const RUN: &str = r#"
axe.run(document, {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(found => found.violations)
"#;

/// What is wrong with the page that the window shows, as text to read: for each broken rule its name, impact and
/// meaning, then the elements and what to do. Empty if nothing is.
///
/// # Panics
/// If the checker is not there or cannot run.
pub async fn violations(window: &Window) -> String {
    let script = std::fs::read_to_string(Tool::Axe.expect()).expect("the checker can be read");
    // The script's own value is of no use, and large.
    window.evaluate(&format!("{script};undefined")).await;
    let found = window.evaluate(RUN).await;
    let mut text = String::new();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    for rule in found.as_array().expect("axe gives a list") {
        let _ = writeln!(text, "{} ({}): {}", word(&rule["id"]), word(&rule["impact"]), word(&rule["help"]));
        for node in rule["nodes"].as_array().into_iter().flatten() {
            let todo = word(&node["failureSummary"]).replace('\n', " ");
            let _ = writeln!(text, "  {}: {todo}", node["target"]);
        }
    }
    text
}
