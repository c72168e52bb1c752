//! What a history in PostgreSQL costs: samples appended a second, their octets on disk, and how long it
//! takes to read a day of a busy series and to let samples go.
//!
//! `cargo run --release -p history-postgres --example throughput -- "host=… user=… dbname=…"`; it makes
//! the schema `ingle_throughput`, which is to be dropped afterwards.

#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::error::Error;

use history::sample::Sample;
use history::series::SeriesKey;
use history_postgres::{PgConfig, PgHistory};
use hub_model::{AttributeId, AttributePath, ClusterId, EndpointId, NodeId, Timestamp, Value};
use hub_runtime::Supervisor;
use recorder::{Entry, Expire, HistoryStore as _, SeriesId};
use tokio::time::Instant;

/// Series: one that changes each second, and others that together bring as much.
const SERIES: u32 = 1_000;
/// Samples of one call.
const BATCH: usize = 5_000;
/// Samples in all.
const SAMPLES: i64 = 1_000_000;
/// When they begin, in milliseconds.
const BEGIN: i64 = 1_795_000_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("say where the database is")?;
    let mut config = PgConfig::new(url);
    "ingle_throughput".clone_into(&mut config.schema);
    let store = PgHistory::new(&config, &Supervisor::new())?;
    let ids = store.enrol((0..SERIES).map(key).collect()).await?;

    let entries: Vec<_> = (0..SAMPLES).filter_map(|n| entry(&ids, n)).collect();
    let empty = store.size().await?;
    let began = Instant::now();
    for batch in entries.chunks(BATCH) {
        store.append(batch.to_vec()).await?;
    }
    let took = began.elapsed();
    println!(
        "append: {:.0} samples/s in calls of {BATCH}",
        per_second(entries.len(), took)
    );
    let again: Vec<_> = entries.iter().rev().take(200_000).cloned().collect();
    let began = Instant::now();
    for batch in again.chunks(BATCH) {
        store.append(batch.to_vec()).await?;
    }
    println!(
        "told again: {:.0} samples/s",
        per_second(again.len(), began.elapsed())
    );
    let began = Instant::now();
    for small in entries.chunks(20).take(500) {
        store.append(small.to_vec()).await?;
    }
    println!(
        "calls of 20: {:.2} ms each",
        began.elapsed().as_secs_f64() * 1e3 / 500.0
    );

    let size = store.size().await?;
    let octets = size.octets - empty.octets;
    println!(
        "{} samples, about {} octets each",
        size.samples,
        octets / size.samples.max(1)
    );

    let busy = *ids.first().ok_or("no series")?;
    let end = Timestamp::from_millis(BEGIN + 86_400_000);
    for round in 0..3 {
        let began = Instant::now();
        let day = store.read(busy, Timestamp::from_millis(BEGIN), end, usize::MAX);
        let day = day.await?.len();
        println!(
            "read {day} samples of 24 h: {:.0} ms ({round})",
            began.elapsed().as_secs_f64() * 1e3
        );
    }
    let began = Instant::now();
    for id in ids.iter().take(200) {
        store.before(*id, end).await?;
    }
    println!(
        "the one before: {:.2} ms",
        began.elapsed().as_secs_f64() * 1e3 / 200.0
    );

    let began = Instant::now();
    let what = Expire {
        before: Timestamp::from_millis(i64::MAX / 1_000),
        only: None,
        but: Vec::new(),
    };
    let mut gone = 0;
    loop {
        let went = store.expire(what.clone()).await?;
        gone += usize::try_from(went)?;
        if went == 0 {
            break;
        }
    }
    println!("expire: {:.0} samples/s", per_second(gone, began.elapsed()));
    store.close().await;
    Ok(())
}

fn key(n: u32) -> SeriesKey {
    SeriesKey::Attribute(AttributePath {
        node: NodeId((n / 10).into()),
        endpoint: EndpointId(1),
        cluster: ClusterId(0x0402),
        attribute: AttributeId(n % 10),
    })
}

/// Each second one of the busy series, and one of another.
fn entry(ids: &[SeriesId], n: i64) -> Option<Entry> {
    let (second, turn) = (n / 2, usize::try_from(n).ok()?);
    let place = match n % 2 {
        0 => 0,
        _ => 1 + (turn / 2) % (ids.len() - 1),
    };
    let sample = Sample::known(
        Timestamp::from_millis(BEGIN + second * 1_000),
        Value::Int(2_000 + n % 300),
    );
    Some(Entry {
        series: *ids.get(place)?,
        sample,
    })
}

fn per_second(samples: usize, took: std::time::Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let samples = samples as f64;
    samples / took.as_secs_f64()
}
