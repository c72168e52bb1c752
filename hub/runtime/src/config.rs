//! What a hub is made of.

use std::sync::Arc;
use std::time::Duration;

use bridge::BridgeSource;
use hub_engine::Authorise;

use crate::meters::Meters;
use crate::store::HomeStore;

/// What a hub is made of.
pub struct HubConfig {
    /// Where the home is kept.
    pub store: Arc<dyn HomeStore>,
    /// Who may do what.
    pub authorise: Arc<dyn Authorise>,
    /// The bridges; the first adds devices when a request names none.
    pub bridges: Vec<BridgeSource>,
    /// How long a node may be gone before it is shown as offline.
    pub grace: Duration,
    /// How often changed values are written down.
    pub flush_every: Duration,
    /// Where the hub's numbers stand; whoever is not given the hub may share them.
    pub meters: Meters,
}

impl HubConfig {
    /// A hub without bridges and the usual times.
    #[must_use]
    pub fn new(store: Arc<dyn HomeStore>, authorise: Arc<dyn Authorise>) -> Self {
        Self {
            store,
            authorise,
            bridges: Vec::new(),
            grace: Duration::from_secs(60),
            flush_every: Duration::from_secs(2),
            meters: Meters::default(),
        }
    }

    /// With this bridge too.
    #[must_use]
    pub fn with_bridge(mut self, source: BridgeSource) -> Self {
        self.bridges.push(source);
        self
    }
}

impl std::fmt::Debug for HubConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubConfig")
            .field("bridges", &self.bridges)
            .field("grace", &self.grace)
            .field("flush_every", &self.flush_every)
            .finish_non_exhaustive()
    }
}
