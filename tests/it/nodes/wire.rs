//! NATS as bytes: for hearing what the nodes say, and for saying what no node would.

use hub_tests::within;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

/// A bare connection to NATS.
pub struct Wire {
    stream: BufStream<TcpStream>,
    /// Where the nodes were heard.
    pub subject: Option<String>,
}

impl Wire {
    pub async fn to(url: &str) -> Self {
        let address = url.strip_prefix("nats://").expect("plain NATS");
        let stream = TcpStream::connect(address).await.expect("NATS listens");
        let mut wire = Self { stream: BufStream::new(stream), subject: None };
        // What it floods the nodes with must not flood itself.
        wire.say(b"CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\n").await;
        wire
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("NATS takes it");
    }

    /// Hears all hubs from now on.
    pub async fn listen(&mut self) {
        self.say(b"SUB hub.v1.> 1\r\n").await;
        self.heard().await;
    }

    /// What was said up to now.
    pub async fn heard(&mut self) -> Vec<String> {
        let mut heard = Vec::new();
        self.say(b"PING\r\n").await;
        self.stream.flush().await.expect("NATS takes it");
        loop {
            let mut line = String::new();
            within("NATS answers", self.stream.read_line(&mut line)).await.expect("a line");
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["PONG"] => return heard,
                ["PING"] => self.say(b"PONG\r\n").await,
                ["MSG", subject, _, length] => {
                    let mut bytes = vec![0; length.parse::<usize>().expect("a length") + 2];
                    within("NATS goes on", self.stream.read_exact(&mut bytes)).await.expect("a payload");
                    self.subject = Some(subject.to_owned());
                    heard.push(String::from_utf8_lossy(&bytes).trim_end().to_owned());
                }
                _ => {}
            }
        }
    }

    pub async fn publish(&mut self, subject: &str, payload: &[u8]) {
        self.say(format!("PUB {subject} {}\r\n", payload.len()).as_bytes()).await;
        self.say(payload).await;
        self.say(b"\r\n").await;
    }

    /// Everything that was published has arrived.
    pub async fn pushed(&mut self) {
        self.heard().await;
    }
}
