//! The log: on standard error, one line an event, whatever is in it.

use std::io::{self, Write};

use hub::config::{ConfigError, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts the log of this process.
///
/// # Errors
/// If the filter cannot be read.
pub fn start(filter: &str, format: LogFormat) -> Result<(), ConfigError> {
    // The bus says itself when it is away and when it is back; its library would say so at each attempt.
    let filter = EnvFilter::try_new(format!("async_nats=off,{filter}"))
        .map_err(|_| ConfigError::new("log must be a filter, as \"info\" or \"info,hub=debug\""))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| OneLine(io::stderr()));
    // A second start in one process keeps the first log, which only tests do.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    std::panic::set_hook(Box::new(|panic| {
        // Where, and not what: a panic's words may hold what somebody wrote.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
    Ok(())
}

/// A writer to which each event comes whole. What would end the line early or speak to a terminal is written as
/// an escape, so that nobody forges a second line.
struct OneLine<W: Write>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let mut line = String::with_capacity(text.len() + 1);
        for c in text.trim_end_matches('\n').chars() {
            let breaks = ['\u{2028}', '\u{2029}'].contains(&c);
            if (c.is_control() && c != '\t') || breaks { line.extend(c.escape_default()) } else { line.push(c) }
        }
        line.push('\n');
        self.0.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_on_its_line() {
        let mut out = Vec::new();
        let event = "INFO path=/a\r\nERROR forged \x1b[31mred\u{9b}2J \u{2028}x\ttab\n";
        OneLine(&mut out).write_all(event.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "INFO path=/a\\r\\nERROR forged \\u{1b}[31mred\\u{9b}2J \\u{2028}x\ttab\n"
        );
    }
}
