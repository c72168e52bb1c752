//! Identifiers of the data model, each its own type so that none is taken for another.
//!
//! `Display` prints what other Matter tools print: endpoints in decimal, all else in hex.
//! Spec: Matter 1.6 Core §7.18 (identifiers).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $format:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $format, self.0)
            }
        }
    };
}

id!(
    /// A node of this hub, unique for ever and never reused. For a Matter device it is also the
    /// operational node id on our fabric; other networks' devices take ids of the same sequence.
    NodeId(u64),
    "{:#x}"
);
id!(
    /// An endpoint of a node; 0 is the root endpoint.
    EndpointId(u16),
    "{}"
);
id!(
    /// A cluster; the upper 16 bits are the vendor prefix (0 for the specification's own).
    ClusterId(u32),
    "{:#06x}"
);
id!(
    /// An attribute of a cluster; 0xF000 and up are the global ones.
    AttributeId(u32),
    "{:#06x}"
);
id!(
    /// A command of a cluster, in either direction.
    CommandId(u32),
    "{:#04x}"
);
id!(
    /// An event of a cluster.
    EventId(u32),
    "{:#04x}"
);
id!(
    /// A field of a struct, command or event: its TLV context tag.
    FieldId(u32),
    "{}"
);
id!(
    /// A device type of an endpoint.
    DeviceTypeId(u32),
    "{:#06x}"
);
id!(
    /// A vendor, assigned by the CSA.
    VendorId(u16),
    "{:#06x}"
);
id!(
    /// A product, assigned by its vendor.
    ProductId(u16),
    "{:#06x}"
);
id!(
    /// The version of a cluster's data at the device.
    DataVersion(u32),
    "{:#010x}"
);

impl NodeId {
    /// The largest id of an operational node (Matter 1.6 Core §2.5.5).
    pub const MAX_OPERATIONAL: Self = Self(0xFFFF_FFEF_FFFF_FFFF);
}

impl AttributeId {
    /// The responses that the server sends. This and the next: Matter 1.6 Core §7.13.
    pub const GENERATED_COMMAND_LIST: Self = Self(0xFFF8);
    /// The commands that the server takes.
    pub const ACCEPTED_COMMAND_LIST: Self = Self(0xFFF9);
    /// The attributes that the server has.
    pub const ATTRIBUTE_LIST: Self = Self(0xFFFB);
    /// The features that the server has.
    pub const FEATURE_MAP: Self = Self(0xFFFC);
    /// The revision of the cluster that the server keeps.
    pub const CLUSTER_REVISION: Self = Self(0xFFFD);
}

impl EndpointId {
    /// The endpoint that describes the node itself.
    pub const ROOT: Self = Self(0);
}
