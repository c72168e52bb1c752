//! What clients ask and hear.

use hub_engine::*;
use hub_model::*;
use hub_runtime::*;

use crate::rig::*;

#[tokio::test(start_paused = true)]
async fn a_lamp_is_added_toggled_and_asked_why() {
    let rig = Rig::new().await;
    let node = rig.add_lamp().await;
    let mut ticket = rig.submit(toggle(node)).await.unwrap();
    let acknowledged = CommandProgress::Acknowledged { response: None };
    assert_eq!(ticket.answer().await, acknowledged);
    let confirmed = Some(CommandProgress::Confirmed);
    assert_eq!(ticket.progress.recv().await, confirmed);
    assert_eq!(ticket.progress.recv().await, None);
    let snapshot = rig.snapshot().await;
    let value = snapshot.value(&on_off(node)).unwrap();
    assert_eq!(value.value, Value::Bool(true));
    assert_eq!(value.cause, ticket.cause);
    let console = Principal::console();
    let why = rig.hub.why(&console, on_off(node)).await.unwrap();
    assert_eq!(why[0].cause.origin, Origin::Console);
    let confirmed = number(
        &rig.hub,
        "ingle_commands_total",
        &[("outcome", "confirmed")],
    );
    let acknowledged = number(
        &rig.hub,
        "ingle_commands_total",
        &[("outcome", "acknowledged")],
    );
    assert_eq!((confirmed, acknowledged), (1.0, 0.0), "each has one end");
    let told = number(&rig.hub, "ingle_events_total", &[("kind", "command")]);
    assert_eq!(told, 3.0, "sent, acknowledged, confirmed");
    let tally = rig.hub.tally(&console).await.unwrap();
    assert_eq!((tally.nodes.online, tally.jobs.done), (1, 1));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_subscription_begins_where_its_snapshot_ends() {
    let rig = Rig::new().await;
    let node = rig.add_lamp().await;
    let mut client = rig.subscribe().await;
    for _ in 0..10 {
        let mut ticket = rig.submit(toggle(node)).await.unwrap();
        ticket.answer().await;
    }
    rig.submit(rename("Cottage")).await.unwrap();
    let latest = rig.snapshot().await;
    while client.snapshot.seq < latest.seq {
        let Some(Update::Events(events)) = client.next().await else {
            panic!("events");
        };
        for event in events.iter() {
            client.snapshot.apply(event).unwrap();
        }
    }
    assert_eq!(client.snapshot, latest);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_lags_takes_a_fresh_snapshot_and_goes_on() {
    let rig = Rig::new().await;
    let mut slow = rig.subscribe().await;
    for n in 0..2000 {
        rig.submit(rename(&format!("Home {n}"))).await.unwrap();
    }
    assert_eq!(slow.next().await, Some(Update::Lagged));
    assert_eq!(
        number(&rig.hub, "ingle_subscriptions_lagged_total", &[]),
        1.0
    );
    slow.renew().await.unwrap();
    assert_eq!(slow.snapshot.home.name(), "Home 1999");
    rig.submit(rename("Cottage")).await.unwrap();
    assert_eq!(events(&mut slow).await.len(), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_lets_through_what_is_wanted() {
    let rig = Rig::new().await;
    let (one, other) = (rig.add_lamp().await, rig.add_lamp().await);
    let console = Principal::console();
    let filter = Filter::node(other);
    let mut client = rig.hub.subscribe(&console, filter).await.unwrap();
    assert_eq!(client.snapshot.nodes.len(), 1);
    for node in [one, other] {
        let mut ticket = rig.submit(toggle(node)).await.unwrap();
        ticket.answer().await;
    }
    let first = events(&mut client).await;
    assert!(first.iter().all(|kind| kind.node() == Some(other)));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_else_may_do_or_see_anything() {
    let rig = Rig::new().await;
    let eve = Principal::new(PrincipalKind::Token, "eve");
    let denied = |error: HubError| {
        assert!(matches!(error, HubError::Refused(RequestError::Denied(_))));
    };
    let filter = Filter::default;
    denied(rig.hub.snapshot(&eve, filter()).await.unwrap_err());
    denied(rig.hub.subscribe(&eve, filter()).await.unwrap_err());
    denied(rig.hub.why(&eve, on_off(NodeId(1))).await.unwrap_err());
    denied(rig.hub.revisions(&eve, None, 9).await.unwrap_err());
    denied(rig.hub.submit(eve, rename("Hers")).await.unwrap_err());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn jobs_are_answered_and_cancelled() {
    let rig = Rig::new().await;
    let mut client = rig.subscribe().await;
    let slow = rig.submit(commission("slow")).await.unwrap().job.unwrap();
    rig.submit(Request::Cancel { job: slow }).await.unwrap();
    let ask = rig.submit(commission("ask")).await.unwrap().job.unwrap();
    let mut states = std::collections::BTreeMap::new();
    loop {
        for kind in events(&mut client).await {
            if let EventKind::Job(job) = kind {
                states.insert(job.id, job.state.clone());
            }
        }
        if matches!(states.get(&ask), Some(JobState::Asking { .. })) {
            let (job, proceed) = (ask, true);
            rig.submit(Request::Answer { job, proceed }).await.unwrap();
        }
        if states.get(&ask) == Some(&JobState::Done) {
            break;
        }
    }
    let Some(JobState::Failed { failure }) = states.get(&slow) else {
        panic!("cancelled, got {states:?}");
    };
    assert_eq!(failure.code, "cancelled");
    assert_eq!(rig.snapshot().await.nodes.len(), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stopped_hub_says_so() {
    let rig = Rig::new().await;
    let mut client = rig.subscribe().await;
    rig.stop().await;
    assert_eq!(client.next().await, None);
    let console = Principal::console();
    let stopped = rig.hub.snapshot(&console, Filter::default()).await;
    assert_eq!(stopped.unwrap_err(), HubError::Stopped);
}
