//! Settings: the defaults (`config.default.toml`, which is their documentation), then a file, then the environment,
//! then the command line. Pure: whoever starts the program reads the file and the environment and hands them in.

mod limits;
mod merge;
mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

pub use limits::{Limit, Limits};
pub use merge::Sources;
pub use secret::Secret;

/// The defaults, with a comment for each setting.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");

/// Everything that can be set. What it all means stands in [`DEFAULTS`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the hub listens.
    pub listen: SocketAddr,
    /// How people reach it; `None` until one is set.
    pub public_url: Option<Origin>,
    /// Folder of the database, the attachments and the key.
    pub data_dir: PathBuf,
    /// The database, as a URL; see [`Config::database`].
    pub database_url: Option<Secret>,
    /// The bus; `None` for one node.
    pub bus_url: Option<Secret>,
    /// The filter of the log.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// File of the policy; `None` for the one that is built in.
    pub policy: Option<PathBuf>,
    /// Organisations' own sign-in, by the name in its address.
    pub oidc: BTreeMap<String, Oidc>,
    /// Where mail leaves; `None` for no mail.
    pub smtp_url: Option<Secret>,
    /// The sender of every mail.
    pub mail_from: Option<String>,
    /// Where `GET /metrics` is answered; `None` for nowhere.
    pub metrics_listen: Option<SocketAddr>,
    /// What the hub seals with; `None` until one is drawn.
    pub secret_key: Option<Secret>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The number that is answered day and night.
    pub call_line: Option<String>,
    /// For `security.txt`, as a URI.
    pub security_contact: Option<String>,
    /// Networks inside of which webhooks may lead, beside all that the world reaches.
    pub outbound_allowed: Vec<Network>,
    /// Most of what one may do or send.
    pub limits: Limits,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For collectors, one object a line.
    Json,
}

/// An organisation's own sign-in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// As its discovery document spells it.
    pub issuer: String,
    /// What the hub is called there.
    pub client_id: String,
    /// Proves it.
    pub client_secret: Secret,
    /// The only domains whose addresses it may vouch for, lower case.
    pub domains: Vec<String>,
    /// As the button names it.
    pub label: String,
}

/// What is wrong with the settings: one line that names the setting and says what to do. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// The line.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl Config {
    /// The settings as these sources say.
    ///
    /// # Errors
    /// The first thing that is wrong: an unknown name (with the nearest known one), a value of the wrong form.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let raw: Raw = toml::Value::Table(merge::merged(sources)?)
            .try_into()
            .map_err(|e: toml::de::Error| ConfigError::new(one_line(e.message())))?;
        raw.read()
    }

    /// The database: the one set, else SQLite in the data folder.
    pub fn database(&self) -> Secret {
        let in_folder = || Secret::new(format!("sqlite://{}", self.data_dir.join("hub.db").display()));
        self.database_url.clone().unwrap_or_else(in_folder)
    }

    /// Whether it is lawful to listen there: loopback, or with an https address in front, or on purpose.
    ///
    /// # Errors
    /// A sentence that names the three ways on.
    pub fn check_listen(&self, insecure_http: bool) -> Result<(), ConfigError> {
        let secure = self.public_url.as_ref().is_some_and(|url| url.secure);
        if self.listen.ip().to_canonical().is_loopback() || secure || insecure_http {
            return Ok(());
        }
        Err(ConfigError::new(format!(
            "{} can be reached from other machines without TLS: set HUB_PUBLIC_URL to the https address of the proxy in \
             front, or listen on 127.0.0.1, or say --insecure-http",
            self.listen
        )))
    }
}

/// An origin, as browsers spell it: scheme, host and, unless it is the scheme's own, port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whether the scheme is https.
    pub secure: bool,
    /// The host in lower case, an IPv6 address in brackets.
    pub host: String,
    /// The port where it is not the scheme's own.
    pub port: Option<u16>,
}

impl Origin {
    /// `http://HOST:PORT`.
    pub fn plain(host: &str, port: u16) -> Self {
        Self { secure: false, host: host.to_owned(), port: (port != 80).then_some(port) }
    }

    /// `HOST` or `HOST:PORT`, as in a `Host` header.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether a `Host` header names this origin's host and port.
    pub fn is_host(&self, host: &str) -> bool {
        let own = if self.secure { ":443" } else { ":80" };
        let host = if self.port.is_none() { host.strip_suffix(own).unwrap_or(host) } else { host };
        host.eq_ignore_ascii_case(&self.authority())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be a scheme and a host, as https://hub.example.org, without a path";
        let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(FORM),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest).to_ascii_lowercase();
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse::<u16>().map_err(|_| FORM)?)),
            _ => (rest.as_str(), None),
        };
        let name = |host: &str| host.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'.' || c == b'-');
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let fine = match inner {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && name(host),
        };
        if !fine || port == Some(0) {
            return Err(FORM);
        }
        let own = if secure { 443 } else { 80 };
        Ok(Self { secure, host: host.to_owned(), port: port.filter(|port| *port != own) })
    }
}

/// A network, as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether the address is in it. An IPv4 address written as IPv6 counts as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        fn same(a: &[u8], b: &[u8], bits: u8) -> bool {
            let whole = usize::from(bits / 8);
            let rest = bits % 8;
            a[..whole] == b[..whole] && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0)
        }
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(one)) => same(&net.octets(), &one.octets(), self.bits),
            (IpAddr::V6(net), IpAddr::V6(one)) => same(&net.octets(), &one.octets(), self.bits),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be addresses or networks, as 10.0.0.0/8 or ::1";
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| FORM)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| FORM))?;
        if bits > most { Err(FORM) } else { Ok(Self { address, bits }) }
    }
}

/// The settings as text, before they are read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: String,
    public_url: String,
    data_dir: String,
    database_url: String,
    bus_url: String,
    log: String,
    log_format: String,
    policy: String,
    #[serde(default)]
    oidc: BTreeMap<String, Oidc>,
    smtp_url: String,
    mail_from: String,
    metrics_listen: String,
    secret_key: String,
    trusted_proxies: Vec<String>,
    call_line: String,
    security_contact: String,
    outbound: Outbound,
    limits: Limits,
}

/// Where the hub itself may go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outbound {
    allowed: Vec<String>,
}

impl Raw {
    fn read(self) -> Result<Config, ConfigError> {
        const ADDRESS: &str = "must be an address and a port, as 127.0.0.1:8080";
        let secret = |text: String| set(text).map(Secret::new);
        let address = |name, text: &str| text.parse::<SocketAddr>().map_err(|_| wrong(name, text, ADDRESS));
        let url = |name: &str, text: &String, schemes: &[&str]| {
            // The value may hold a password, so the error does not show it.
            let fine = text.is_empty() || schemes.iter().any(|scheme| text.starts_with(scheme));
            let words = || ConfigError::new(format!("{name} must begin with {}", schemes.join(" or ")));
            if fine { Ok(()) } else { Err(words()) }
        };
        url("database_url", &self.database_url, &["sqlite://", "postgres://", "postgresql://"])?;
        url("bus_url", &self.bus_url, &["nats://", "tls://"])?;
        url("smtp_url", &self.smtp_url, &["smtp://", "smtps://"])?;
        url("security_contact", &self.security_contact, &["mailto:", "https://", "tel:"])?;
        if self.data_dir.is_empty() {
            return Err(ConfigError::new("data_dir must name a folder"));
        }
        for (name, oidc) in &self.oidc {
            check_provider(name, oidc)?;
        }
        Ok(Config {
            listen: address("listen", &self.listen)?,
            public_url: optional("public_url", &self.public_url)?,
            data_dir: self.data_dir.into(),
            database_url: secret(self.database_url),
            bus_url: secret(self.bus_url),
            log: self.log,
            log_format: match self.log_format.as_str() {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                other => return Err(wrong("log_format", other, "must be text or json")),
            },
            policy: set(self.policy).map(PathBuf::from),
            oidc: self.oidc,
            smtp_url: secret(self.smtp_url),
            mail_from: set(self.mail_from),
            metrics_listen: set(self.metrics_listen).map(|text| address("metrics_listen", &text)).transpose()?,
            secret_key: secret(self.secret_key),
            trusted_proxies: networks("trusted_proxies", &self.trusted_proxies)?,
            outbound_allowed: networks("outbound.allowed", &self.outbound.allowed)?,
            call_line: set(self.call_line),
            security_contact: set(self.security_contact),
            limits: self.limits,
        })
    }
}

fn check_provider(name: &str, oidc: &Oidc) -> Result<(), ConfigError> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err(ConfigError::new(format!("oidc.{}: a name is of a to z, digits and hyphens", one_line(name))));
    }
    let missing = [("issuer", &oidc.issuer), ("client_id", &oidc.client_id), ("label", &oidc.label)]
        .into_iter()
        .find(|(_, text)| text.trim().is_empty());
    match missing {
        Some((key, _)) => Err(ConfigError::new(format!("oidc.{name}.{key} is missing"))),
        None if oidc.domains.is_empty() => Err(ConfigError::new(format!(
            "oidc.{name}.domains is missing: name the domains whose addresses it may vouch for"
        ))),
        None => Ok(()),
    }
}

fn networks(name: &str, all: &[String]) -> Result<Vec<Network>, ConfigError> {
    all.iter().map(|text| text.parse().map_err(|form| wrong(name, text, form))).collect()
}

/// The text, unless it is blank.
fn set(text: String) -> Option<String> {
    (!text.trim().is_empty()).then_some(text)
}

fn optional<T: FromStr<Err = &'static str>>(name: &str, text: &str) -> Result<Option<T>, ConfigError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.trim().parse().map(Some).map_err(|form| wrong(name, text, form))
}

fn wrong(name: &str, value: &str, form: &str) -> ConfigError {
    ConfigError::new(format!("{name} {form}, not {:?}", one_line(value)))
}

/// Text that stays on its line in a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
