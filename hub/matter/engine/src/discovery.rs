//! What the engine asks of DNS-SD, and what it is told.
//!
//! A commissionable device is *found* by its discriminator. A node of our fabric is *watched*
//! for its announcements, always, and *resolved*, that is asked for, while it is not where it
//! was last seen.
//!
//! Spec: Matter 1.6 Core §4.3 (discovery), §4.3.1 (commissionable), §4.3.2 (operational).

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use hub_model::{JobId, NodeId};

/// What the engine asks of the querier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discover {
    /// Ask for commissionable devices (`_matterc._udp`), until [`Self::StopFinding`]; tell each
    /// match, also those told before when they are heard again.
    Find {
        /// Names the search.
        job: JobId,
        /// What to look for.
        device: Commissionable,
    },
    /// End a search.
    StopFinding {
        /// Which.
        job: JobId,
    },
    /// Tell every announcement of this instance of `_matter._tcp` from now on; ask nothing.
    Watch {
        /// The node.
        node: NodeId,
        /// Its instance name: compressed fabric id, hyphen, node id, 16 hex digits each.
        instance: String,
    },
    /// Ask for a watched instance now, and again with growing waits, until it is heard or
    /// [`Self::StopResolving`]. Asked twice, start anew with the shortest wait.
    Resolve {
        /// The node.
        node: NodeId,
    },
    /// Ask for it no longer; go on watching.
    StopResolving {
        /// The node.
        node: NodeId,
    },
    /// Neither ask nor watch any longer.
    Unwatch {
        /// The node.
        node: NodeId,
    },
}

/// What is known of a device that waits to be commissioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commissionable {
    /// Its discriminator, whole or the upper part.
    pub discriminator: Discriminator,
    /// Its vendor, when the code says so.
    pub vendor: Option<u16>,
    /// Its product, when the code says so.
    pub product: Option<u16>,
}

/// How a setup code tells one waiting device from another. Matter 1.6 Core §5.4.2.4.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discriminator {
    /// All 12 bits, from a QR code: subtype `_L<n>`.
    Long(u16),
    /// The upper 4 bits, from a manual code: subtype `_S<n>`.
    Short(u8),
}

impl Discriminator {
    /// The subtype label to browse: `_L3840` or `_S15`.
    #[must_use]
    pub fn subtype(self) -> String {
        match self {
            Self::Long(value) => format!("_L{value}"),
            Self::Short(value) => format!("_S{value}"),
        }
    }
}

/// What the querier heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovered {
    /// A device that waits to be commissioned and matches a search.
    Commissionable {
        /// The search.
        job: JobId,
        /// Its instance name, to tell devices apart.
        instance: String,
        /// Where it is.
        at: Location,
        /// Vendor and product (`VP`), when it tells.
        vendor_product: Option<(u16, Option<u16>)>,
        /// Whether it is open for commissioning (`CM` is not 0).
        open: bool,
    },
    /// A node of our fabric.
    Operational {
        /// The node.
        node: NodeId,
        /// Where it is.
        at: Location,
        /// Whether it announced itself unasked, as a device does that just started or changed
        /// its network; false for what answers our question.
        fresh: bool,
    },
    /// A node of our fabric said goodbye.
    Gone {
        /// The node.
        node: NodeId,
    },
}

/// Where a device answers, and how patient to be with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// Its addresses, the likeliest first: link-local ones with their scope.
    pub addresses: Vec<ScopedAddr>,
    /// Its UDP port.
    pub port: u16,
    /// The pace at which it wants to be addressed.
    pub pace: Pace,
}

/// An address with the interface that a link-local one belongs to (0 for none).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopedAddr {
    /// The address.
    pub ip: IpAddr,
    /// The interface index of a link-local address.
    pub scope: u32,
}

impl ScopedAddr {
    /// The socket address with this port.
    #[must_use]
    pub const fn with_port(self, port: u16) -> SocketAddr {
        match self.ip {
            IpAddr::V4(ip) => SocketAddr::new(IpAddr::V4(ip), port),
            IpAddr::V6(ip) => SocketAddr::V6(SocketAddrV6::new(ip, port, 0, self.scope)),
        }
    }
}

/// The session parameters that a device announces. Matter 1.6 Core §4.3.4 (`SII`, `SAI`, `SAT`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Between retransmissions while it may sleep (`SII`).
    pub idle: Option<Duration>,
    /// Between retransmissions while it is awake (`SAI`).
    pub active: Option<Duration>,
    /// How long it stays awake after a message (`SAT`).
    pub active_threshold: Option<Duration>,
}
