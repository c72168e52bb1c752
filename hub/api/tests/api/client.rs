//! A client that writes requests octet by octet, so that it can also write bad ones.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::PATIENCE;

/// A client on TCP.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The stable word of a problem.
    pub(crate) fn problem(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.replace("urn:ingle:problem:", "")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// Calls the API as its own page does.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("x-ingle", "test"), ("content-type", "application/json")];
        let body = if body == json!(null) {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, &format!("/api/v1{path}"), &headers, body.as_bytes())
            .await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    /// Sends these octets and reads the answer to its end.
    pub(crate) async fn raw(&self, octets: &[u8]) -> Answer {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            let mut answer = Vec::new();
            let (mut reader, mut writer) = stream.split();
            // The hub may answer and close before it has read all: that is no failure.
            let (_, _) = tokio::join!(writer.write_all(octets), reader.read_to_end(&mut answer));
            answer
        };
        let answer = tokio::time::timeout(PATIENCE, exchange)
            .await
            .expect("no answer");
        understand(&answer)
    }
}

fn understand(answer: &[u8]) -> Answer {
    let end = answer
        .windows(4)
        .position(|at| at == b"\r\n\r\n")
        .unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    let body = answer.get(end + 4..).unwrap_or_default();
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    Answer {
        status,
        body: if chunked {
            dechunked(body)
        } else {
            body.to_vec()
        },
        head,
    }
}

fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|at| at == b"\r\n") {
        let size = String::from_utf8_lossy(&body[..end]);
        let Ok(size @ 1..) = usize::from_str_radix(size.trim(), 16) else {
            break;
        };
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}
