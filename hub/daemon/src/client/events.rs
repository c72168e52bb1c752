//! The hub's event stream: a WebSocket over the local socket.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::UnixStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::ClientError;

/// What the hub tells, message by message.
pub(crate) struct Events {
    stream: WebSocketStream<UnixStream>,
}

impl Events {
    /// Opens the stream and subscribes.
    pub(super) async fn open(stream: UnixStream, subscribe: &Value) -> Result<Self, ClientError> {
        let request = "ws://localhost/api/v1/events"
            .into_client_request()
            .map_err(lost)?;
        let (mut stream, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .map_err(lost)?;
        stream
            .send(Message::text(subscribe.to_string()))
            .await
            .map_err(lost)?;
        Ok(Self { stream })
    }

    /// The next message; an error when the hub goes away.
    pub(crate) async fn next(&mut self) -> Result<Value, ClientError> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text)?),
                Some(Ok(Message::Close(_))) | None => {
                    return Err(ClientError::Lost("it closed the stream of events".into()));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(lost(error)),
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err calls")]
fn lost(error: tokio_tungstenite::tungstenite::Error) -> ClientError {
    ClientError::Lost(error.to_string())
}
