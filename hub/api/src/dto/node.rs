//! A node with all that is known of it.

use hub_engine::{DeviceEvent, NodeView};
use hub_model::{AttributeId, CertificateInfo, ClusterId, DeviceTypeId, EndpointId, EventPriority};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Attribute, Device, DeviceType, Node, ms};
use crate::words;

/// The nodes of the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Nodes {
    /// The nodes, by id.
    pub nodes: Vec<Node>,
}

/// A node with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeDetail {
    /// The node.
    #[serde(flatten)]
    pub node: Node,
    /// The address that answered last.
    pub address: Option<String>,
    /// The longest time between two signs of life, in seconds.
    pub max_interval_s: Option<u32>,
    /// How its attestation was judged.
    pub attestation: Option<String>,
    /// What it is divided into.
    pub devices: Vec<Device>,
    /// Its endpoints, ascending.
    pub endpoints: Vec<EndpointDetail>,
    /// Its last events, oldest first.
    pub events: Vec<EventRecord>,
    /// Its certificates, leaf first.
    pub certificates: Vec<Certificate>,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndpointDetail {
    /// Its number.
    pub id: u16,
    /// Its device types.
    pub types: Vec<DeviceType>,
    /// Its clusters, ascending.
    pub clusters: Vec<ClusterDetail>,
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClusterDetail {
    /// Its id: `0x0006`.
    pub id: String,
    /// Its name: `OnOff`.
    pub name: String,
    /// Its attributes, ascending.
    pub attributes: Vec<Attribute>,
}

/// An event of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventRecord {
    /// Where, by number.
    pub path: String,
    /// What, by name.
    pub name: String,
    /// Its number at the node.
    pub number: u64,
    /// `debug`, `info` or `critical`.
    pub priority: String,
    /// When it happened.
    pub happened_at_ms: i64,
    /// Its fields.
    pub fields: serde_json::Value,
    /// The number of its cause.
    pub cause: u64,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Certificate {
    /// Its part in the chain: `dac`, `pai`, `paa`, `cd`, `noc`, `icac`, `rcac`.
    pub role: String,
    /// The subject's distinguished name.
    pub subject: String,
    /// The issuer's distinguished name.
    pub issuer: String,
    /// The serial number in hex.
    pub serial: String,
    /// Valid from.
    pub not_before_ms: i64,
    /// Valid to; none for no expiry.
    pub not_after_ms: Option<i64>,
    /// SHA-256 of the encoded form, in hex.
    pub sha256: String,
    /// The encoded form in base64.
    pub encoded: String,
}

impl NodeDetail {
    /// All that a view tells.
    pub(crate) fn of(view: &NodeView) -> Self {
        Self {
            node: Node::of(view),
            address: view.info.address.clone(),
            max_interval_s: view.info.max_interval_s,
            attestation: view.info.attestation.clone(),
            devices: view.devices.iter().map(Device::of).collect(),
            endpoints: endpoints(view),
            events: view.events.iter().map(EventRecord::of).collect(),
            certificates: view.info.certificates.iter().map(Certificate::of).collect(),
        }
    }
}

/// The attributes by endpoint and cluster; the view has them in that order.
fn endpoints(view: &NodeView) -> Vec<EndpointDetail> {
    let by_endpoint = view
        .values
        .chunk_by(|a, b| a.path.endpoint == b.path.endpoint);
    by_endpoint
        .filter_map(|values| {
            let endpoint = values.first()?.path.endpoint;
            let by_cluster = values.chunk_by(|a, b| a.path.cluster == b.path.cluster);
            Some(EndpointDetail {
                id: endpoint.0,
                types: types(view, endpoint),
                clusters: by_cluster
                    .filter_map(|values| {
                        let cluster = values.first()?.path.cluster;
                        Some(ClusterDetail {
                            id: cluster.to_string(),
                            name: words::cluster(cluster),
                            attributes: values.iter().map(Attribute::of).collect(),
                        })
                    })
                    .collect(),
            })
        })
        .collect()
}

/// Matter 1.6 Core §9.5.6.1: DeviceTypeList, whose entries hold the type in field 0.
fn types(view: &NodeView, endpoint: EndpointId) -> Vec<DeviceType> {
    const DESCRIPTOR: ClusterId = ClusterId(0x001D);
    const DEVICE_TYPE_LIST: AttributeId = AttributeId(0);
    let path = hub_model::AttributePath {
        node: view.node.id,
        endpoint,
        cluster: DESCRIPTOR,
        attribute: DEVICE_TYPE_LIST,
    };
    let at = view
        .values
        .binary_search_by_key(&path, |value| value.path)
        .ok();
    let list = at
        .and_then(|at| view.values.get(at))
        .and_then(|view| view.value.as_list());
    let ids = list
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.field(0)?.as_u64());
    ids.filter_map(|id| u32::try_from(id).ok())
        .map(|id| DeviceType::of(DeviceTypeId(id)))
        .collect()
}

impl EventRecord {
    /// The record of an event.
    pub(crate) fn of(event: &DeviceEvent) -> Self {
        let priority = match event.priority {
            EventPriority::Debug => "debug",
            EventPriority::Info => "info",
            EventPriority::Critical => "critical",
        };
        Self {
            path: event.path.to_string(),
            name: words::event(&event.path),
            number: event.number,
            priority: priority.into(),
            happened_at_ms: ms(event.happened_at),
            fields: words::event_json(&event.path, &event.fields),
            cause: event.cause.0,
        }
    }
}

impl Certificate {
    fn of(info: &CertificateInfo) -> Self {
        let role = serde_json::to_value(info.role).ok();
        Self {
            role: role
                .and_then(|role| role.as_str().map(Into::into))
                .unwrap_or_default(),
            subject: info.subject.clone(),
            issuer: info.issuer.clone(),
            serial: info.serial.clone(),
            not_before_ms: ms(info.not_before),
            not_after_ms: info.not_after.map(ms),
            sha256: info.sha256.clone(),
            encoded: info.encoded.clone(),
        }
    }
}
