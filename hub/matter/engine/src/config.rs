//! What the engine is given once, when it is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hub_model::Timestamp;
use hub_pki::{Fabric, Random};

use crate::attestation::TrustStore;
use crate::commissioning::CommissioningConfig;

/// What the engine is given once.
pub struct Config {
    /// Our fabric: the hub's own credentials, and the issuer of NOCs.
    pub fabric: Arc<Fabric>,
    /// Whom the home trusts to vouch for devices.
    pub trust: Arc<TrustStore>,
    /// What the home has configured for adding devices. A request may have a policy of its own.
    pub commissioning: CommissioningConfig,
    /// Where identifiers, nonces and jitter come from. (Session keys come from the operating
    /// system inside the cryptography crates.)
    pub random: Box<dyn Random>,
    /// When this program was built: no earlier moment is believed of a clock.
    pub built_at: Timestamp,
    /// How much at a time.
    pub limits: Limits,
}

/// How much of what at a time, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes that may be between their first handshake message and a live subscription at the
    /// same time. One that stays silent gives its place up after a second.
    pub handshakes: usize,
    /// Commissionings at the same time; further ones wait.
    pub commissionings: usize,
    /// Commands in flight to one node, each for another endpoint.
    pub commands_in_flight: usize,
    /// Commands that may wait for one node.
    pub commands_waiting: usize,
    /// The longest time between two signs of life that we ask of a node.
    pub max_interval: Duration,
    /// The longest wait between two attempts to reach a silent node.
    pub max_backoff: Duration,
    /// How long a search for a device to commission may take.
    pub find_within: Duration,
    /// How long a device that hears us, but is busy, may take to open a session by passcode: longer
    /// than the fail-safe of an attempt that was cut off, during which it answers nobody else.
    pub session_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshakes: 32,
            commissionings: 4,
            commands_in_flight: 4,
            commands_waiting: 64,
            max_interval: Duration::from_secs(60),
            max_backoff: Duration::from_secs(120),
            find_within: Duration::from_secs(30),
            session_within: Duration::from_secs(100),
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("fabric", &self.fabric)
            .field("commissioning", &self.commissioning)
            .field("built_at", &self.built_at)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
