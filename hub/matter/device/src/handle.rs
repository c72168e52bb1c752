//! The handle of a running node.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_model::{AttributeId, ClusterId, EndpointId, Value};
use tokio::sync::{mpsc, oneshot};

use crate::device::Endpoint;
use crate::error::DeviceError;
use crate::model::Emission;
use crate::pairing::SetupCodes;

/// Changes that may wait for a node: a step of a lively home, or a scene over a large bridge.
pub(crate) const ORDERS: usize = 512;

/// What a node is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    Set {
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
    },
    Emit(Emission),
    Add {
        endpoint: Endpoint,
        done: oneshot::Sender<Result<(), DeviceError>>,
    },
    Remove {
        endpoint: EndpointId,
        done: oneshot::Sender<Vec<EndpointId>>,
    },
}

/// How many fabrics a node belongs to, as its thread last saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fabrics(Arc<AtomicUsize>);

impl Fabrics {
    pub(crate) fn set(&self, count: usize) {
        self.0.store(count, Ordering::Relaxed);
    }
}

/// Changes a running node from any thread. The node ends when its last handle is dropped.
#[derive(Clone, Debug)]
pub struct DeviceHandle {
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) fabrics: Fabrics,
    pub(crate) port: u16,
    pub(crate) codes: SetupCodes,
}

impl DeviceHandle {
    /// The UDP port that the node listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The codes to add it with.
    #[must_use]
    pub const fn codes(&self) -> &SetupCodes {
        &self.codes
    }

    /// How many fabrics it belongs to.
    #[must_use]
    pub fn fabrics(&self) -> usize {
        self.fabrics.0.load(Ordering::Relaxed)
    }

    /// Sets an attribute and tells subscribers, if the value differs. Does not wait: an unknown
    /// attribute is only logged.
    ///
    /// # Errors
    /// When the node has ended, or too many changes wait for it.
    pub fn set(
        &self,
        endpoint: EndpointId,
        cluster: ClusterId,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), DeviceError> {
        self.order(Order::Set {
            endpoint,
            cluster,
            attribute,
            value,
        })
    }

    /// Emits an event. Does not wait.
    ///
    /// # Errors
    /// When the node has ended, or too many changes wait for it.
    pub fn emit(&self, emission: Emission) -> Result<(), DeviceError> {
        self.order(Order::Emit(emission))
    }

    /// Adds an endpoint; its id must be above all that the node ever had.
    ///
    /// # Errors
    /// When the node has ended, is too busy, or the endpoint does not fit.
    pub async fn add_endpoint(&self, endpoint: Endpoint) -> Result<(), DeviceError> {
        let (done, added) = oneshot::channel();
        self.order(Order::Add { endpoint, done })?;
        added.await.map_err(|_| DeviceError::Stopped)?
    }

    /// Removes an endpoint and all that is part of it; the removed ids.
    ///
    /// # Errors
    /// When the node has ended, or is too busy.
    pub async fn remove_endpoint(
        &self,
        endpoint: EndpointId,
    ) -> Result<Vec<EndpointId>, DeviceError> {
        let (done, removed) = oneshot::channel();
        self.order(Order::Remove { endpoint, done })?;
        removed.await.map_err(|_| DeviceError::Stopped)
    }

    fn order(&self, order: Order) -> Result<(), DeviceError> {
        self.orders.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => DeviceError::Busy,
            mpsc::error::TrySendError::Closed(_) => DeviceError::Stopped,
        })
    }
}
