//! An answer of any length, taken piece by piece.

use std::pin::Pin;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Client, ClientError, understand};

type Connection = Pin<Box<dyn Future<Output = hyper::Result<()>>>>;

/// An answer that comes piece by piece; what is not taken is not sent.
pub(crate) struct Download {
    body: Incoming,
    connection: Option<Connection>,
    /// The connection lives as long as this.
    _sender: SendRequest<Empty<Bytes>>,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
    lines: std::collections::VecDeque<Vec<u8>>,
}

impl Client {
    /// What is at `path`, as this media type.
    pub(crate) async fn download(
        &self,
        path: &str,
        media_type: &str,
    ) -> Result<Download, ClientError> {
        let request = Request::builder()
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, "localhost")
            .header(header::ACCEPT, media_type)
            .body(Empty::new())
            .map_err(|error| ClientError::Answer(error.to_string()))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(self.connect().await?)).await?;
        let mut connection: Option<Connection> = Some(Box::pin(connection));
        let response = along(&mut connection, sender.send_request(request)).await?;
        let status = response.status();
        let mut download = Download {
            body: response.into_body(),
            connection,
            _sender: sender,
            rest: Vec::new(),
            lines: std::collections::VecDeque::new(),
        };
        if status.is_success() {
            return Ok(download);
        }
        let mut body = Vec::new();
        while let Some(piece) = download.piece().await? {
            body.extend_from_slice(&piece);
        }
        match understand::<Value>(status, &body) {
            Err(error) => Err(error),
            Ok(_) => Err(ClientError::Answer(format!("HTTP status {status}"))),
        }
    }
}

impl Download {
    /// The next piece; none at the end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            let frame = along(&mut self.connection, self.body.frame()).await;
            match frame.transpose()? {
                None => return Ok(None),
                Some(frame) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => {}
                },
            }
        }
    }

    /// The next line as JSON; none at the end.
    pub(crate) async fn line<T: DeserializeOwned>(&mut self) -> Result<Option<T>, ClientError> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(Some(serde_json::from_slice(&line)?));
            }
            let Some(piece) = self.piece().await? else {
                return Ok(None);
            };
            for part in piece.split_inclusive(|octet| *octet == b'\n') {
                self.rest.extend_from_slice(part);
                if part.ends_with(b"\n") {
                    self.lines.push_back(std::mem::take(&mut self.rest));
                }
            }
        }
    }
}

/// Waits for something of a connection while driving it.
async fn along<T>(connection: &mut Option<Connection>, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if let Some(driven) = connection {
        // Cancel safe: both are pinned and polled again, the one here, the other with the next call.
        tokio::select! {
            done = work.as_mut() => return done,
            // How it ended, the work tells.
            _ = driven => {}
        }
        *connection = None;
    }
    work.await
}
