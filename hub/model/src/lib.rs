//! The home's model: what every other crate means by a node, a value, a report and a command.
//!
//! Matter's data model is the home's model, whatever network a device came from: a *node* has
//! *endpoints*, an endpoint has *clusters*, a cluster has *attributes*, *commands* and *events*.
//! A bridge of another network reports in the same words, so everything above is written once.
//!
//! Pure: no clock, no file, no socket, no randomness. Time comes in as [`Now`].
//!
//! Spec: Matter 1.6 Core §7 (data model), §8 (interaction model), Appendix A (TLV).

pub mod bridge_io;
pub mod cause;
pub mod command;
pub mod id;
pub mod job;
pub mod json;
pub mod nearest;
pub mod node_info;
pub mod path;
pub mod present;
pub mod report;
pub mod secret;
pub mod setup_text;
pub mod spec;
pub mod text_path;
pub mod time;
pub mod tlv;
pub mod units;
pub mod value;

#[cfg(test)]
mod testing;

pub use bridge_io::{BridgeInput, BridgeOutput, CommissionRequest};
pub use cause::{Cause, CauseId, Origin};
pub use command::{Command, CommandProgress, Operation, Refusal};
pub use id::{
    AttributeId, ClusterId, CommandId, DataVersion, DeviceTypeId, EndpointId, EventId, FieldId,
    NodeId, ProductId, VendorId,
};
pub use job::{AttestationPolicy, JobFailure, JobId, JobUpdate, Stage};
pub use node_info::{CertificateInfo, CertificateRole, NodeInfo};
pub use path::{AttributePath, AttributePattern, CommandPath, EventPath};
pub use report::{EventPriority, Report, ReportBody};
pub use secret::Secret;
pub use text_path::{TextPath, slug};
pub use time::{Now, Timestamp};
pub use value::Value;
