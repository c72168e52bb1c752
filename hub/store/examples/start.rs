//! How long a large home takes to save and to load: 1,000 nodes with 50 values each.
//!
//! `cargo run --release -p hub-store --example start`

use std::io::Write;
use std::time::Duration;

use hub_engine::{ObjectChange, ObjectKind, Revision, StoredValue};
use hub_model::{
    AttributeId, AttributePath, ClusterId, EndpointId, NodeId, Origin, Timestamp, Value,
};
use hub_runtime::{HomeStore, clock};
use hub_store::{HomeDb, HomeDbOptions};

const NODES: u64 = 1_000;
const VALUES: u32 = 50;
const STARTS: usize = 9;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let options = HomeDbOptions::new(dir.path());
    let store = HomeDb::open(&options, Timestamp::default())?;
    store.commit(nodes()).await?;
    let (saved, ()) = timed(async { store.save_values(values()).await }).await?;
    let (one, ()) = timed(async { store.save_values(vec![value(1, 1)]).await }).await?;
    store.close().await;

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let began = clock::now().mono;
        let store = HomeDb::open(&options, Timestamp::default())?;
        let opened = clock::now().mono;
        let home = store.load().await?;
        let loaded = clock::now().mono;
        assert_eq!(home.values.len(), values().len());
        starts.push((loaded - began, opened - began, loaded - opened));
        store.close().await;
    }
    starts.sort();
    let (whole, open, load) = starts.get(STARTS / 2).copied().unwrap_or_default();
    writeln!(
        std::io::stdout(),
        "{NODES} nodes, {VALUES} values each: save all {saved:?}, save one {one:?}, \
         start to loaded {whole:?} (open {open:?}, load {load:?}; median of {STARTS})"
    )?;
    Ok(())
}

async fn timed<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<(Duration, T), E> {
    let began = clock::now().mono;
    let done = work.await?;
    Ok((clock::now().mono - began, done))
}

fn nodes() -> Revision {
    let change = |node: u64| ObjectChange {
        kind: ObjectKind::NODE,
        id: format!("{node:#x}"),
        before: None,
        after: Some(format!(
            r#"{{"v":1,"name":"node {node}","room":{}}}"#,
            node % 20
        )),
    };
    Revision {
        at: Timestamp::default(),
        author: Origin::Hub,
        reason: "measure".to_owned(),
        changes: (1..=NODES).map(change).collect(),
    }
}

fn values() -> Vec<StoredValue> {
    (1..=NODES)
        .flat_map(|node| (0..VALUES).map(move |n| value(node, n)))
        .collect()
}

fn value(node: u64, n: u32) -> StoredValue {
    StoredValue {
        path: AttributePath {
            node: NodeId(node),
            endpoint: EndpointId(1),
            cluster: ClusterId(n / 10),
            attribute: AttributeId(n % 10),
        },
        value: match n % 5 {
            0 => Value::Bool(true),
            1 => Value::text("living room"),
            2 => Value::structure([(0, Value::Uint(22)), (1, Value::Uint(1))]),
            _ => Value::Uint(u64::from(n) * 100),
        },
        reported_at: Timestamp(1),
        received_at: Timestamp(2),
    }
}
