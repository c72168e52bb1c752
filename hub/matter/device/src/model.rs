//! The live data of one node: values, versions, and the behaviour of each cluster.
//!
//! A pure state machine. Its doors: [`Model::set`] and [`Model::emit`] for the device's side,
//! [`Model::invoke`] and [`Model::write`] for controllers, [`Model::tick`] for time. After each,
//! drain [`Model::poll_output`]; then wait until [`Model::poll_timeout`] at most. Time is the
//! node's uptime.
//!
//! Spec: Matter 1.6 Core §7, §8.

mod fit;
mod output;
mod scope;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use hub_model::{AttributeId, ClusterId, CommandId, EndpointId, FieldId, Value};

use crate::behaviour::{Call, Reply, Status, standard};
use crate::descriptor::{DESCRIPTOR, PARTS_LIST, describe, lists_family, parts};
use crate::device::{Attribute, Cluster, Endpoint};
use crate::error::DeviceError;

use fit::{appended, fit};
pub use output::{Change, Emission, Origin, Output};
pub use scope::Scope;

/// The live data of a node.
#[derive(Debug, Default)]
pub struct Model {
    endpoints: BTreeMap<EndpointId, Part>,
    /// The highest endpoint id that the node ever had.
    highest: EndpointId,
    ledger: Ledger,
}

/// What happened and has not been told yet.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// To others.
    outputs: VecDeque<Output>,
    /// To the behaviours of the same endpoint.
    reactions: VecDeque<Reaction>,
}

/// A change that behaviours may answer.
#[derive(Debug)]
struct Reaction {
    endpoint: EndpointId,
    cluster: ClusterId,
    attribute: AttributeId,
    /// The cluster whose behaviour made it, and so is not asked.
    by: Option<ClusterId>,
}

/// An endpoint of the node.
#[derive(Debug)]
struct Part {
    parent: EndpointId,
    lists_family: bool,
    clusters: Clusters,
}

/// The clusters of an endpoint, with the version of each one's data.
type Clusters = BTreeMap<ClusterId, Live>;

/// A cluster with the version of its data.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) cluster: Cluster,
    pub(crate) version: u32,
}

/// A chain of behaviours that answer each other's changes ends after this many.
const MAX_REACTIONS: usize = 64;

impl Model {
    /// Adds an endpoint; its versions begin at `version`.
    ///
    /// # Errors
    /// When its id is not above all before, or its parent is not there.
    pub fn add(&mut self, mut endpoint: Endpoint, version: u32) -> Result<(), DeviceError> {
        if endpoint.id <= self.highest {
            return Err(DeviceError::EndpointReused(endpoint.id));
        }
        if endpoint.parent != EndpointId::ROOT && !self.endpoints.contains_key(&endpoint.parent) {
            return Err(DeviceError::Malformed(format!(
                "endpoint {} is part of {}, which is not there",
                endpoint.id, endpoint.parent
            )));
        }
        let descriptor = describe(&endpoint);
        endpoint.clusters.insert(DESCRIPTOR, descriptor);
        let lists_family = lists_family(&endpoint);
        let clusters = endpoint.clusters.into_iter().map(|(id, mut cluster)| {
            if cluster.behaviour.is_none() {
                cluster.behaviour = standard(id);
            }
            (id, Live { cluster, version })
        });
        self.endpoints.insert(
            endpoint.id,
            Part {
                parent: endpoint.parent,
                lists_family,
                clusters: clusters.collect(),
            },
        );
        self.highest = endpoint.id;
        self.list_parts();
        Ok(())
    }

    /// Removes an endpoint and all that is part of it; the removed ids.
    pub fn remove(&mut self, endpoint: EndpointId) -> Vec<EndpointId> {
        let mut removed = Vec::new();
        let mut next = vec![endpoint];
        while let Some(id) = next.pop() {
            if self.endpoints.remove(&id).is_some() {
                removed.push(id);
                let below = self.endpoints.iter().filter(|(_, part)| part.parent == id);
                next.extend(below.map(|(below, _)| *below));
            }
        }
        self.list_parts();
        removed
    }

    /// Brings PartsList of every endpoint up to date.
    fn list_parts(&mut self) {
        let parents: BTreeMap<_, _> = self
            .endpoints
            .iter()
            .map(|(id, part)| (*id, (part.parent, part.lists_family)))
            .collect();
        for id in parents.keys() {
            let list = parts(*id, &parents);
            // Nothing changed where the list is the same.
            let _ = self.assign(*id, DESCRIPTOR, PARTS_LIST, list);
        }
    }

    fn assign(
        &mut self,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        self.scope(endpoint, cluster, Duration::ZERO, Origin::Device)?
            .set(attribute.0, value);
        Ok(())
    }

    /// The values that are kept over a restart.
    pub fn kept(&self) -> impl Iterator<Item = (EndpointId, ClusterId, AttributeId, &Value)> {
        self.endpoints.iter().flat_map(|(endpoint, part)| {
            part.clusters.iter().flat_map(|(cluster, live)| {
                let kept = live.cluster.attributes.iter().filter(|(_, a)| a.persistent);
                kept.map(|(id, attribute)| (*endpoint, *cluster, *id, &attribute.value))
            })
        })
    }

    /// Puts a kept value back, if the attribute still is one and takes the value.
    pub fn restore(
        &mut self,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
    ) {
        let place = self
            .endpoints
            .get_mut(&endpoint)
            .and_then(|part| part.clusters.get_mut(&cluster))
            .and_then(|live| live.cluster.attributes.get_mut(&attribute))
            .filter(|attribute| attribute.persistent);
        if let Some(place) = place
            && let Ok(value) = fit(place, value)
        {
            place.value = value;
        }
    }

    /// Tells every behaviour that the node starts.
    pub fn start(&mut self, now: Duration) {
        for (endpoint, cluster) in self.addresses() {
            self.with_behaviour(
                endpoint,
                cluster,
                now,
                Origin::Device,
                |behaviour, scope| {
                    behaviour.started(scope);
                },
            );
        }
        self.react(now, Origin::Device);
    }

    /// Sets an attribute from the device's side.
    ///
    /// # Errors
    /// When there is no such attribute, or the value is of another type.
    pub fn set(
        &mut self,
        now: Duration,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        let place = self.attribute(endpoint, cluster, attribute)?;
        let value = fit(place, value)?;
        self.scope(endpoint, cluster, now, Origin::Device)?
            .record(None, cluster, attribute, value);
        self.react(now, Origin::Device);
        Ok(())
    }

    /// Emits an event from the device's side.
    ///
    /// # Errors
    /// When the cluster does not have it.
    pub fn emit(&mut self, emission: Emission) -> Result<(), Status> {
        let live = self
            .cluster(emission.endpoint, emission.cluster)
            .ok_or(Status::UnsupportedCluster)?;
        if !live.cluster.events.contains(&emission.event) {
            return Err(Status::NotFound);
        }
        self.ledger.outputs.push_back(Output::Emitted(emission));
        Ok(())
    }

    /// Carries out a controller's command.
    ///
    /// # Errors
    /// The status to answer with.
    pub fn invoke(
        &mut self,
        now: Duration,
        endpoint: EndpointId,
        cluster: ClusterId,
        call: &Call<'_>,
    ) -> Reply {
        let live = self
            .cluster(endpoint, cluster)
            .ok_or(Status::UnsupportedCluster)?;
        if !live.cluster.commands.contains_key(&call.command) {
            return Err(Status::UnsupportedCommand);
        }
        let reply = self
            .with_behaviour(
                endpoint,
                cluster,
                now,
                Origin::Controller,
                |behaviour, scope| behaviour.invoke(scope, call),
            )
            .unwrap_or(Err(Status::UnsupportedCommand));
        self.react(now, Origin::Controller);
        reply
    }

    /// Carries out a controller's write; `append` adds to a list.
    ///
    /// # Errors
    /// The status to answer with.
    pub fn write(
        &mut self,
        now: Duration,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
        append: bool,
    ) -> Result<(), Status> {
        let place = self.attribute(endpoint, cluster, attribute)?;
        if place.write.is_none() {
            return Err(Status::UnsupportedWrite);
        }
        let value = if append {
            appended(&place.value, value)?
        } else {
            value
        };
        let value = fit(place, value)?;
        let written = self.with_behaviour(
            endpoint,
            cluster,
            now,
            Origin::Controller,
            |behaviour, scope| behaviour.write(scope, attribute, value.clone()),
        );
        match written {
            Some(result) => result?,
            None => self
                .scope(endpoint, cluster, now, Origin::Controller)?
                .set(attribute.0, value),
        }
        self.react(now, Origin::Controller);
        Ok(())
    }

    /// Runs every behaviour whose time has come.
    pub fn tick(&mut self, now: Duration) {
        for (endpoint, cluster) in self.addresses() {
            self.with_behaviour(
                endpoint,
                cluster,
                now,
                Origin::Controller,
                |behaviour, scope| {
                    if behaviour.due().is_some_and(|due| due <= now) {
                        behaviour.tick(scope);
                    }
                },
            );
        }
        self.react(now, Origin::Controller);
    }

    /// The uptime at which [`Model::tick`] must be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.endpoints
            .values()
            .flat_map(|part| part.clusters.values())
            .filter_map(|live| live.cluster.behaviour.as_ref()?.due())
            .min()
    }

    /// The next thing others must be told.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.ledger.outputs.pop_front()
    }

    /// The value of an attribute.
    #[must_use]
    pub fn value(
        &self,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
    ) -> Option<&Value> {
        let live = self.cluster(endpoint, cluster)?;
        Some(&live.cluster.attributes.get(&attribute)?.value)
    }

    /// A cluster with the version of its data.
    pub(crate) fn cluster(&self, endpoint: EndpointId, cluster: ClusterId) -> Option<&Live> {
        self.endpoints.get(&endpoint)?.clusters.get(&cluster)
    }

    /// Marks the data of a cluster as changed.
    pub(crate) fn bump(&mut self, endpoint: EndpointId, cluster: ClusterId) {
        if let Some(part) = self.endpoints.get_mut(&endpoint)
            && let Some(live) = part.clusters.get_mut(&cluster)
        {
            live.version = live.version.wrapping_add(1);
        }
    }

    /// The clusters of an endpoint.
    pub(crate) fn clusters(&self, endpoint: EndpointId) -> impl Iterator<Item = &Cluster> {
        let part = self.endpoints.get(&endpoint).into_iter();
        part.flat_map(|part| part.clusters.values().map(|live| &live.cluster))
    }

    fn addresses(&self) -> Vec<(EndpointId, ClusterId)> {
        let parts = self.endpoints.iter();
        parts
            .flat_map(|(id, part)| part.clusters.keys().map(|cluster| (*id, *cluster)))
            .collect()
    }

    fn attribute(
        &self,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
    ) -> Result<&Attribute, Status> {
        let part = self
            .endpoints
            .get(&endpoint)
            .ok_or(Status::UnsupportedEndpoint)?;
        let live = part
            .clusters
            .get(&cluster)
            .ok_or(Status::UnsupportedCluster)?;
        live.cluster
            .attributes
            .get(&attribute)
            .ok_or(Status::UnsupportedAttribute)
    }

    fn scope(
        &mut self,
        endpoint: EndpointId,
        cluster: ClusterId,
        now: Duration,
        origin: Origin,
    ) -> Result<Scope<'_>, Status> {
        let part = self
            .endpoints
            .get_mut(&endpoint)
            .ok_or(Status::UnsupportedEndpoint)?;
        Ok(Scope::new(
            endpoint,
            cluster,
            now,
            origin,
            &mut part.clusters,
            &mut self.ledger,
        ))
    }

    /// Calls a cluster's behaviour, if it has one.
    fn with_behaviour<R>(
        &mut self,
        endpoint: EndpointId,
        cluster: ClusterId,
        now: Duration,
        origin: Origin,
        call: impl FnOnce(&mut dyn crate::Behaviour, &mut Scope<'_>) -> R,
    ) -> Option<R> {
        let part = self.endpoints.get_mut(&endpoint)?;
        // Taken out while it runs, as the scope borrows the whole endpoint.
        let mut behaviour = part.clusters.get_mut(&cluster)?.cluster.behaviour.take()?;
        let mut scope = self.scope(endpoint, cluster, now, origin).ok()?;
        let result = call(behaviour.as_mut(), &mut scope);
        if let Some(part) = self.endpoints.get_mut(&endpoint)
            && let Some(live) = part.clusters.get_mut(&cluster)
        {
            live.cluster.behaviour = Some(behaviour);
        }
        Some(result)
    }

    /// Lets the behaviours of an endpoint answer each change that they did not make themselves.
    fn react(&mut self, now: Duration, origin: Origin) {
        for _ in 0..MAX_REACTIONS {
            let Some(change) = self.ledger.reactions.pop_front() else {
                return;
            };
            let Some(part) = self.endpoints.get(&change.endpoint) else {
                continue;
            };
            let ids: Vec<ClusterId> = part.clusters.keys().copied().collect();
            for id in ids.into_iter().filter(|id| change.by != Some(*id)) {
                self.with_behaviour(change.endpoint, id, now, origin, |behaviour, scope| {
                    behaviour.changed(scope, change.cluster, change.attribute);
                });
            }
        }
        self.ledger.reactions.clear();
    }
}

/// The fields of an event or command, by tag.
#[must_use]
pub fn fields(members: impl IntoIterator<Item = (u32, Value)>) -> Value {
    Value::Struct(
        members
            .into_iter()
            .map(|(tag, value)| (FieldId(tag), value))
            .collect(),
    )
}

/// A response command with its fields.
pub(crate) fn response(command: u32, members: impl IntoIterator<Item = (u32, Value)>) -> Reply {
    Ok(Some((CommandId(command), fields(members))))
}

#[cfg(test)]
mod tests;
