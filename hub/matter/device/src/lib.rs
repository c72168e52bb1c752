//! The device side of Matter: a node made of data, over rs-matter.
//!
//! A [`Device`] says what a node is: its endpoints, clusters, attributes, commands and events, as
//! values of the home's model. A [`Host`] runs any number of them in one process, each a genuine
//! Matter node (PASE, CASE, attestation, subscriptions, events) on its own port, and answers
//! mDNS for all of them. A [`DeviceHandle`] changes a running node; a [`Behaviour`] decides what
//! a controller's commands and writes do.
//!
//! The data and all behaviour ([`model`], [`behaviour`]) are pure: time comes in as the node's
//! uptime. Sockets, the thread and rs-matter itself are behind [`host`].
//!
//! Not here: what devices exist and how they live (the virtual home, the outgoing bridge).
//!
//! Spec: Matter 1.6 Core §7 (data model), §8 (interaction model), §9 (system clusters).

pub mod behaviour;
pub mod conformance;
mod descriptor;
mod device;
mod error;
mod handle;
mod handler;
pub mod host;
mod kept;
mod mdns;
pub mod model;
mod node;
mod pairing;
mod shape;
mod sockets;
mod store;
mod template;
mod tlv;

pub use behaviour::{Behaviour, Call, Reply, Scope, Status};
pub use device::{Attribute, Cluster, Command, Device, DeviceType, Endpoint, Observer, Privilege};
pub use error::DeviceError;
pub use handle::DeviceHandle;
pub use host::{Host, HostConfig, Interfaces};
pub use model::{Change, Origin};
pub use pairing::SetupCodes;
pub use template::attribute;
