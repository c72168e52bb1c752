//! What the sequencer asks for, and the answers it takes.

use hub_model::{
    AttestationPolicy, CertificateInfo, ClusterId, CommandId, EndpointId, JobFailure, JobUpdate,
    NodeId, ProductId, Secret, VendorId,
};
use matter_interaction::AttributePath;

/// The next piece of work for whoever drives the sequencer.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Invoke a command; answer with [`super::Commissioning::on_invoke`].
    Invoke(Invoke),
    /// Read attributes; answer with [`super::Commissioning::on_read`].
    Read(Read),
    /// Establish CASE with the node, found at its operational address; answer with
    /// [`super::Commissioning::on_case`]. Keep the PASE session until the job ends.
    EstablishCase {
        /// The node id that was issued to the device.
        node: NodeId,
    },
    /// Put the node on disk as *completing*, then call [`super::Commissioning::on_stored`].
    Persist(Box<Commissioned>),
    /// Tell this of the job; no answer.
    Update(JobUpdate),
    /// The device is ours: put it on disk as complete. The last step.
    Done(Box<Commissioned>),
    /// The job failed and the device was cleaned up as far as it could be reached. If
    /// [`Step::Persist`] was carried out, delete what it wrote. The last step.
    Failed(JobFailure),
}

/// The session that a step uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The session by passcode.
    Pase,
    /// The session by certificates.
    Case,
}

/// A command to invoke. None of them needs a timed interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    /// The session to use.
    pub over: Over,
    /// The endpoint: always the root.
    pub endpoint: EndpointId,
    /// The cluster.
    pub cluster: ClusterId,
    /// The command.
    pub command: CommandId,
    /// Its fields, an anonymous TLV structure. Secret: `AddNOC` carries the IPK.
    pub fields: Secret<Vec<u8>>,
}

/// Attributes to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The session to use.
    pub over: Over,
    /// Which ones; a device that lacks one may leave it out of its answer.
    pub attributes: Vec<AttributePath>,
}

/// Why a step has no answer of the device's application.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// It did not answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The session is gone.
    #[error("the session was lost")]
    SessionLost,
    /// It answered with a bare status where an answer was due.
    #[error("status {0:#04x}")]
    Status(u8),
    /// It answered with bytes that cannot be read.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
    /// CASE: it refused the handshake, or presented a chain that is not ours.
    #[error("handshake refused: {0}")]
    Refused(String),
}

/// A device that took our NOC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commissioned {
    /// Its node id.
    pub node: NodeId,
    /// The index that it gave our fabric.
    pub fabric_index: u8,
    /// Its vendor.
    pub vendor: VendorId,
    /// Its product.
    pub product: ProductId,
    /// How its attestation was judged, for people.
    pub attestation: String,
    /// Its certificates: DAC, PAI, PAA if known, CD, NOC, ICAC, RCAC.
    pub certificates: Vec<CertificateInfo>,
}

/// Where a device may be used, and the country whose radio rules it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regulatory {
    /// Indoors, outdoors or both.
    pub location: Location,
    /// ISO 3166-1 alpha-2; `XX` for unknown.
    pub country: [u8; 2],
}

impl Default for Regulatory {
    fn default() -> Self {
        Self {
            location: Location::Indoor,
            country: *b"XX",
        }
    }
}

/// `RegulatoryLocationTypeEnum` (Matter 1.6 Core §11.10.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// Indoors.
    Indoor,
    /// Outdoors.
    Outdoor,
    /// Both.
    IndoorOutdoor,
}

/// The local time to tell devices that have a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone {
    /// Seconds east of UTC, without daylight saving; -43,200 to 50,400.
    pub offset_s: i32,
    /// The IANA name (`Europe/Berlin`), 64 bytes at most.
    pub name: Option<String>,
}

/// How the device comes onto its operational network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// It is on it already: Ethernet, or joined by other means.
    #[default]
    OnNetwork,
}

/// What the home has configured for adding devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommissioningConfig {
    /// What to do with attestation that is not trusted.
    pub policy: AttestationPolicy,
    /// Where devices are used.
    pub regulatory: Regulatory,
    /// The local time, for devices with a clock.
    pub time_zone: Option<TimeZone>,
    /// How devices come onto their network.
    pub network: Network,
}
