//! One stylesheet from many files. The source keeps a file for each layer and screen; a phone makes one request.
//! The build script compiles this file too (`#[path]`), so that release and debug builds join in the same way.

use std::io;

/// The text of `main` with every `@import "…";` line replaced by the file that it names, as `read` gives it.
/// Imports stand alone on their line and are not nested; a layer's order is fixed by the `@layer` line at the top.
///
/// # Errors
/// What `read` says of a file that it cannot give.
pub fn joined(main: &str, read: impl Fn(&str) -> io::Result<String>) -> io::Result<String> {
    let mut out = String::with_capacity(main.len() * 40);
    for line in main.lines() {
        match line.strip_prefix("@import \"").and_then(|rest| rest.strip_suffix("\";")) {
            Some(path) => out.push_str(&read(path)?),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    Ok(out)
}
