//! Mail: notices as letters, to the one server of the settings.

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use super::notice::Notice;
use super::reaching::Failed;
use crate::config::Secret;

/// How long the server may take for a step, and for all of them.
const STEP: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections that are kept at most.
const CONNECTIONS: u32 = 4;

/// Where mail leaves. Cheap to clone: all clones share the connections.
#[derive(Debug, Clone)]
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The right side of every `Message-ID`.
    host: String,
}

impl Mailer {
    /// For the server at `url`. `host` is where people find the hub.
    ///
    /// # Errors
    /// A sentence that names the setting and shows no secret.
    pub(crate) fn new(url: &Secret, from: Option<&str>, host: &str) -> Result<Self, String> {
        const FORM: &str = "smtp_url must be as smtps://USER:PASSWORD@HOST or smtp://HOST:25";
        let parsed = Url::parse(url.expose()).map_err(|_| FORM)?;
        let server = parsed.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose()).map_err(|_| FORM)?;
        let says_how = parsed.query_pairs().any(|(name, _)| name == "tls");
        if parsed.scheme() == "smtp" && !says_how {
            let here = match parsed.host() {
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                // A scheme that is not the web's keeps its host as it was written.
                Some(Host::Domain(name)) => {
                    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
                }
                None => false,
            };
            let tls = TlsParameters::new(server.to_owned()).map_err(|_| FORM)?;
            let password = parsed.password().is_some();
            builder = builder.tls(if password && !here { Tls::Required(tls) } else { Tls::Opportunistic(tls) });
            if parsed.port().is_none() && !password {
                builder = builder.port(25);
            }
        }
        let pool = PoolConfig::new().max_size(CONNECTIONS);
        let transport = builder.timeout(Some(STEP)).pool_config(pool).build();
        let host = host.trim_matches(['[', ']']).to_owned();
        let from = from.map_or_else(|| format!("hub@{host}"), str::to_owned);
        let from = from.parse().map_err(|_| "mail_from must be as Election hub <hub@example.org>")?;
        Ok(Self { transport, from, host })
    }

    /// Whether the server is there and lets us in.
    ///
    /// # Errors
    /// Why not, in a few words.
    pub(crate) async fn check(&self) -> Result<(), String> {
        match tokio::time::timeout(PATIENCE, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("it hangs up".to_owned()),
            Ok(Err(error)) => Err(words(&error)),
            Err(_) => Err("it does not answer in time".to_owned()),
        }
    }

    /// Sends a notice to an address.
    ///
    /// # Errors
    /// Why it was not taken, and whether it ever can be.
    pub(crate) async fn send(&self, to: &str, notice: &Notice) -> Result<(), Failed> {
        let message = self.message(to, notice).ok_or_else(|| Failed::for_good("its address is no mail address"))?;
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                // No such mailbox, or none that takes anything from us: it will not be there in an hour.
                let code = error.status().map(u16::from).unwrap_or_default();
                let for_good = error.is_permanent() && (550..=553).contains(&code);
                Err(Failed { for_good, gone: false, why: format!("the mail server: {}", words(&error)) })
            }
            Err(_) => Err(Failed::for_now("the mail server: it does not answer in time")),
        }
    }

    fn message(&self, to: &str, notice: &Notice) -> Option<Message> {
        let to: Address = to.parse().ok()?;
        let letter = notice.letter();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .message_id(Some(format!("<{}@{}>", notice.uid, self.host)))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body)
            .ok()
    }
}

/// Whether mail could be sent to it.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

/// What went wrong, without what the server wrote: that is the server's to choose.
fn words(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) if error.is_permanent() => format!("it refuses ({code})"),
        Some(code) => format!("it puts it off ({code})"),
        None if error.is_timeout() => "it does not answer in time".to_owned(),
        None if error.is_tls() => "no TLS with it, or its certificate is not right".to_owned(),
        None => "it cannot be reached".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::Priority;
    use crate::notify::notice::Occasion;
    use crate::time::Ts;

    fn mailer(url: &str) -> Result<Mailer, String> {
        Mailer::new(&Secret::new(url), Some("Election hub <hub@hub.example>"), "hub.example")
    }

    #[tokio::test]
    async fn a_letter_has_one_subject_and_an_id_of_its_own() {
        let notice = Notice {
            uid: "0190".to_owned(),
            occasion: Occasion::Page,
            about: Some(("ALD-42".parse().unwrap(), Priority::P1)),
            url: "https://hub.example/incidents/ALD-42?told=0190".to_owned(),
            at: Ts::from_millis(0),
        };
        let mailer = mailer("smtp://127.0.0.1:2525").unwrap();
        let message = mailer.message("rosa@hub.example", &notice).unwrap().formatted();
        let text = String::from_utf8(message).unwrap();
        let heads = |name: &str| text.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
        assert_eq!(heads("Subject:"), ["Subject: ALD-42 priority 1"]);
        assert_eq!(heads("To:"), ["To: rosa@hub.example"]);
        assert_eq!(heads("Message-ID:"), ["Message-ID: <0190@hub.example>"]);
        assert_eq!(heads("Auto-Submitted:"), ["Auto-Submitted: auto-generated"]);
        for bad in ["rosa@hub.example\r\nBcc: eve@evil.example", "rosa", "", "a b@c.example", "a@b@c"] {
            assert!(mailer.message(bad, &notice).is_none(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_server_that_cannot_be_is_refused_without_its_password() {
        for bad in ["smtp://", "smtps://u:hunter2@", "http://x"] {
            let refused = mailer(bad).unwrap_err();
            assert!(refused.starts_with("smtp_url must be") && !refused.contains("hunter2"), "{bad}: {refused}");
        }
        let from = Mailer::new(&Secret::new("smtp://h"), Some("nobody\r\nBcc: x@y.example"), "h");
        assert!(from.unwrap_err().starts_with("mail_from must be"));
        assert!(Mailer::new(&Secret::new("smtp://h"), None, "localhost").is_ok());
        assert!(Mailer::new(&Secret::new("smtps://u:p@h"), None, "hub.example").is_ok());
    }
}
