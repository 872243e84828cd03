//! Where the hub may go: what the whole world reaches, and what the settings name. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::config::Network;

/// What the hub is asked to go to, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The address without what only a browser needs.
    pub url: Url,
    /// Its host, a name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is asked in TLS.
    pub secure: bool,
    /// The address, where the host is one.
    pub literal: Option<IpAddr>,
}

const FORM: &str = "Give an address that begins with https://, as https://pager.example/hooks/42.";

/// Reads an address. Numbers in any writing (decimal, octal, hexadecimal) are what a browser would make of them.
///
/// # Errors
/// A sentence that says what to give.
pub(crate) fn target(text: &str) -> Result<Target, String> {
    let text = text.trim();
    if text.len() > 2_000 {
        return Err("Give an address of at most 2,000 characters.".to_owned());
    }
    let mut url = Url::parse(text).map_err(|_| FORM.to_owned())?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return Err(FORM.to_owned()),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Leave the name and password out of the address; what is signed needs none.".to_owned());
    }
    url.set_fragment(None);
    let (host, literal) = match url.host() {
        Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
        Some(Host::Domain(name)) if !name.is_empty() => (name.to_owned(), None),
        _ => return Err(FORM.to_owned()),
    };
    let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(FORM)?;
    Ok(Target { url, host, port, secure, literal })
}

/// Why the hub does not go to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Barred {
    /// It is inside somewhere.
    #[error("its address is not one that the whole world reaches")]
    Inside,
    /// It would be read on the way.
    #[error("it is asked without TLS")]
    Plain,
}

/// Whether the hub may go to this address.
pub(crate) fn may_go(address: IpAddr, secure: bool, allowed: &[Network]) -> Result<(), Barred> {
    if allowed.iter().any(|network| network.contains(address)) {
        return Ok(());
    }
    match (is_global(address), secure) {
        (false, _) => Err(Barred::Inside),
        (true, false) => Err(Barred::Plain),
        (true, true) => Ok(()),
    }
}

/// Whether the whole world reaches it. An IPv4 address in an IPv6 coat is what it is underneath.
fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => is_global_v4(four),
        IpAddr::V6(six) => match underneath(six) {
            Some(four) => is_global_v4(four),
            None => is_global_v6(six),
        },
    }
}

/// The IPv4 address that an IPv6 address stands for: mapped, translated (NAT64), 6to4.
fn underneath(six: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = six.segments();
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(four(high, low)),
        [0x2002, high, low, ..] => Some(four(high, low)),
        _ => None,
    }
}

fn is_global_v4(four: Ipv4Addr) -> bool {
    let [a, b, c, _] = four.octets();
    !(four.is_unspecified()
        || four.is_loopback()
        || four.is_private()
        || four.is_link_local()
        || four.is_broadcast()
        || four.is_multicast()
        || four.is_documentation()
        || a == 0
        // Shared by providers and their customers.
        || (a == 100 && (64..128).contains(&b))
        // Protocols' own, relays, measuring, and what is kept for later.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240)
}

fn is_global_v6(six: Ipv6Addr) -> bool {
    let [a, b, ..] = six.segments();
    // 2000::/3 is what is handed out; of that what documents, benchmarks and tunnels have is nobody's.
    a & 0xe000 == 0x2000 && !(a == 0x2001 && b < 0x200) && !(a == 0x2001 && b == 0xdb8) && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes(host: &str) -> bool {
        let target = target(&format!("https://{host}/")).unwrap_or_else(|e| panic!("{host}: {e}"));
        let address = target.literal.unwrap_or_else(|| panic!("{host} is a name, {}", target.host));
        may_go(address, target.secure, &[]).is_ok()
    }

    /// However it is written, inside stays inside.
    #[test]
    fn what_is_inside_is_not_gone_to_however_it_is_written() {
        let inside = [
            "127.0.0.1",
            "127.1",
            "127.255.255.254",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "012.0.0.1",
            "167772161",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "0xc0a80001",
            "192.168.1",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::169.254.169.254]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::1]",
            "[2002:a9fe:a9fe::]",
            "[::127.0.0.1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[2001:10::1]",
            "[3fff::1]",
            "[fec0::1]",
            "[100::1]",
            "①②⑦.⓪.⓪.①",
        ];
        assert!(inside.len() >= 40);
        for host in inside {
            assert!(!goes(host), "{host}");
        }
        for host in [
            "9.9.9.9",
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "223.255.255.255",
            "[2606:4700::1111]",
            "[2a00:1450::5]",
            "[::ffff:9.9.9.9]",
            "[64:ff9b::9.9.9.9]",
        ] {
            assert!(goes(host), "{host}");
        }
    }

    #[test]
    fn what_the_settings_name_is_gone_to_also_without_tls() {
        let allowed = ["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let may = |address: &str, secure| may_go(address.parse().unwrap(), secure, &allowed);
        assert_eq!(may("127.0.0.1", false), Ok(()));
        assert_eq!(may("::ffff:127.0.0.1", false), Ok(()));
        assert_eq!(may("fd00::1", false), Ok(()));
        assert_eq!(may("10.0.0.1", true), Err(Barred::Inside));
        assert_eq!(may("9.9.9.9", false), Err(Barred::Plain));
        assert_eq!(may("9.9.9.9", true), Ok(()));
    }

    #[test]
    fn only_web_addresses_are_read() {
        for bad in [
            "",
            "pager.example",
            "ftp://x",
            "file:///etc/passwd",
            "https://",
            "https://u:p@x",
            "https://u@x",
            "javascript:alert(1)",
            "https://x:0/",
            "https://[::1",
            "https:// x",
            "gopher://127.0.0.1:25/_HELO",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
        let read = target(" https://Pager.example:8443/a?b#c ").unwrap();
        assert_eq!((read.url.as_str(), read.port, read.secure), ("https://pager.example:8443/a?b", 8443, true));
        assert_eq!((read.host.as_str(), read.literal), ("pager.example", None));
    }
}
