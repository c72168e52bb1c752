//! The event stream: snapshot, deltas, resume, and clients that are slow or silent.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::fixture::{Fixture, PATIENCE};

struct Stream(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Stream {
    async fn open(fixture: &Fixture, subscribe: Value) -> Self {
        let url = format!("ws://{}/api/v1/events", fixture.bound.address);
        let (socket, _) = connect_async(url).await.unwrap();
        let mut stream = Self(socket);
        stream.say(json!({"subscribe": subscribe})).await;
        stream
    }

    async fn say(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next message that is no sign of life.
    async fn next(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next())
                .await
                .expect("silence");
            let Some(Ok(Message::Text(text))) = message else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["type"] != "alive" {
                return message;
            }
        }
    }

    /// The next change of this kind.
    async fn change(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            let changes = message["changes"].as_array().cloned().unwrap_or_default();
            if let Some(change) = changes.into_iter().find(|change| change["kind"] == kind) {
                return change;
            }
        }
    }
}

fn lamps() -> Value {
    json!({"filter": {"paths": ["*/*/OnOff.OnOff"]}})
}

#[tokio::test]
async fn a_snapshot_comes_first_and_then_what_changes() {
    let fixture = Fixture::start().await;
    let mut stream = Stream::open(&fixture, lamps()).await;
    let snapshot = stream.next().await;
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["home"]["nodes"].as_array().unwrap().len(), 2);
    let values = snapshot["values"].as_array().unwrap();
    let paths: Vec<_> = values
        .iter()
        .map(|value| value["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["0x1/1/0x0006.0x0", "0x2/1/0x0006.0x0"]);

    fixture
        .client()
        .call("POST", "/commands/0x2/1/OnOff.On", json!({}))
        .await;
    let change = stream.change("value").await;
    assert_eq!(change["path"], "0x2/1/0x0006.0x0");
    assert_eq!(change["value"], true);
}

#[tokio::test]
async fn edits_and_jobs_come_too() {
    let fixture = Fixture::start().await;
    let mut stream = Stream::open(&fixture, lamps()).await;
    stream.next().await;
    fixture
        .client()
        .call("POST", "/rooms", json!({"name": "Hall"}))
        .await;
    assert_eq!(
        stream.change("home").await["home"]["rooms"][0]["name"],
        "Hall"
    );
    fixture
        .client()
        .call("POST", "/devices", json!({"code": "MT:fail"}))
        .await;
    loop {
        let job = stream.change("job").await["job"].clone();
        if job["state"] == "failed" {
            assert_eq!(job["failure"]["code"], "untrusted-attestation");
            break;
        }
    }
}

#[tokio::test]
async fn a_client_goes_on_from_where_it_was() {
    let fixture = Fixture::start().await;
    let mut first = Stream::open(&fixture, lamps()).await;
    let snapshot = first.next().await;
    drop(first);
    fixture
        .client()
        .call(
            "POST",
            "/commands/0x1/1/OnOff.On",
            json!({"wait": "confirmed"}),
        )
        .await;

    let mut again = lamps();
    again["run"] = snapshot["run"].clone();
    again["since"] = snapshot["seq"].clone();
    let mut second = Stream::open(&fixture, again.clone()).await;
    let greeting = second.next().await;
    // The journal may be a moment behind: then a snapshot comes, which is right too.
    if greeting["type"] == "resumed" {
        assert_eq!(greeting["seq"], snapshot["seq"]);
        assert_eq!(second.change("value").await["value"], true);
        let numbers = fixture.client().get("/metrics").await.body;
        let numbers = String::from_utf8(numbers).unwrap();
        assert!(numbers.contains("\ningle_websocket_resumptions_total 1\n"));
    } else {
        assert_eq!(greeting["type"], "snapshot");
    }

    again["run"] = json!("another");
    let mut third = Stream::open(&fixture, again).await;
    assert_eq!(third.next().await["type"], "snapshot");
}

#[tokio::test]
async fn what_is_not_understood_is_a_problem_and_not_the_end() {
    let fixture = Fixture::start().await;
    let mut stream = Stream::open(&fixture, json!({"filter": {"paths": ["nowhere/1"]}})).await;
    let error = stream.next().await;
    assert_eq!(error["problem"]["type"], "urn:ingle:problem:unknown-node");
    stream.0.send(Message::text("{")).await.unwrap();
    assert_eq!(
        stream.next().await["problem"]["type"],
        "urn:ingle:problem:bad-body"
    );
    stream.0.send(Message::binary(vec![0xFF])).await.unwrap();
    assert_eq!(stream.next().await["type"], "error");
    stream.say(json!({"subscribe": lamps()})).await;
    assert_eq!(stream.next().await["type"], "snapshot");
}

#[tokio::test]
async fn clients_that_never_read_hold_nobody_up() {
    let fixture = Fixture::start().await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(Stream::open(&fixture, json!({"filter": {"fresh": true}})).await);
    }
    let client = fixture.client();
    for _ in 0..100 {
        let toggled = client
            .call("POST", "/commands/0x1/1/OnOff.Toggle", json!({}))
            .await;
        assert_eq!(toggled.status, 200);
    }
    let mut late = Stream::open(&fixture, lamps()).await;
    assert_eq!(late.next().await["type"], "snapshot");
}

#[tokio::test]
async fn a_page_of_another_site_cannot_listen() {
    let fixture = Fixture::start().await;
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example")] {
        let url = format!("ws://{}/api/v1/events", fixture.bound.address);
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        assert!(connect_async(request).await.is_err(), "{name}");
    }
    let plain = fixture.client().get("/api/v1/events").await;
    assert_eq!((plain.status, plain.problem().as_str()), (400, "bad-query"));
}
