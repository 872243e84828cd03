//! The hub's own origins, and where requests come from.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};
use hub::config::{Network, Origin};

/// The origins under which the hub is reached. The first is the one in links.
#[derive(Debug, Clone)]
pub struct Origins {
    own: Vec<Origin>,
    /// Where this node listens, if it may be asked for by that: one node of several is reached in no other way.
    here: Option<SocketAddr>,
}

impl Origins {
    /// The public address where one is set; else `localhost` (passkeys need a name) and `127.0.0.1` at the port.
    pub fn new(public_url: Option<&Origin>, port: u16) -> Self {
        let own = match public_url {
            Some(origin) => vec![origin.clone()],
            None => vec![Origin::plain("localhost", port), Origin::plain("127.0.0.1", port)],
        };
        Self { own, here: None }
    }

    /// The same, where a request may also name the address that this node listens at. It is not an origin of ours: what
    /// comes from a page there is another site's.
    pub fn listening_at(self, here: SocketAddr) -> Self {
        Self { here: Some(here), ..self }
    }

    /// The address that people are given, as `https://hub.example`.
    pub fn public_url(&self) -> String {
        self.own.first().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether browsers reach the hub by TLS.
    pub fn secure(&self) -> bool {
        self.own.first().is_some_and(|origin| origin.secure)
    }

    /// Whether a request is meant for the hub: one `Host`, and it is ours, as is the target's where it names one.
    pub fn are_meant(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let here = |host: &str| self.here.is_some_and(|here| here.to_string() == host);
        let own = |host: &str| self.own.iter().any(|origin| origin.is_host(host)) || here(host);
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let one = hosts.next().is_none() && host.is_some_and(own);
        one && uri.authority().is_none_or(|authority| own(authority.as_str()))
    }

    /// Whether an `Origin` header is one of ours.
    pub fn are(&self, origin: &str) -> bool {
        self.own.iter().any(|own| own.to_string().eq_ignore_ascii_case(origin))
    }

    /// Whether a browser says that the request comes from one of our own pages, or a script says so by `Origin`.
    pub fn sent(&self, headers: &HeaderMap) -> bool {
        let mut sites = headers.get_all("sec-fetch-site").iter();
        match sites.next() {
            Some(site) => site == "same-origin" && sites.next().is_none(),
            None => self.opened(headers),
        }
    }

    /// Whether `Origin` is ours: what a live socket needs, since it is opened by GET.
    pub fn opened(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let origin = origins.next().and_then(|origin| origin.to_str().ok());
        origin.is_some_and(|origin| self.are(origin)) && origins.next().is_none()
    }
}

/// Where a request comes from. A proxy is believed only if it is trusted: the nearest address that is not is the
/// client's, and what stands before it may be anybody's invention.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let believed = |address: &IpAddr| trusted.iter().any(|network| network.contains(*address));
    let mut at = peer.to_canonical();
    let said: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    for hop in said.iter().rev() {
        if !believed(&at) {
            break;
        }
        // What is no address ends the chain at the last one that is.
        let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
        at = before.to_canonical();
    }
    at
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut all = HeaderMap::new();
        for (name, value) in pairs {
            all.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        all
    }

    #[test]
    fn only_what_names_us_is_meant() {
        let local = Origins::new(None, 8080);
        let meant = |target: &str, pairs: &[(&str, &str)]| local.are_meant(&target.parse().unwrap(), &headers(pairs));
        assert!(meant("/", &[("host", "localhost:8080")]) && meant("/", &[("host", "127.0.0.1:8080")]));
        assert!(!meant("/", &[]) && !meant("/", &[("host", "localhost")]) && !meant("/", &[("host", "evil.example")]));
        assert!(!meant("/", &[("host", "localhost:8080"), ("host", "localhost:8080")]));
        assert!(!meant("http://evil.example/", &[("host", "localhost:8080")]));
        assert!(meant("http://localhost:8080/", &[("host", "localhost:8080")]));
        let public = Origins::new(Some(&"https://hub.example".parse().unwrap()), 8080);
        assert!(public.are_meant(&Uri::from_static("/"), &headers(&[("host", "Hub.example:443")])));
        assert!(!public.are_meant(&Uri::from_static("/"), &headers(&[("host", "localhost:8080")])));
        assert_eq!(public.public_url(), "https://hub.example");
        let node = public.listening_at("127.0.0.1:8081".parse().unwrap());
        assert!(node.are_meant(&Uri::from_static("/"), &headers(&[("host", "127.0.0.1:8081")])));
        assert!(!node.are_meant(&Uri::from_static("/"), &headers(&[("host", "127.0.0.1:8082")])));
        assert!(!node.are("http://127.0.0.1:8081") && !node.are("https://127.0.0.1:8081"), "it is no origin");
        assert_eq!(local.public_url(), "http://localhost:8080");
    }

    #[test]
    fn what_another_site_sends_is_told_apart() {
        let local = Origins::new(None, 8080);
        let sent = |pairs: &[(&str, &str)]| local.sent(&headers(pairs));
        assert!(sent(&[("sec-fetch-site", "same-origin")]));
        assert!(sent(&[("origin", "http://localhost:8080")]) && sent(&[("origin", "http://127.0.0.1:8080")]));
        for other in ["cross-site", "same-site", "none", ""] {
            assert!(!sent(&[("sec-fetch-site", other), ("origin", "http://localhost:8080")]), "{other}");
        }
        for other in ["null", "http://localhost", "https://localhost:8080", "http://localhost:8080.evil.example"] {
            assert!(!sent(&[("origin", other)]), "{other}");
        }
        assert!(!sent(&[]));
        assert!(!local.opened(&headers(&[("sec-fetch-site", "same-origin")])));
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        let from = |peer: &str, said: &str| {
            client(peer.parse().unwrap(), &headers(&[("x-forwarded-for", said)]), &trusted).to_string()
        };
        assert_eq!(from("192.0.2.1", "203.0.113.9"), "192.0.2.1");
        assert_eq!(from("10.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(from("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(from("10.0.0.1", "6.6.6.6, nonsense"), "10.0.0.1");
        assert_eq!(from("::ffff:10.0.0.1", ""), "10.0.0.1");
    }
}
