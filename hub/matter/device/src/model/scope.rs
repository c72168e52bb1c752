//! What a behaviour sees and changes: the clusters of its endpoint, at one moment.

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, EndpointId, EventId, EventPriority, Value};

use super::{Change, Clusters, Emission, Ledger, Origin, Output, Reaction, fields};

/// One cluster's view of its endpoint.
#[derive(Debug)]
pub struct Scope<'a> {
    endpoint: EndpointId,
    cluster: ClusterId,
    now: Duration,
    origin: Origin,
    clusters: &'a mut Clusters,
    ledger: &'a mut Ledger,
}

impl<'a> Scope<'a> {
    pub(super) const fn new(
        endpoint: EndpointId,
        cluster: ClusterId,
        now: Duration,
        origin: Origin,
        clusters: &'a mut Clusters,
        ledger: &'a mut Ledger,
    ) -> Self {
        Self {
            endpoint,
            cluster,
            now,
            origin,
            clusters,
            ledger,
        }
    }

    /// The endpoint.
    #[must_use]
    pub const fn endpoint(&self) -> EndpointId {
        self.endpoint
    }

    /// The node's uptime.
    #[must_use]
    pub const fn now(&self) -> Duration {
        self.now
    }

    /// What led here.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The features of the own cluster.
    #[must_use]
    pub fn features(&self) -> u32 {
        self.features_of(self.cluster.0)
    }

    /// The features of a cluster of the endpoint; none when it is not there.
    #[must_use]
    pub fn features_of(&self, cluster: u32) -> u32 {
        self.clusters
            .get(&ClusterId(cluster))
            .map_or(0, |live| live.cluster.features)
    }

    /// The value of an attribute of the own cluster.
    #[must_use]
    pub fn get(&self, attribute: u32) -> Option<&Value> {
        self.get_of(self.cluster.0, attribute)
    }

    /// The value of an attribute of the endpoint.
    #[must_use]
    pub fn get_of(&self, cluster: u32, attribute: u32) -> Option<&Value> {
        let live = self.clusters.get(&ClusterId(cluster))?;
        Some(&live.cluster.attributes.get(&AttributeId(attribute))?.value)
    }

    /// An unsigned attribute of the own cluster; none when null or not there.
    #[must_use]
    pub fn uint(&self, attribute: u32) -> Option<u64> {
        self.get(attribute)?.as_u64()
    }

    /// An unsigned attribute of the endpoint.
    #[must_use]
    pub fn uint_of(&self, cluster: u32, attribute: u32) -> Option<u64> {
        self.get_of(cluster, attribute)?.as_u64()
    }

    /// A signed attribute of the own cluster.
    #[must_use]
    pub fn int(&self, attribute: u32) -> Option<i64> {
        self.get(attribute)?.as_i64()
    }

    /// A truth value of the endpoint.
    #[must_use]
    pub fn bool_of(&self, cluster: u32, attribute: u32) -> Option<bool> {
        self.get_of(cluster, attribute)?.as_bool()
    }

    /// Sets an attribute of the own cluster; nothing happens where the cluster does not have it,
    /// or it has this value already.
    pub fn set(&mut self, attribute: u32, value: impl Into<Value>) {
        self.set_of(self.cluster.0, attribute, value);
    }

    /// Sets an attribute of the own cluster to an unsigned number.
    pub fn set_uint(&mut self, attribute: u32, value: u64) {
        self.set(attribute, Value::Uint(value));
    }

    /// Sets an attribute of the endpoint.
    pub fn set_of(&mut self, cluster: u32, attribute: u32, value: impl Into<Value>) {
        self.record(
            Some(self.cluster),
            ClusterId(cluster),
            AttributeId(attribute),
            value.into(),
        );
    }

    /// Sets an attribute and tells all but the behaviour of cluster `by`.
    pub(super) fn record(
        &mut self,
        by: Option<ClusterId>,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
    ) {
        let place = self
            .clusters
            .get_mut(&cluster)
            .and_then(|live| live.cluster.attributes.get_mut(&attribute));
        let Some(place) = place.filter(|place| place.value != value) else {
            return;
        };
        place.value = value.clone();
        self.ledger.outputs.push_back(Output::Changed(Change {
            endpoint: self.endpoint,
            cluster,
            attribute,
            value,
            origin: self.origin,
        }));
        self.ledger.reactions.push_back(Reaction {
            endpoint: self.endpoint,
            cluster,
            attribute,
            by,
        });
    }

    /// Emits an event of the own cluster, if it lists it.
    pub fn emit(
        &mut self,
        event: u32,
        priority: EventPriority,
        members: impl IntoIterator<Item = (u32, Value)>,
    ) {
        let event = EventId(event);
        let lists = self
            .clusters
            .get(&self.cluster)
            .is_some_and(|live| live.cluster.events.contains(&event));
        if lists {
            self.ledger.outputs.push_back(Output::Emitted(Emission {
                endpoint: self.endpoint,
                cluster: self.cluster,
                event,
                priority,
                fields: fields(members),
            }));
        }
    }

    /// The clusters of the endpoint.
    pub(crate) fn cluster_ids(&self) -> Vec<ClusterId> {
        self.clusters.keys().copied().collect()
    }

    /// Each attribute of a cluster of the endpoint.
    pub(crate) fn attributes_of(
        &self,
        cluster: u32,
    ) -> impl Iterator<Item = (AttributeId, &Value)> {
        self.clusters
            .get(&ClusterId(cluster))
            .into_iter()
            .flat_map(|live| {
                live.cluster
                    .attributes
                    .iter()
                    .map(|(id, a)| (*id, &a.value))
            })
    }
}
