//! One client's event stream, from its first word to its end.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hub_engine::{Event, Principal, Snapshot};
use hub_runtime::{Subscription, Update, clock};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tracing::debug;

use super::filter::Wanted;
use super::queue::Queue;
use crate::body::parse;
use crate::dto::{Attribute, Change, ClientMessage, Home, Job, Node, ServerMessage, Subscribe, ms};
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// How often a sign of life is sent, and asked for.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// How long a client may be silent: three signs of life.
const SILENT_FOR: Duration = Duration::from_secs(45);
/// How long one message may take to leave.
const SEND_WITHIN: Duration = Duration::from_secs(20);
/// Messages that wait for the socket; what comes while they do is coalesced in the queue.
const OUTBOX: usize = 2;

/// Serves a client until it goes, falls silent, or the hub stops.
pub(super) async fn run(api: Api, who: Principal, socket: WebSocket) {
    let (sink, stream) = socket.split();
    let (out, outbox) = mpsc::channel(OUTBOX);
    let session = Session {
        api,
        who,
        heard: Instant::now(),
        talk: None,
    };
    let api = session.api.clone();
    tokio::join!(write(api, sink, outbox), session.run(stream, out));
}

/// Moves messages to the socket; ends when the client does not take them, or nobody sends.
async fn write(
    api: Api,
    mut sink: SplitSink<WebSocket, Message>,
    mut outbox: mpsc::Receiver<Message>,
) {
    while let Some(message) = outbox.recv().await {
        match timeout(SEND_WITHIN, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                debug!("a client that does not read was dropped");
                api.counted().dropped.increment();
                return;
            }
        }
    }
    let _ = timeout(SEND_WITHIN, sink.close()).await;
}

struct Session {
    api: Api,
    who: Principal,
    /// When the client was heard last.
    heard: Instant,
    /// What it listens to, once it has subscribed.
    talk: Option<Talk>,
}

/// A subscription, with what waits to be sent of it.
struct Talk {
    wanted: Wanted,
    events: Subscription,
    queue: Queue,
    next: Next,
}

/// What the client is to get next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The snapshot that the subscription holds.
    Snapshot,
    /// A fresh snapshot: it has missed something.
    Renewal,
    /// That it goes on from this event.
    Resumed(u64),
    /// What has changed.
    Delta,
}

impl Session {
    async fn run(mut self, mut stream: SplitStream<WebSocket>, out: mpsc::Sender<Message>) {
        let stop = self.api.stop().clone();
        let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let waits = self.talk.as_ref().is_some_and(Talk::waits);
            // All are cancel safe: streams, channels and timers lose nothing when dropped.
            tokio::select! {
                () = stop.cancelled() => return,
                () = out.closed() => return,
                message = stream.next() => {
                    self.heard = Instant::now();
                    let Some(Ok(message)) = message else { return };
                    if let Some(problem) = self.hear(message).await {
                        // Waited for: whoever sends nonsense and does not read waits for itself.
                        let told = out.send(text(&ServerMessage::Error { problem }));
                        if !matches!(stop.run_until_cancelled(told).await, Some(Ok(()))) {
                            return;
                        }
                    }
                }
                update = next_update(&mut self.talk) => match update {
                    Some(update) => self.take_in(update),
                    None => return,
                },
                permit = out.reserve(), if waits => {
                    let (Ok(permit), Ok(message)) = (permit, self.say().await) else { return };
                    permit.send(message);
                }
                _ = alive.tick() => {
                    if self.heard.elapsed() > SILENT_FOR {
                        return;
                    }
                    let at_ms = ms(clock::now().wall);
                    let _ = out.try_send(text(&ServerMessage::Alive { at_ms }));
                    let _ = out.try_send(Message::Ping(Default::default()));
                }
            }
        }
    }

    /// Takes in what the client said; a problem if it cannot be done.
    async fn hear(&mut self, message: Message) -> Option<Problem> {
        let said = match message {
            Message::Text(text) => parse(text.as_bytes()),
            Message::Binary(_) => Err(Problem::new(Kind::BadBody, "messages are text")),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return None,
        };
        let ClientMessage::Subscribe(subscribe) = match said {
            Ok(said) => said,
            Err(problem) => return Some(problem),
        };
        match self.subscribe(subscribe).await {
            Ok(talk) => {
                self.talk = Some(talk);
                None
            }
            Err(problem) => Some(problem),
        }
    }

    async fn subscribe(&self, subscribe: Subscribe) -> Result<Talk, Problem> {
        let home = self.api.home(&self.who).await?;
        let wanted = Wanted::of(&subscribe.filter, &home)?;
        let events = self
            .api
            .hub()
            .subscribe(&self.who, wanted.for_engine())
            .await?;
        let seq = events.snapshot.seq;
        let mut talk = Talk {
            wanted,
            events,
            queue: Queue::after(seq),
            next: Next::Snapshot,
        };
        let since = subscribe
            .since
            .filter(|_| subscribe.run.as_deref() == Some(self.api.run()));
        if let Some(since) = since
            && let Some(missed) = self.api.journal().between(since, seq)
        {
            self.api.counted().resumed.increment();
            talk.next = Next::Resumed(since);
            talk.take_in(&missed);
        }
        Ok(talk)
    }

    fn take_in(&mut self, update: Update) {
        let Some(talk) = &mut self.talk else { return };
        match update {
            Update::Events(events) => talk.take_in(&events),
            Update::Lagged => talk.next = Next::Renewal,
        }
    }

    /// The next message for the client.
    async fn say(&mut self) -> Result<Message, Problem> {
        let Some(talk) = &mut self.talk else {
            return Err(Problem::new(Kind::Stopped, "nothing is subscribed"));
        };
        if talk.next == Next::Renewal {
            self.api.counted().renewed.increment();
            talk.events.renew().await?;
            talk.queue = Queue::after(talk.events.snapshot.seq);
        }
        let (run, at_ms) = (self.api.run().to_owned(), ms(clock::now().wall));
        let message = match std::mem::replace(&mut talk.next, Next::Delta) {
            Next::Snapshot | Next::Renewal => talk.snapshot(run, at_ms),
            Next::Resumed(seq) => ServerMessage::Resumed { run, seq, at_ms },
            Next::Delta => {
                let batch = talk.queue.take();
                let mut changes = batch.changes;
                if batch.home_changed {
                    let snapshot = self.api.snapshot(&self.who, Node::nameplate()).await?;
                    changes.push(Change::Home {
                        home: Home::of(&snapshot),
                    });
                }
                ServerMessage::Delta {
                    seq: batch.seq,
                    at_ms,
                    changes,
                }
            }
        };
        Ok(text(&message))
    }
}

impl Talk {
    /// Whether something is to be sent.
    fn waits(&self) -> bool {
        self.next != Next::Delta || !self.queue.is_empty()
    }

    fn take_in(&mut self, events: &[Event]) {
        for event in events {
            if self.wanted.wants(event) {
                self.queue.push(event);
            } else {
                self.queue.saw(event.seq);
            }
        }
        if self.queue.is_over() {
            self.next = Next::Renewal;
        }
    }

    /// The snapshot that the subscription holds, which is not needed after.
    fn snapshot(&mut self, run: String, at_ms: i64) -> ServerMessage {
        let snapshot = &mut self.events.snapshot;
        let message = ServerMessage::Snapshot {
            run,
            seq: snapshot.seq,
            at_ms,
            home: Home::of(snapshot),
            values: wanted_values(snapshot, &self.wanted),
            jobs: snapshot.jobs.iter().map(|job| Job::of(job)).collect(),
        };
        snapshot.nodes = Vec::new();
        message
    }
}

fn wanted_values(snapshot: &Snapshot, wanted: &Wanted) -> Vec<Attribute> {
    let views = snapshot.nodes.iter().flat_map(|view| &view.values);
    views
        .filter(|view| wanted.wants_attribute(&view.path))
        .map(Attribute::of)
        .collect()
}

/// The next update; waits for ever while there is none to wait for. A client that needs a fresh
/// snapshot is not listened for: what it misses is in that. Cancel safe.
async fn next_update(talk: &mut Option<Talk>) -> Option<Update> {
    match talk {
        Some(talk) if talk.next != Next::Renewal => talk.events.next().await,
        _ => std::future::pending().await,
    }
}

fn text(message: &ServerMessage) -> Message {
    // A message has text keys and finite numbers only, so it can always be written.
    Message::Text(serde_json::to_string(message).unwrap_or_default().into())
}
