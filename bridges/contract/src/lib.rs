//! The contract that every bridge keeps.
//!
//! A bridge carries one foreign network (Matter, Zigbee, MQTT ...) into the home's model. It is
//! one task that takes [`BridgeInput`]s and tells [`BridgeOutput`]s, over two bounded channels: a
//! full one makes its sender wait, so a flood slows the network that made it and nothing else.
//!
//! What a bridge keeps over a restart goes through [`Storage`]; no bridge opens a file of its own.
//!
//! Not here: the messages themselves (`hub-model`), the engine's side (`hub-runtime`).

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "conformance")]
pub mod echo;
pub mod storage;

pub use storage::{Change, Entry, MemoryStorage, Storage, StorageError};

use async_trait::async_trait;
use hub_model::{BridgeInput, BridgeOutput};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Inputs that may wait for a bridge: enough for a scene over a large home.
pub const INPUT_CAPACITY: usize = 1024;
/// Outputs that may wait for the engine; each may be a batch of reports.
pub const OUTPUT_CAPACITY: usize = 256;

/// A bridge, ready to run.
#[async_trait]
pub trait Bridge: Send {
    /// Its stable name: in logs, in the API, and as its space in [`Storage`].
    fn name(&self) -> &'static str;

    /// Runs until `stop` is cancelled, then leaves its network politely and returns.
    ///
    /// # Errors
    /// When it cannot go on; the supervisor starts it anew with back-off.
    async fn run(
        self: Box<Self>,
        link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError>;
}

/// Where bridges of one kind come from: a fresh one at start, and after each failure.
pub struct BridgeSource {
    name: &'static str,
    make: Box<dyn FnMut() -> Result<Box<dyn Bridge>, BridgeError> + Send>,
}

impl BridgeSource {
    /// A source that makes bridges of this name.
    pub fn new(
        name: &'static str,
        make: impl FnMut() -> Result<Box<dyn Bridge>, BridgeError> + Send + 'static,
    ) -> Self {
        Self {
            name,
            make: Box::new(make),
        }
    }

    /// The name of the bridges.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A bridge, ready to run.
    ///
    /// # Errors
    /// When it cannot be made now; it is tried again later.
    pub fn make(&mut self) -> Result<Box<dyn Bridge>, BridgeError> {
        (self.make)()
    }
}

impl std::fmt::Debug for BridgeSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("BridgeSource").field(&self.name).finish()
    }
}

/// Why a bridge stopped by itself.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct BridgeError {
    /// What failed, with the next action if there is one.
    pub what: String,
    /// The underlying error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A bridge's end of its two channels.
#[derive(Debug)]
pub struct BridgeLink {
    /// What the hub asks.
    pub input: mpsc::Receiver<BridgeInput>,
    /// What the bridge tells.
    pub output: mpsc::Sender<BridgeOutput>,
}

/// The hub's end of a bridge's two channels.
#[derive(Debug)]
pub struct HubLink {
    /// What the hub asks.
    pub input: mpsc::Sender<BridgeInput>,
    /// What the bridge tells.
    pub output: mpsc::Receiver<BridgeOutput>,
}

/// The two ends of one bridge's channels.
#[must_use]
pub fn link() -> (BridgeLink, HubLink) {
    let (input_tx, input_rx) = mpsc::channel(INPUT_CAPACITY);
    let (output_tx, output_rx) = mpsc::channel(OUTPUT_CAPACITY);
    (
        BridgeLink {
            input: input_rx,
            output: output_tx,
        },
        HubLink {
            input: input_tx,
            output: output_rx,
        },
    )
}
