//! A hub of toy devices on 127.0.0.1:8480, to work on the page: `cargo run --example toy_hub DIST`
//! serves the page built in the folder DIST, anew from disk at each request.

#[path = "../tests/api/toy.rs"]
mod toy;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bridge::BridgeSource;
use hub_api::{About, ApiConfig, Asset, Assets, KeptHistory, serve};
use hub_engine::ConsoleOnly;
use hub_model::{Timestamp, Value};
use hub_runtime::{HubConfig, MemoryStore, Supervisor, start};
use recorder::{MemoryHistory, RecorderConfig, Retention};
use rule_runner::{MemoryRecorder, MemoryRunStore, RunnerConfig};
use rules::schedule::{Place, Zone};
use tokio_util::sync::CancellationToken;
use toy::{Toys, lamp, node};

/// How long each stage of adding a device takes here, to be watched.
const STAGE: Duration = Duration::from_millis(900);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dist = std::env::args()
        .nth(1)
        .ok_or("which folder is the page built in?")?;
    let supervisor = Supervisor::new();
    let awake = CancellationToken::new();
    let toys_awake = awake.clone();
    let source = BridgeSource::new("toys", move || {
        Ok(Box::new(Toys::new(home(), STAGE, toys_awake.clone())) as _)
    });
    let config = HubConfig::new(Arc::new(MemoryStore::default()), Arc::new(ConsoleOnly));
    let hub = start(config.with_bridge(source), &supervisor).await?;
    let api = ApiConfig {
        listen: ([127, 0, 0, 1], 8480).into(),
        socket: std::env::temp_dir().join("ingle-toy.sock"),
        assets: Arc::new(Folder(dist.into())),
        about: About::default(),
    };
    let rules = RunnerConfig {
        store: Arc::new(MemoryRunStore::default()),
        recorder: Arc::new(MemoryRecorder::default()),
        place: Place {
            zone: Zone::utc(),
            location: None,
        },
        past: Timestamp::default(),
    };
    let rules = rule_runner::start(rules, hub.clone(), &supervisor).await?;
    let history = RecorderConfig::new(Arc::new(MemoryHistory::default()));
    let history = KeptHistory {
        handle: recorder::start(history, hub.clone(), &supervisor).await?,
        retention: Retention::default(),
        import: Arc::new(hub_api::NoImport),
    };
    serve(api, hub, rules, Some(history), &supervisor).await?;
    awake.cancel();
    supervisor.stop_token().cancelled().await;
    Ok(())
}

fn home() -> Vec<toy::Described> {
    let uint = Value::Uint;
    let int = Value::Int;
    vec![
        lamp("Ceiling lamp"),
        lamp("Reading lamp"),
        node(
            "Kettle plug",
            0x010A,
            vec![
                (1, 0x06, 0, Value::Bool(true)),
                (1, 0x90, 8, int(1_840_000)),
            ],
        ),
        node(
            "Air sensor",
            0x0302,
            vec![(1, 0x402, 0, int(2140)), (1, 0x405, 0, uint(4550))],
        ),
        node("Window", 0x0015, vec![(1, 0x45, 0, Value::Bool(false))]),
        node("Front door", 0x000A, vec![(1, 0x101, 0, uint(1))]),
        node(
            "Blind",
            0x0202,
            vec![(1, 0x102, 0xE, uint(2500)), (1, 0x102, 0xB, uint(2500))],
        ),
        node(
            "Radiator",
            0x0301,
            vec![
                (1, 0x201, 0, int(2050)),
                (1, 0x201, 0x12, int(2200)),
                (1, 0x201, 0x1C, uint(4)),
            ],
        ),
        node(
            "Smoke alarm",
            0x0076,
            vec![(1, 0x5C, 1, uint(0)), (1, 0x5C, 2, uint(0))],
        ),
        node(
            "Fan",
            0x002B,
            vec![(1, 0x202, 2, uint(30)), (1, 0x202, 3, uint(30))],
        ),
        node(
            "Motion sensor",
            0x0107,
            vec![(1, 0x406, 0, uint(1)), (0, 0x2F, 0xC, uint(170))],
        ),
    ]
}

/// The page in a folder.
struct Folder(PathBuf);

impl Assets for Folder {
    fn get(&self, path: &str) -> Option<Asset> {
        if path.split('/').any(|part| part == "..") {
            return None;
        }
        let bytes = std::fs::read(self.0.join(path)).ok()?;
        let content_type = match path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        };
        let hash = format!("{}", bytes.len()).into();
        let bytes = Cow::Owned(bytes);
        Some(Asset {
            bytes,
            brotli: None,
            gzip: None,
            content_type,
            hash,
            immutable: false,
        })
    }

    fn hash(&self) -> Cow<'static, str> {
        "folder".into()
    }
}
