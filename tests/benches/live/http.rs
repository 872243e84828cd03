//! Requests over connections that stay open.

use std::time::{Duration, Instant};

use axum::http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use crate::measure::Spread;
use crate::target::Target;

async fn connect(target: &Target) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(target.address()).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
    tokio::spawn(connection);
    sender
}

async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    target: &Target,
    n: usize,
    post: Option<(&str, String)>,
    path: &str,
) {
    let (path, method, body) = match post {
        Some((path, body)) => (path, "POST", body),
        None => (path, "GET", String::new()),
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, target.address().to_string())
        .header(header::AUTHORIZATION, format!("Bearer {}", target.token(n)))
        .header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Full::from(body)).expect("a request");
    sender.ready().await.expect("the connection stays open");
    let answer = sender.send_request(request).await.expect("an answer");
    let status = answer.status();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&body));
}

/// How long a page takes, again and again.
pub async fn pages(target: &Target, path: &str, count: usize) -> Spread {
    let mut sender = connect(target).await;
    let mut took = Vec::new();
    for _ in 0..count {
        let began = Instant::now();
        send(&mut sender, target, 0, None, path).await;
        took.push(began.elapsed().as_micros() as u32);
    }
    Spread::of(took)
}

/// How many incidents a second are filed by so many clients.
pub async fn files(target: &Target, clients: usize, seconds: f64) -> f64 {
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let one = |n: usize| async move {
        let mut sender = connect(target).await;
        let mut done = 0_u32;
        while Instant::now() < until {
            let authority = format!("authority-{:05}", 1 + n % 64);
            let body =
                json!({"summary": "The electronic rolls are slow at two sites.", "authority": authority}).to_string();
            send(&mut sender, target, n, Some(("/api/v1/incidents", body)), "").await;
            done += 1;
        }
        done
    };
    let done = futures_util::future::join_all((0..clients).map(one)).await;
    f64::from(done.into_iter().sum::<u32>()) / seconds
}
