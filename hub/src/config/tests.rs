use super::*;

fn env(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(&Sources { env: owned(pairs), ..Sources::default() })
}

fn file(text: &str) -> Result<Config, ConfigError> {
    Config::load(&Sources { file: Some(("hub.toml".to_owned(), text.to_owned())), ..Sources::default() })
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn error(result: Result<Config, ConfigError>) -> String {
    result.expect_err("refused").to_string()
}

#[test]
fn without_settings_it_is_sqlite_on_loopback() {
    let config = env(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database().expose(), "sqlite://./data/hub.db");
    assert!(config.public_url.is_none() && config.bus_url.is_none() && config.oidc.is_empty());
    assert_eq!(config.limits.body_bytes, Limit::of(256 * 1024));
    assert_eq!(config.limits.message_characters, Limit::of(10_000));
}

#[test]
fn the_later_source_wins() {
    let sources = Sources {
        base: owned(&[("data_dir", "./data-demo"), ("call_line", "1")]),
        file: Some(("hub.toml".to_owned(), "listen = '127.0.0.1:1'\ncall_line = '2'\nlog = 'a'".to_owned())),
        env: owned(&[("HUB_LISTEN", "127.0.0.1:2"), ("HUB_LOG", "b"), ("PATH", "/bin")]),
        flags: owned(&[("listen", "127.0.0.1:3")]),
    };
    let config = Config::load(&sources).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.log, "b");
    assert_eq!(config.call_line.as_deref(), Some("2"));
    assert_eq!(config.data_dir.to_str(), Some("./data-demo"));
}

#[test]
fn every_kind_of_setting_comes_from_the_environment() {
    let config = env(&[
        ("HUB_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("HUB_LIMITS__MESSAGES_PER_MINUTE", "0"),
        ("HUB_OIDC__ALDER__ISSUER", "https://login.example"),
        ("HUB_OIDC__ALDER__CLIENT_ID", "hub"),
        ("HUB_OIDC__ALDER__CLIENT_SECRET", "s3cret"),
        ("HUB_OIDC__ALDER__DOMAINS", "alder.example"),
        ("HUB_OIDC__ALDER__LABEL", "Alder County"),
        ("HUB_LOG_FORMAT", "json"),
        ("HUB_CHECK", "1"),
        ("HUB_LEFT_OUT", "/tmp"),
    ])
    .unwrap();
    assert!(config.trusted_proxies[0].contains("10.1.2.3".parse().unwrap()));
    assert_eq!(config.limits.messages_per_minute.most(), None);
    assert_eq!(config.oidc["alder"].client_secret.expose(), "s3cret");
    assert_eq!(config.oidc["alder"].domains, ["alder.example"]);
    assert_eq!(config.log_format, LogFormat::Json);
}

#[test]
fn an_unknown_name_is_told_its_nearest() {
    assert_eq!(error(env(&[("HUB_LISTNE", "x")])), "there is no setting HUB_LISTNE; the nearest is HUB_LISTEN");
    assert_eq!(
        error(env(&[("HUB_LIMITS__MESSAGE_PER_MINUTE", "1")])),
        "there is no setting HUB_LIMITS__MESSAGE_PER_MINUTE; the nearest is HUB_LIMITS__MESSAGES_PER_MINUTE"
    );
    assert_eq!(
        error(env(&[("HUB_FILE_BYTES", "1")])),
        "there is no setting HUB_FILE_BYTES; the nearest is HUB_LIMITS__FILE_BYTES"
    );
    assert_eq!(
        error(file("[oidc.alder]\nclient = 'x'")),
        "hub.toml: there is no setting oidc.alder.client; the nearest is oidc.alder.client_id"
    );
    assert_eq!(error(file("public-url = 'x'")), "hub.toml: there is no setting public-url; the nearest is public_url");
    assert!(error(file("[limit]\nx = 1")).contains("there is no setting limit;"));
    assert!(error(env(&[("HUB_LIMITS", "1")])).contains("HUB_LIMITS"));
    assert!(error(env(&[("HUB_OIDC__X", "1")])).contains("HUB_OIDC__X"));
}

#[test]
fn a_wrong_value_names_its_setting() {
    assert_eq!(
        error(env(&[("HUB_LISTEN", "nowhere")])),
        "listen must be an address and a port, as 127.0.0.1:8080, not \"nowhere\""
    );
    assert_eq!(
        error(env(&[("HUB_LIMITS__BODY_BYTES", "-1")])),
        "HUB_LIMITS__BODY_BYTES must be a whole number, 0 for none"
    );
    assert_eq!(error(file("listen = 8080")), "hub.toml: listen must be a text in quotes");
    assert!(error(file("a = [")).starts_with("hub.toml, line 1: "));
    assert!(error(env(&[("HUB_TRUSTED_PROXIES", "10.0.0.0/33")])).starts_with("trusted_proxies must be"));
    assert!(error(env(&[("HUB_OIDC__A__ISSUER", "https://x.example")])).contains("oidc.a.client_id is missing"));
}

#[test]
fn secrets_are_never_shown() {
    let pairs = [
        ("HUB_DATABASE_URL", "postgres://u:hunter2@h/d"),
        ("HUB_SMTP_URL", "smtp://u:hunter2@h"),
        ("HUB_SECRET_KEY", "hunter2"),
        ("HUB_BUS_URL", "nats://u:hunter2@h"),
    ];
    let config = env(&pairs).unwrap();
    assert!(!format!("{config:?} {}", config.database()).contains("hunter2"));
    assert_eq!(serde_json::to_string(&config.secret_key).unwrap(), "\"[secret]\"");
    for (name, value) in [("HUB_DATABASE_URL", "mysql://u:hunter2@h"), ("HUB_SMTP_URL", "hunter2")] {
        assert!(!error(env(&[(name, value)])).contains("hunter2"));
    }
    assert!(!error(file("secret_key = \"hunter2\nlisten = 1")).contains("hunter2"));
}

#[test]
fn an_origin_is_a_scheme_and_a_host() {
    let origin: Origin = "https://Hub.example:443/".parse().unwrap();
    assert_eq!(origin.to_string(), "https://hub.example");
    assert!(origin.is_host("HUB.example") && origin.is_host("hub.example:443"));
    assert!(!origin.is_host("hub.example:80") && !origin.is_host("evil.example"));
    assert!(Origin::plain("localhost", 8080).is_host("localhost:8080"));
    assert_eq!("http://[::1]:9".parse::<Origin>().unwrap().authority(), "[::1]:9");
    for bad in [
        "hub.example",
        "ftp://x",
        "https://",
        "https://a/b",
        "https://u@h",
        "https://h:0",
        "https://a b",
        "https://h:x",
    ] {
        assert!(bad.parse::<Origin>().is_err(), "{bad}");
    }
}

#[test]
fn listening_to_the_world_needs_tls_or_a_word() {
    let open = env(&[("HUB_LISTEN", "0.0.0.0:80")]).unwrap();
    assert!(open.check_listen(false).is_err() && open.check_listen(true).is_ok());
    let behind = [("HUB_LISTEN", "0.0.0.0:80"), ("HUB_PUBLIC_URL", "https://hub.example")];
    assert!(env(&behind).unwrap().check_listen(false).is_ok());
    let plain = [("HUB_LISTEN", "[::]:80"), ("HUB_PUBLIC_URL", "http://hub.example")];
    assert!(env(&plain).unwrap().check_listen(false).is_err());
    assert!(env(&[("HUB_LISTEN", "[::1]:80")]).unwrap().check_listen(false).is_ok());
}

#[test]
fn networks_hold_their_addresses() {
    let holds = |net: &str, ip: &str| net.parse::<Network>().unwrap().contains(ip.parse().unwrap());
    assert!(holds("10.0.0.0/9", "10.127.0.1") && !holds("10.0.0.0/9", "10.128.0.1"));
    assert!(holds("::1", "::1") && !holds("::1", "127.0.0.1"));
    assert!(holds("127.0.0.1", "::ffff:127.0.0.1"));
    assert!(holds("0.0.0.0/0", "9.9.9.9") && !holds("0.0.0.0/0", "::1"));
}

/// The documentation is the list: each line of it is a setting or stands above one.
#[test]
fn every_default_has_its_words() {
    let mut words = false;
    for line in DEFAULTS.lines() {
        match line.chars().next() {
            Some('#') => words = true,
            None => words = false,
            Some(_) => assert!(words, "no words for {line}"),
        }
    }
    let none =
        Sources { env: toml_names().into_iter().map(|name| (name, "0".to_owned())).collect(), ..Sources::default() };
    assert_eq!(Config::load(&none).unwrap().limits, Limits::NONE);
}

fn toml_names() -> Vec<String> {
    let table: toml::Table = DEFAULTS.parse().unwrap();
    table["limits"].as_table().unwrap().keys().map(|key| format!("HUB_LIMITS__{}", key.to_uppercase())).collect()
}
