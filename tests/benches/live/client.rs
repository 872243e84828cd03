//! A WebSocket client that costs as little as it can, so that what is measured is the server: it opens by hand and looks
//! for what it counts in the bytes as they come.

use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};

/// So many sockets leave from one address of ours: the ports of one pair of addresses run out.
const PER_ADDRESS: usize = 4_000;

/// Where, and as whom.
#[derive(Clone)]
pub struct Door {
    pub address: SocketAddr,
    pub path: String,
    pub bearer: String,
}

/// An open socket.
pub struct Socket {
    reader: Reader,
    writer: Writer,
}

pub struct Reader {
    read: OwnedReadHalf,
    came: BytesMut,
}

pub struct Writer(OwnedWriteHalf);

impl Socket {
    /// The `n`th socket of ours; for one that is `narrow` the system keeps little.
    pub async fn open(door: &Door, n: usize, narrow: bool) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        if narrow {
            socket.set_recv_buffer_size(4_096)?;
        }
        let own = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(n / PER_ADDRESS).unwrap_or(200));
        socket.bind(SocketAddr::new(IpAddr::V4(own), 0))?;
        let mut stream = socket.connect(door.address).await?;
        stream.set_nodelay(true)?;
        let who =
            if door.bearer.is_empty() { String::new() } else { format!("Authorization: Bearer {}\r\n", door.bearer) };
        let head = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: hub.v1\r\n{who}\r\n",
            door.path, door.address
        );
        stream.write_all(head.as_bytes()).await?;
        let mut came = BytesMut::with_capacity(2_048);
        let end = loop {
            if let Some(end) = find(&came, b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut came).await? == 0 {
                return Err(refused(&came));
            }
        };
        if !came.starts_with(b"HTTP/1.1 101") {
            return Err(refused(&came));
        }
        came.advance(end + 4);
        let (read, write) = TcpStream::into_split(stream);
        Ok(Self { reader: Reader { read, came }, writer: Writer(write) })
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) -> Result<()> {
        self.writer.say(text).await
    }

    /// The next text; pings are answered meanwhile. May be given up and asked again.
    pub async fn hear(&mut self) -> Result<BytesMut> {
        loop {
            match self.reader.frame().await? {
                (1, text) => return Ok(text),
                (9, _) => self.writer.frame(0x8a, b"").await?,
                (8, _) => return Err(Error::other("closed")),
                _ => {}
            }
        }
    }

    /// The next text with these words in it.
    pub async fn hear_of(&mut self, words: &str) -> Result<BytesMut> {
        loop {
            let text = self.hear().await?;
            if find(&text, words.as_bytes()).is_some() {
                return Ok(text);
            }
        }
    }

    pub fn split(self) -> (Reader, Writer) {
        (self.reader, self.writer)
    }
}

impl Reader {
    /// The next frame: its kind and what it holds.
    pub async fn frame(&mut self) -> Result<(u8, BytesMut)> {
        loop {
            if let Some(frame) = self.whole() {
                return Ok(frame);
            }
            if self.read.read_buf(&mut self.came).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn whole(&mut self) -> Option<(u8, BytesMut)> {
        let (kind, short) = (self.came.first()? & 0x0f, usize::from(*self.came.get(1)? & 0x7f));
        let (head, length) = match short {
            126 => (4, usize::from(u16::from_be_bytes([*self.came.get(2)?, *self.came.get(3)?]))),
            127 => (10, usize::try_from(u64::from_be_bytes(self.came.get(2..10)?.try_into().ok()?)).ok()?),
            short => (2, short),
        };
        if self.came.len() < head + length {
            return None;
        }
        self.came.advance(head);
        Some((kind, self.came.split_to(length)))
    }
}

impl Writer {
    pub async fn say(&mut self, text: &str) -> Result<()> {
        self.frame(0x81, text.as_bytes()).await
    }

    async fn frame(&mut self, kind: u8, bytes: &[u8]) -> Result<()> {
        let mut frame = vec![kind];
        match bytes.len() {
            short @ ..126 => frame.push(0x80 | short as u8),
            long @ ..65_536 => {
                frame.push(0x80 | 126);
                frame.extend((long as u16).to_be_bytes());
            }
            longest => {
                frame.push(0x80 | 127);
                frame.extend((longest as u64).to_be_bytes());
            }
        }
        // A mask of zeros is a mask.
        frame.extend([0; 4]);
        frame.extend(bytes);
        self.0.write_all(&frame).await
    }
}

/// Where `words` stand in `bytes`.
pub fn find(bytes: &[u8], words: &[u8]) -> Option<usize> {
    bytes.windows(words.len()).position(|here| here == words)
}

fn refused(came: &[u8]) -> Error {
    Error::other(format!("not opened: {}", String::from_utf8_lossy(came).lines().next().unwrap_or("nothing came")))
}
