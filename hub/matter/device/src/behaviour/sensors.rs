//! The events of clusters that only measure: Boolean State, Occupancy Sensing, Electrical Energy
//! Measurement, and the reachability of a bridged device.
//! Matter 1.6 Application Clusters §1.8, §2.7, §2.12; Core §9.13.

use hub_model::{AttributeId, ClusterId};

use super::{Behaviour, CRITICAL, INFO, Scope};

/// The clusters that have such an event.
pub(super) const BOOLEAN_STATE: u32 = 0x0045;
pub(super) const OCCUPANCY: u32 = 0x0406;
pub(super) const ENERGY: u32 = 0x0091;
pub(super) const BRIDGED_INFO: u32 = 0x0039;

/// Emits one event with the new value whenever one attribute changes.
#[derive(Debug)]
pub(super) struct Tells {
    cluster: u32,
    attribute: u32,
    event: u32,
}

impl Tells {
    pub(super) const BOOLEAN_STATE: Self = Self::new(BOOLEAN_STATE, 0x0000, 0);
    pub(super) const OCCUPANCY: Self = Self::new(OCCUPANCY, 0x0000, 0);
    pub(super) const ENERGY: Self = Self::new(ENERGY, 0x0001, 0);
    pub(super) const REACHABLE: Self = Self::new(BRIDGED_INFO, 0x0011, 3);

    const fn new(cluster: u32, attribute: u32, event: u32) -> Self {
        Self {
            cluster,
            attribute,
            event,
        }
    }
}

impl Behaviour for Tells {
    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        if cluster.0 != self.cluster || attribute.0 != self.attribute {
            return;
        }
        let Some(value) = scope.get(self.attribute).cloned() else {
            return;
        };
        let priority = if self.cluster == BRIDGED_INFO {
            CRITICAL
        } else {
            INFO
        };
        scope.emit(self.event, priority, [(0, value)]);
    }
}
