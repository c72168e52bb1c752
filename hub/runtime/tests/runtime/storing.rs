//! What is acknowledged is stored; what was known is known again after a restart, as stale.

use std::time::Duration;

use hub_engine::*;
use hub_model::*;
use hub_runtime::*;

use crate::rig::*;

#[tokio::test(start_paused = true)]
async fn an_edit_is_stored_when_it_is_answered_and_can_be_undone() {
    let rig = Rig::new().await;
    let ticket = rig.submit(rename("Cottage")).await.unwrap();
    let revision = ticket.revision.unwrap();
    let console = Principal::console();
    let newest = rig.hub.revisions(&console, None, 1).await.unwrap();
    assert_eq!(newest[0].id, revision);
    assert_eq!(newest[0].revision.author, Origin::Console);
    assert_eq!(newest[0].revision.reason, "a test");
    rig.submit(Request::Undo { revision }).await.unwrap();
    assert_eq!(rig.snapshot().await.home.name(), "Home");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_refuses_fails_the_edit_and_nothing_else() {
    let rig = Rig::new().await;
    let node = rig.add_lamp().await;
    rig.store.refuse_commits(true);
    let refused = rig.submit(rename("Cottage")).await.unwrap_err();
    assert!(matches!(refused, HubError::Refused(RequestError::Store(_))));
    let mut ticket = rig.submit(toggle(node)).await.unwrap();
    let acknowledged = CommandProgress::Acknowledged { response: None };
    assert_eq!(ticket.answer().await, acknowledged);
    rig.store.refuse_commits(false);
    rig.submit(rename("Cottage")).await.unwrap();
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn values_are_written_down_in_batches_and_at_the_stop() {
    let rig = Rig::new().await;
    let node = rig.add_lamp().await;
    let stored = |home: StoredHome| home.values.first().map(|value| value.value.clone());
    tokio::time::sleep(Duration::from_secs(3)).await;
    let home = rig.store.load().await.unwrap();
    assert_eq!(stored(home), Some(Value::Bool(false)));
    let mut ticket = rig.submit(toggle(node)).await.unwrap();
    ticket.answer().await;
    let home = rig.store.load().await.unwrap();
    assert_eq!(stored(home), Some(Value::Bool(false)), "not at once");
    rig.stop().await;
    let home = rig.store.load().await.unwrap();
    assert_eq!(stored(home), Some(Value::Bool(true)), "but at the stop");
}

#[tokio::test(start_paused = true)]
async fn a_restarted_hub_knows_its_nodes_and_their_values_as_stale() {
    let rig = Rig::new().await;
    let node = rig.add_lamp().await;
    rig.stop().await;
    let gone = bridge::echo::EchoHome::default();
    let again = Rig::on(rig.store.clone(), gone).await;
    let snapshot = again.snapshot().await;
    let value = snapshot.value(&on_off(node)).unwrap();
    assert_eq!(value.quality, Quality::Stale);
    assert_eq!(snapshot.nodes[0].reachability, Reachability::Unknown);
    again.stop().await;
    let live = Rig::on(rig.store.clone(), rig.lamps.clone()).await;
    let mut client = live.subscribe().await;
    let quality = |s: &Snapshot| s.value(&on_off(node)).map(|value| value.quality);
    while quality(&client.snapshot) != Some(Quality::Known) {
        let Some(Update::Events(events)) = client.next().await else {
            panic!("events");
        };
        for event in events.iter() {
            client.snapshot.apply(event).unwrap();
        }
    }
    let ids: Vec<_> = client.snapshot.nodes.iter().map(|v| v.node.id).collect();
    assert_eq!(ids, [node], "joined again, but once in the home");
    live.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_node_leaves_no_values() {
    let rig = Rig::new().await;
    let node = rig.add_lamp().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut client = rig.subscribe().await;
    let forget = false;
    rig.submit(Request::Remove { node, forget }).await.unwrap();
    let removed = |kind: &EventKind| matches!(kind, EventKind::NodeRemoved { .. });
    while !events(&mut client).await.iter().any(removed) {}
    rig.stop().await;
    let home = rig.store.load().await.unwrap();
    assert_eq!(home.values, []);
    let left = home.objects.iter().map(|object| object.kind.as_str());
    assert!(left.into_iter().all(|kind| kind == "counter"));
}

#[tokio::test(start_paused = true)]
async fn a_home_that_cannot_be_read_is_not_started() {
    let store = MemoryStore::default();
    let revision = Revision {
        at: Timestamp(0),
        author: Origin::Hub,
        reason: String::new(),
        changes: vec![ObjectChange {
            kind: ObjectKind::ROOM,
            id: "1".to_owned(),
            before: None,
            after: Some("{}".to_owned()),
        }],
    };
    store.commit(revision).await.unwrap();
    let config = HubConfig::new(std::sync::Arc::new(store), std::sync::Arc::new(ConsoleOnly));
    let refused = start(config, &Supervisor::new()).await;
    assert!(matches!(refused, Err(StartError::Home(_))));
}
