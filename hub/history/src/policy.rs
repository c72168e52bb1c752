//! What is recorded of an attribute, and for how long it is kept.

use std::time::Duration;

use hub_model::text_path::{Member, NodeRef, Part};
use hub_model::{AttributeId, AttributePath, ClusterId, NodeId, TextPath, Value};

use crate::measure::Measure;

/// What is recorded of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Whether anything is.
    pub record: bool,
    /// A number that is nearer than this to the last recorded is not recorded, in the unit in which
    /// it is shown.
    pub deadband: f64,
    /// Of what follows sooner after the last recorded, only the last is recorded, when this is over.
    pub min_interval: Duration,
    /// How long samples are kept, when not as long as all.
    pub keep: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            record: true,
            deadband: 0.0,
            min_interval: Duration::ZERO,
            keep: None,
        }
    }
}

/// A wish of the owner: what holds for the attributes that a path matches. What it does not say
/// stays as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The attributes, as `*/*/ElectricalPowerMeasurement.ActivePower`.
    pub path: TextPath,
    /// Whether they are recorded.
    pub record: Option<bool>,
    /// Their deadband.
    pub deadband: Option<f64>,
    /// Their least interval.
    pub min_interval: Option<Duration>,
    /// How long their samples are kept.
    pub keep: Option<Duration>,
}

/// Clusters that say how a node is made rather than how the home is.
const MAKE: &[u32] = &[
    0x001d, // Descriptor
    0x001e, // Binding
    0x001f, // Access Control
    0x0028, // Basic Information
    0x002b, // Localization Configuration
    0x002c, // Time Format Localization
    0x002d, // Unit Localization
    0x0030, // General Commissioning
    0x0031, // Network Commissioning
    0x0032, // Diagnostic Logs
    0x003c, // Administrator Commissioning
    0x003e, // Operational Credentials
    0x003f, // Group Key Management
    0x0040, // Fixed Label
    0x0041, // User Label
];
/// Clusters of counters that run all the time.
const DIAGNOSTICS: &[u32] = &[
    0x0033, // General Diagnostics
    0x0034, // Software Diagnostics
    0x0035, // Thread Network Diagnostics
    0x0036, // Wi-Fi Network Diagnostics
    0x0037, // Ethernet Network Diagnostics
];
/// How often diagnostics are recorded at most.
const DIAGNOSTICS_EVERY: Duration = Duration::from_secs(300);

/// The policy of an attribute without any wish.
#[must_use]
pub fn usual(path: &AttributePath) -> Policy {
    let is_global = path.attribute >= AttributeId::GENERATED_COMMAND_LIST;
    let mut policy = Policy {
        record: !is_global && !MAKE.contains(&path.cluster.0),
        ..Policy::default()
    };
    if DIAGNOSTICS.contains(&path.cluster.0) {
        policy.min_interval = DIAGNOSTICS_EVERY;
    }
    policy
}

/// The policy of an attribute. Of wishes that match, later ones overrule earlier ones. `is_named` says
/// whether a node has a name, as [`hub_model::slug`] makes it.
#[must_use]
pub fn policy(
    wishes: &[Wish],
    path: &AttributePath,
    is_named: impl Fn(NodeId, &str) -> bool,
) -> Policy {
    let mut policy = usual(path);
    for wish in wishes.iter().filter(|wish| wish.matches(path, &is_named)) {
        policy.record = wish.record.unwrap_or(policy.record);
        policy.deadband = wish.deadband.unwrap_or(policy.deadband);
        policy.min_interval = wish.min_interval.unwrap_or(policy.min_interval);
        policy.keep = wish.keep.or(policy.keep);
    }
    policy
}

impl Wish {
    fn matches(&self, path: &AttributePath, is_named: impl Fn(NodeId, &str) -> bool) -> bool {
        let node = match &self.path.node {
            NodeRef::Any => true,
            NodeRef::Id(node) => *node == path.node,
            NodeRef::Slug(slug) => is_named(path.node, slug),
        };
        let cluster = is_any_or(self.path.cluster, |id: ClusterId| id == path.cluster);
        let member = is_any_or(self.path.member, |member: Member| {
            member.attribute() == Some(path.attribute)
        });
        node && is_any_or(self.path.endpoint, |id| id == path.endpoint) && cluster && member
    }
}

fn is_any_or<T>(part: Option<Part<T>>, is: impl Fn(T) -> bool) -> bool {
    match part {
        None | Some(Part::Any) => true,
        Some(Part::This(this)) => is(this),
    }
}

/// Whether a value is so near to the last recorded that it is not worth being recorded.
#[must_use]
pub fn is_within_deadband(policy: &Policy, measure: Measure, last: &Value, value: &Value) -> bool {
    match (measure.number(last), measure.number(value)) {
        (Some(last), Some(number)) => (number - last).abs() < policy.deadband,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use hub_model::EndpointId;

    use super::*;

    fn path(cluster: u32, attribute: u32) -> AttributePath {
        AttributePath {
            node: NodeId(7),
            endpoint: EndpointId(1),
            cluster: ClusterId(cluster),
            attribute: AttributeId(attribute),
        }
    }

    fn wish(path: &str) -> Wish {
        Wish {
            path: path.parse().unwrap(),
            record: None,
            deadband: None,
            min_interval: None,
            keep: None,
        }
    }

    #[test]
    fn what_a_node_is_made_of_is_not_recorded() {
        assert!(usual(&path(6, 0)).record);
        assert!(!usual(&path(6, 0xfffd)).record);
        assert!(!usual(&path(0x1d, 0)).record);
        assert_eq!(usual(&path(0x33, 1)).min_interval, DIAGNOSTICS_EVERY);
        // Of a bridged device the basic information says whether it is reachable.
        assert!(usual(&path(0x39, 0x11)).record);
    }

    #[test]
    fn later_wishes_overrule_earlier_ones() {
        let wishes = [
            Wish {
                deadband: Some(5.0),
                keep: Some(Duration::from_secs(9)),
                ..wish("*")
            },
            Wish {
                record: Some(false),
                ..wish("*/*/OnOff")
            },
            Wish {
                record: Some(true),
                deadband: Some(1.0),
                ..wish("lamp/1/OnOff.OnOff")
            },
        ];
        let lamp = |node: NodeId, name: &str| node == NodeId(7) && name == "lamp";
        let policy_of = |path| policy(&wishes, &path, lamp);
        let keep = Some(Duration::from_secs(9));
        let wanted = Policy {
            deadband: 1.0,
            keep,
            ..Policy::default()
        };
        assert_eq!(policy_of(path(6, 0)), wanted);
        let wanted = Policy {
            record: false,
            deadband: 5.0,
            keep,
            ..Policy::default()
        };
        assert_eq!(policy_of(path(6, 0x4003)), wanted);
        let wanted = Policy {
            deadband: 5.0,
            keep,
            ..Policy::default()
        };
        assert_eq!(policy_of(path(0x402, 0)), wanted);
    }

    #[test]
    fn a_deadband_is_of_shown_numbers() {
        let policy = Policy {
            deadband: 0.5,
            ..Policy::default()
        };
        let measure = Measure::of(&crate::series::SeriesKey::Attribute(path(0x402, 0)));
        let is_near = |last, value| is_within_deadband(&policy, measure, &last, &value);
        assert!(is_near(Value::Int(2_000), Value::Int(2_049)));
        assert!(!is_near(Value::Int(2_000), Value::Int(2_050)));
        assert!(!is_near(Value::Int(2_000), Value::Null));
        let none = Policy::default();
        assert!(!is_within_deadband(
            &none,
            measure,
            &Value::Int(1),
            &Value::Int(1)
        ));
    }
}
