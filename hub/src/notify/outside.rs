//! The one way out: a request to an address that somebody gave. Its name is looked up once, every address that comes of
//! it is looked at, and the connection goes to that address and no other. There is no following of redirects, no proxy,
//! ten seconds in all, and of the answer only the head is read.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_LENGTH, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::guard::{self, Barred, Target};
use crate::config::Network;

/// All that a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// All that is read of an answer.
const ANSWER: usize = 64 * 1024;

type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// How names become addresses; a test has its own.
#[derive(Clone)]
pub struct Names(Arc<dyn Fn(String, u16) -> Found + Send + Sync>);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    /// As the machine finds them.
    pub fn system() -> Self {
        Self(Arc::new(|host, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.map(|found| found.ip()).collect()) })
        }))
    }

    /// As `find` says.
    pub fn of(find: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |host, _| {
            let found = find(&host);
            Box::pin(async move { Ok(found) })
        }))
    }
}

/// Goes out.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    allowed: Arc<[Network]>,
    names: Names,
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    /// It is not gone to. It may be another time: names change.
    #[error("not gone to: {0}")]
    Barred(#[from] Barred),
    /// The name has no address.
    #[error("its name is not found")]
    Name,
    /// Nobody answers there.
    #[error("nobody answers there")]
    Connect,
    /// No TLS with it.
    #[error("no TLS with it, or its certificate is not right")]
    Tls,
    /// It hung up, or answered what is no HTTP.
    #[error("its answer cannot be read")]
    Answer,
    /// It took too long.
    #[error("no answer within 10 seconds")]
    TooSlow,
    /// The address itself is none.
    #[error("its address cannot be read")]
    Address,
}

impl Lost {
    /// For the person whose channel it is. What only tells how things are inside is one sentence: by it nobody learns
    /// which names are there. What a peer outside did is theirs to know.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Barred(_) | Self::Name | Self::Connect => "it cannot be reached from here".to_owned(),
            Self::Tls | Self::Answer | Self::TooSlow | Self::Address => self.to_string(),
        }
    }
}

impl Outside {
    pub(crate) fn new(allowed: &[Network], names: Names) -> Self {
        Self { allowed: allowed.into(), names, tls: Arc::default() }
    }

    /// Posts a body with headers, and gives the status of the answer.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn post(&self, url: &str, headers: &[(&str, String)], body: Vec<u8>) -> Result<StatusCode, Lost> {
        let target = guard::target(url).map_err(|_| Lost::Address)?;
        let posting = Box::pin(self.posting(&target, headers, body));
        let sent = tokio::time::timeout(PATIENCE, posting).await.unwrap_or(Err(Lost::TooSlow));
        if let Err(lost) = &sent {
            tracing::info!(host = target.host, %lost, "a request out came to nothing");
        }
        sent
    }

    async fn posting(&self, target: &Target, headers: &[(&str, String)], body: Vec<u8>) -> Result<StatusCode, Lost> {
        let line = self.connect(target).await?;
        if !target.secure {
            return exchange(line, target, headers, body).await;
        }
        let name = match target.literal {
            Some(address) => ServerName::IpAddress(address.into()),
            None => ServerName::try_from(target.host.clone()).map_err(|_| Lost::Address)?,
        };
        let sealed = TlsConnector::from(self.tls()?).connect(name, line).await.map_err(|_| Lost::Tls)?;
        exchange(sealed, target, headers, body).await
    }

    /// A connection to the very address that was looked at.
    async fn connect(&self, target: &Target) -> Result<TcpStream, Lost> {
        let found = match target.literal {
            Some(address) => vec![address],
            None => (self.names.0)(target.host.clone(), target.port).await.map_err(|_| Lost::Name)?,
        };
        if found.is_empty() {
            return Err(Lost::Name);
        }
        // A name that leads inside as well as outside is not to be trusted with either.
        for address in &found {
            guard::may_go(*address, target.secure, &self.allowed)?;
        }
        for address in found {
            if let Ok(line) = TcpStream::connect(SocketAddr::new(address, target.port)).await {
                return Ok(line);
            }
        }
        Err(Lost::Connect)
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Lost> {
        if let Some(made) = self.tls.get() {
            return Ok(made.clone());
        }
        let mut roots = RootCertStore::empty();
        for certificate in rustls_native_certs::load_native_certs().certs {
            // One that cannot be read vouches for nobody.
            let _ = roots.add(certificate);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let made = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let made = made.map_err(|_| Lost::Tls)?.with_root_certificates(roots).with_no_client_auth();
        Ok(self.tls.get_or_init(|| Arc::new(made)).clone())
    }
}

/// One request on one connection.
async fn exchange<S>(line: S, target: &Target, headers: &[(&str, String)], body: Vec<u8>) -> Result<StatusCode, Lost>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut settings = http1::Builder::new();
    settings.max_buf_size(ANSWER);
    let (mut asking, connection) =
        settings.handshake::<_, Full<Bytes>>(TokioIo::new(line)).await.map_err(|_| Lost::Answer)?;
    let path = &target.url[url::Position::BeforePath..];
    let mut request = Request::post(path)
        .header(HOST, &target.url[url::Position::BeforeHost..url::Position::AfterPort])
        .header(USER_AGENT, "election-hub")
        .header(CONTENT_LENGTH, body.len());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).map_err(|_| Lost::Address)?;
    let answer = asking.send_request(request);
    tokio::pin!(connection, answer);
    let answered = tokio::select! {
        answered = &mut answer => answered,
        // It hung up before it answered, or both at once.
        _ = &mut connection => answer.await,
    };
    // What follows the head is of no interest: the line is cut with it.
    Ok(answered.map_err(|_| Lost::Answer)?.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_things_are_inside_is_not_told_and_what_a_peer_did_is() {
        for inside in [Lost::Barred(Barred::Inside), Lost::Barred(Barred::Plain), Lost::Name, Lost::Connect] {
            assert_eq!(inside.told(), "it cannot be reached from here", "{inside}");
        }
        assert_eq!(Lost::TooSlow.told(), "no answer within 10 seconds");
        assert_eq!(Lost::Answer.told(), "its answer cannot be read");
    }
}
