//! The command line's side of the hub's local socket: HTTP over a Unix socket.

mod download;
mod error;
mod events;

use std::path::PathBuf;

use http_body_util::{BodyExt, Full};
use hub_api::Problem;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::UnixStream;

pub(crate) use download::Download;
pub(crate) use error::ClientError;
pub(crate) use events::Events;

/// Speaks to the hub whose socket this is.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    socket: PathBuf,
}

impl Client {
    /// A client of the hub with this socket; connects with each call.
    pub(crate) const fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// What is at `path`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call(Method::GET, path, None::<&Value>).await
    }

    /// Calls `path` with a JSON body.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.call(method, path, Some(body)).await
    }

    /// The hub's events, from now on.
    pub(crate) async fn events(&self, subscribe: &Value) -> Result<Events, ClientError> {
        Events::open(self.connect().await?, subscribe).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let body = body
            .map(serde_json::to_vec)
            .transpose()?
            .unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", "localhost")
            .header("x-ingle", "cli")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| ClientError::Answer(error.to_string()))?;
        let (mut sender, connection) =
            http1::handshake::<_, Full<Bytes>>(TokioIo::new(self.connect().await?)).await?;
        // The connection ends when the sender is dropped, at the end of `exchange`.
        let exchange = async move {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>((status, body))
        };
        let (answer, _) = tokio::join!(exchange, connection);
        let (status, body) = answer?;
        understand(status, &body)
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        UnixStream::connect(&self.socket)
            .await
            .map_err(|source| ClientError::Unreachable {
                socket: self.socket.clone(),
                source,
            })
    }
}

/// The body as `T`, or the problem that it tells.
fn understand<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, ClientError> {
    if status.is_success() {
        let body = if body.is_empty() { b"null" } else { body };
        return Ok(serde_json::from_slice(body)?);
    }
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Err(ClientError::Problem(Box::new(problem))),
        Err(_) => Err(ClientError::Answer(format!("HTTP status {status}"))),
    }
}

/// `text` as one segment of a URL's path or one value of its query.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded_whole() {
        assert_eq!(encode("küche/1/OnOff.*"), "k%C3%BCche%2F1%2FOnOff.%2A");
    }

    #[test]
    fn a_problem_is_told_with_its_advice() {
        let body = br#"{"type":"x","title":"no such node","status":404,"detail":"lam","advice":"did you mean lamp?"}"#;
        let error = understand::<Value>(StatusCode::NOT_FOUND, body).unwrap_err();
        assert_eq!(error.to_string(), "no such node: lam\ndid you mean lamp?");
    }

    #[test]
    fn a_strange_answer_is_an_error() {
        assert!(understand::<Value>(StatusCode::BAD_GATEWAY, b"<html>").is_err());
        assert!(understand::<Value>(StatusCode::OK, b"{").is_err());
    }
}
