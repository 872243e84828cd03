//! The accept loop: hyper's HTTP/1 with a time-out for heads, a bound on connections, upgrades, and an end that gives
//! open requests and sockets a moment.

mod addresses;
mod wire;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use hub::config::{Limits, Network};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::security::headers::Peer;
use addresses::Addresses;
pub use addresses::Unknown;
use wire::{Seen, Wire};

/// Marks a request that says in two ways how long its body is, or where a line of its head ends. hyper takes one and
/// forgets the other; the next program on the way may take the other, and then the two disagree about where the next
/// request begins.
#[derive(Debug, Clone, Copy)]
pub struct Ambiguous;

/// The least head that hyper can be told to take.
const LEAST_HEAD: usize = 8 * 1024;
/// How long who is connected already may still be taken in when it is time to stop: dropped, they would not know whether
/// their request was done.
const MOMENT: Duration = Duration::from_millis(50);
/// How long an open connection that waits for its next request is kept when it is time to stop: that request may be on
/// its way. It is answered, and told that it was the last.
const LINGER: Duration = Duration::from_millis(500);
/// How long the loop rests when the system has no socket for it.
const REST: Duration = Duration::from_millis(100);

/// Serves until `stop` is cancelled, then gives what is open the time of the settings.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, stop: CancellationToken) {
    serve_behind(listener, router, limits, &[], stop).await;
}

/// [`serve`] behind proxies: their connections are many people's, so that they are not counted by their address.
pub async fn serve_behind(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    proxies: &[Network],
    stop: CancellationToken,
) {
    let addresses = Addresses::new(limits.connections_per_address, proxies);
    let seats = limits.connections.most().map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
    let open = TaskTracker::new();
    let http = builder(limits);
    let begin = |(stream, peer, seat): Come| {
        // One that is over the number is closed without a word: an answer would cost more than it cost to ask.
        let Some(unknown) = addresses.admit(peer.ip()) else { return };
        // Live frames are small and must not wait for each other; a session flushes once for all that is pending.
        let _ = stream.set_nodelay(true);
        let wire = Wire::new(stream, (seat, open.token()));
        open.spawn(connection(http.clone(), wire, peer, unknown, router.clone(), stop.clone()));
    };
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            come = next(&listener, seats.as_ref()) => begin(come),
        }
    }
    let connected = async {
        loop {
            begin(next(&listener, seats.as_ref()).await);
        }
    };
    let _ = tokio::time::timeout(MOMENT, connected).await;
    // Who stands in line at the very last.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            let seat = seats.as_ref().map(|seats| seats.clone().try_acquire_owned().ok());
            if let (Ok(stream), None | Some(Some(_))) = (stream, &seat) {
                begin((stream, peer, seat.flatten()));
            }
        }
    }
    open.close();
    let patience = limits.shutdown_seconds.seconds().unwrap_or(Duration::MAX);
    if tokio::time::timeout(patience, open.wait()).await.is_err() {
        tracing::warn!(open = open.len(), "connections were cut off at shutdown");
    }
}

fn builder(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_seconds.seconds());
    if let Some(most) = limits.head_bytes.most() {
        http.max_buf_size(most.max(LEAST_HEAD));
    }
    http
}

/// A connection, and its seat.
type Come = (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>);

/// The next connection, once there is a seat for it.
async fn next(listener: &TcpListener, seats: Option<&Arc<Semaphore>>) -> Come {
    let seat = match seats {
        Some(seats) => seats.clone().acquire_owned().await.ok(),
        None => None,
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, seat),
            Err(error) => {
                // Out of files, or a peer that is gone already: the next may do better.
                tracing::warn!(%error, "a connection cannot be accepted");
                let _ = tokio::time::timeout(REST, std::future::pending::<()>()).await;
            }
        }
    }
}

async fn connection<K: Send + Unpin + 'static>(
    http: http1::Builder,
    wire: Wire<K>,
    peer: SocketAddr,
    unknown: Unknown,
    router: Router,
    stop: CancellationToken,
) {
    let seen = wire.seen();
    let last = stop.clone();
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(unknown.clone());
        answer(router.clone(), request, peer, seen.clone(), last.clone())
    });
    let connection = http.serve_connection(TokioIo::new(wire), service).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    // Errors are the peer's: half a head, a line that is no HTTP, a reset. They got their answer where one is due.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            if tokio::time::timeout(LINGER, connection.as_mut()).await.is_err() {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}

fn answer(
    router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    seen: Seen,
    stop: CancellationToken,
) -> impl Future<Output = Result<axum::response::Response, Infallible>> {
    seen.asked();
    request.extensions_mut().insert(Peer(peer.ip()));
    if seen.is_ambiguous(request.method().as_str()) {
        request.extensions_mut().insert(Ambiguous);
    }
    async move {
        let mut answer = router.oneshot(request.map(Body::new)).await?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            seen.stop();
        } else if stop.is_cancelled() {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(answer)
    }
}

/// Cancelled when the process is asked to end (SIGTERM, SIGINT).
///
/// # Errors
/// If the system does not hand signals out.
pub fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("asked to end");
        stop.cancel();
    });
    Ok(())
}
