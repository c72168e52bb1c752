//! What a device tells of itself before it is commissioned.

use hub_model::{ProductId, VendorId};
use matter_codec::Value;
use matter_interaction::AttributePath;

use super::command::{
    BASIC_INFORMATION, DESCRIPTOR, GENERAL_COMMISSIONING, TIME_SYNCHRONIZATION, field,
};
use super::step::{Location, Over, Read, Regulatory};

/// What was read; absent what the device left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) vendor: Option<VendorId>,
    pub(super) product: Option<ProductId>,
    /// The breadcrumb of an attempt that another commissioner left behind; zero for none.
    pub(super) breadcrumb: u64,
    fail_safe_s: Option<u16>,
    max_cumulative_s: Option<u16>,
    capability: Option<u64>,
    /// Whether it can serve PASE and its operational network at once.
    pub(super) concurrent: Option<bool>,
    time_synchronization: bool,
    time_features: u64,
}

impl Facts {
    /// The read that finds them out.
    pub(super) fn read() -> Read {
        let attributes = ATTRIBUTES.iter().map(|(cluster, attribute)| AttributePath {
            endpoint: 0,
            cluster: *cluster,
            attribute: *attribute,
        });
        Read {
            over: Over::Pase,
            attributes: attributes.collect(),
        }
    }

    /// The facts among values read.
    pub(super) fn of(values: &[(AttributePath, Value)]) -> Self {
        let mut facts = Self::default();
        for (path, value) in values {
            if path.endpoint == 0 {
                facts.take((path.cluster, path.attribute), value);
            }
        }
        facts
    }

    fn take(&mut self, path: (u32, u32), value: &Value) {
        match path {
            VENDOR_ID => self.vendor = small(value).map(VendorId),
            PRODUCT_ID => self.product = small(value).map(ProductId),
            BREADCRUMB => self.breadcrumb = number(value).unwrap_or(0),
            BASIC_COMMISSIONING_INFO => {
                self.fail_safe_s = field(value, 0).and_then(small);
                self.max_cumulative_s = field(value, 1).and_then(small);
            }
            LOCATION_CAPABILITY => self.capability = number(value),
            SUPPORTS_CONCURRENT_CONNECTION => {
                self.concurrent = match value {
                    Value::Bool(concurrent) => Some(*concurrent),
                    _ => None,
                };
            }
            SERVER_LIST => {
                let clock = Value::Uint(u64::from(TIME_SYNCHRONIZATION));
                self.time_synchronization =
                    matches!(value, Value::Array(servers) if servers.contains(&clock));
            }
            TIME_FEATURES => self.time_features = number(value).unwrap_or(0),
            _ => {}
        }
    }

    /// For how long to arm the fail-safe: the device's own proposal within 60 to 90 seconds, and
    /// no longer than it can keep at all.
    pub(super) fn fail_safe_s(&self) -> u16 {
        let proposed = self.fail_safe_s.unwrap_or(FAIL_SAFE_S.0);
        let wanted = proposed.clamp(FAIL_SAFE_S.0, FAIL_SAFE_S.1);
        match self.max_cumulative_s {
            Some(most) if most > 0 => wanted.min(most),
            _ => wanted,
        }
    }

    /// For how long the device keeps a fail-safe armed, however often it is re-armed.
    pub(super) fn max_cumulative_s(&self) -> u16 {
        match self.max_cumulative_s {
            Some(most) if most > 0 => most,
            _ => MAX_CUMULATIVE_S,
        }
    }

    /// The location to set: the home's, unless the device is made for one only.
    pub(super) fn location(&self, regulatory: Regulatory) -> Location {
        match self.capability {
            Some(0) => Location::Indoor,
            Some(1) => Location::Outdoor,
            _ => regulatory.location,
        }
    }

    /// Whether the device has a clock that can be set.
    pub(super) const fn has_clock(&self) -> bool {
        self.time_synchronization
    }

    /// Whether its clock keeps local time.
    pub(super) const fn has_time_zone(&self) -> bool {
        self.time_synchronization && self.time_features & FEATURE_TIME_ZONE != 0
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Uint(number) => Some(*number),
        _ => None,
    }
}

fn small(value: &Value) -> Option<u16> {
    number(value).and_then(|number| u16::try_from(number).ok())
}

const VENDOR_ID: (u32, u32) = (BASIC_INFORMATION, 0x02);
const PRODUCT_ID: (u32, u32) = (BASIC_INFORMATION, 0x04);
const BREADCRUMB: (u32, u32) = (GENERAL_COMMISSIONING, 0x00);
const BASIC_COMMISSIONING_INFO: (u32, u32) = (GENERAL_COMMISSIONING, 0x01);
const REGULATORY_CONFIG: (u32, u32) = (GENERAL_COMMISSIONING, 0x02);
const LOCATION_CAPABILITY: (u32, u32) = (GENERAL_COMMISSIONING, 0x03);
const SUPPORTS_CONCURRENT_CONNECTION: (u32, u32) = (GENERAL_COMMISSIONING, 0x04);
const SERVER_LIST: (u32, u32) = (DESCRIPTOR, 0x01);
const TIME_FEATURES: (u32, u32) = (TIME_SYNCHRONIZATION, 0xFFFC);
const ATTRIBUTES: [(u32, u32); 9] = [
    VENDOR_ID,
    PRODUCT_ID,
    BREADCRUMB,
    BASIC_COMMISSIONING_INFO,
    REGULATORY_CONFIG,
    LOCATION_CAPABILITY,
    SUPPORTS_CONCURRENT_CONNECTION,
    SERVER_LIST,
    TIME_FEATURES,
];

/// The fail-safe's shortest and longest first term.
const FAIL_SAFE_S: (u16, u16) = (60, 90);
/// The specification's recommendation for a device's limit (§11.10.5.4).
const MAX_CUMULATIVE_S: u16 = 900;
/// Time zone feature of time synchronization (§11.17.4).
const FEATURE_TIME_ZONE: u64 = 1;
