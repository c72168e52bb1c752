//! What a conformance comes to on a given server: must the element be there, may it, or not.
//! Matter 1.6 Core §7.3.
//!
//! Choices among several elements ("one of these") are left to the caller, who sees them all: each
//! by itself is optional. Conditions that a server does not show (of device types, in prose) are
//! asked of the caller too; where the answer is not known, the element is neither demanded nor
//! refused.

use super::{Clause, Comparison, Condition, Conformance};
use crate::id::{AttributeId, CommandId, EventId};

/// What a conformance comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The element must be there.
    Mandatory,
    /// It may be there.
    Optional,
    /// It must not be there.
    Disallowed,
}

/// What is known of a server when its elements are judged. `None` is "not known".
pub trait Server {
    /// The feature map.
    fn features(&self) -> u32;
    /// The revision of the cluster or device type.
    fn revision(&self) -> u16;
    /// Whether the attribute is there.
    fn has_attribute(&self, id: AttributeId) -> Option<bool>;
    /// Whether the command is there.
    fn has_command(&self, id: CommandId) -> Option<bool>;
    /// Whether the event is there.
    fn has_event(&self, id: EventId) -> Option<bool>;
    /// The value of an attribute as a number: of an enum its number, of a bool 0 or 1.
    fn attribute_value(&self, id: AttributeId) -> Option<i64>;
    /// Whether a condition of device types holds.
    fn condition(&self, name: &str) -> Option<bool>;
}

impl Conformance {
    /// What this comes to on a server.
    #[must_use]
    pub fn evaluate(&self, server: &impl Server) -> Verdict {
        verdict(&self.clause, server).unwrap_or(Verdict::Disallowed)
    }
}

/// The verdict of a clause; none when it does not apply, so that the next one does.
fn verdict(clause: &Clause, server: &impl Server) -> Option<Verdict> {
    match clause {
        Clause::Mandatory => Some(Verdict::Mandatory),
        Clause::Disallowed => Some(Verdict::Disallowed),
        Clause::Unspecified
        | Clause::Optional
        | Clause::Provisional
        | Clause::Deprecated
        | Clause::Described => Some(Verdict::Optional),
        Clause::MandatoryIf(condition) => match holds(condition, server) {
            Some(true) => Some(Verdict::Mandatory),
            Some(false) => None,
            None => Some(Verdict::Optional),
        },
        Clause::OptionalIf(condition) => match holds(condition, server) {
            Some(false) => None,
            _ => Some(Verdict::Optional),
        },
        Clause::Otherwise(clauses) => first(clauses, server),
        Clause::Choice { of, .. } => verdict(of, server).map(|alone| match alone {
            Verdict::Mandatory => Verdict::Optional,
            other => other,
        }),
    }
}

/// The first clause that applies. A provisional one in front only says that certification waits.
fn first(clauses: &[Clause], server: &impl Server) -> Option<Verdict> {
    match clauses {
        [Clause::Provisional, _, ..] => Some(Verdict::Optional),
        clauses => clauses.iter().find_map(|clause| verdict(clause, server)),
    }
}

/// Whether a condition holds; none when that is not known.
fn holds(condition: &Condition, server: &impl Server) -> Option<bool> {
    match condition {
        Condition::Feature(mask) => Some(server.features() & mask == *mask),
        Condition::Attribute(id) => server.has_attribute(*id),
        Condition::Command(id) => server.has_command(*id),
        Condition::Event(id) => server.has_event(*id),
        Condition::Revision(least) => Some(server.revision() >= *least),
        Condition::Named(name) => server.condition(name),
        Condition::Not(of) => holds(of, server).map(|holds| !holds),
        Condition::And([a, b]) => match (holds(a, server), holds(b, server)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Condition::Or([a, b]) => match (holds(a, server), holds(b, server)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Condition::Xor([a, b]) => Some(holds(a, server)? != holds(b, server)?),
        Condition::Compare(how, [a, b]) => compare(*how, a, b, server),
        // Of a struct's fields, and of other clusters, nothing is known here.
        Condition::Field(_) | Condition::Path(_) | Condition::Number(_) | Condition::Null => None,
    }
}

fn compare(how: Comparison, a: &Condition, b: &Condition, server: &impl Server) -> Option<bool> {
    let (a, b) = (number(a, server)?, number(b, server)?);
    Some(match how {
        Comparison::Eq => a == b,
        Comparison::Ne => a != b,
        Comparison::Lt => a < b,
        Comparison::Le => a <= b,
        Comparison::Gt => a > b,
        Comparison::Ge => a >= b,
    })
}

fn number(of: &Condition, server: &impl Server) -> Option<i64> {
    match of {
        Condition::Number(n) => Some(*n),
        Condition::Attribute(id) => server.attribute_value(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{cluster_by_name, clusters};

    /// A server that has what is listed.
    #[derive(Default)]
    struct Sample {
        features: u32,
        revision: u16,
        attributes: Vec<(AttributeId, i64)>,
    }

    impl Server for Sample {
        fn features(&self) -> u32 {
            self.features
        }
        fn revision(&self) -> u16 {
            self.revision
        }
        fn has_attribute(&self, id: AttributeId) -> Option<bool> {
            Some(self.attributes.iter().any(|(of, _)| *of == id))
        }
        fn has_command(&self, _: CommandId) -> Option<bool> {
            Some(false)
        }
        fn has_event(&self, _: EventId) -> Option<bool> {
            Some(false)
        }
        fn attribute_value(&self, id: AttributeId) -> Option<i64> {
            let found = self.attributes.iter().find(|(of, _)| *of == id)?;
            Some(found.1)
        }
        fn condition(&self, _: &str) -> Option<bool> {
            None
        }
    }

    fn judge(cluster: &str, attribute: &str, server: &Sample) -> Verdict {
        let cluster = cluster_by_name(cluster).unwrap();
        let attribute = cluster.attribute_by_name(attribute).unwrap();
        attribute.conformance.evaluate(server)
    }

    fn with(features: u32) -> Sample {
        Sample {
            features,
            ..Sample::default()
        }
    }

    #[test]
    fn features_decide() {
        assert_eq!(judge("OnOff", "OnOff", &with(0)), Verdict::Mandatory);
        // LT.
        assert_eq!(judge("OnOff", "OnTime", &with(1)), Verdict::Mandatory);
        assert_eq!(judge("OnOff", "OnTime", &with(0)), Verdict::Disallowed);
        // [MEA].
        let co = "CarbonMonoxideConcentrationMeasurement";
        assert_eq!(judge(co, "Uncertainty", &with(1)), Verdict::Optional);
        assert_eq!(judge(co, "Uncertainty", &with(2)), Verdict::Disallowed);
        // !OFFONLY.
        let on = cluster_by_name("OnOff")
            .unwrap()
            .command_by_name("On")
            .unwrap();
        assert_eq!(on.conformance.evaluate(&with(0)), Verdict::Mandatory);
        assert_eq!(on.conformance.evaluate(&with(4)), Verdict::Disallowed);
    }

    #[test]
    fn values_decide() {
        let count = cluster_by_name("ColorControl").unwrap();
        let count = count.attribute_by_name("NumberOfPrimaries").unwrap().id;
        let server = |primaries| Sample {
            attributes: vec![(count, primaries)],
            ..Sample::default()
        };
        // NumberOfPrimaries > 1.
        assert_eq!(
            judge("ColorControl", "Primary2X", &server(2)),
            Verdict::Mandatory
        );
        assert_eq!(
            judge("ColorControl", "Primary2X", &server(1)),
            Verdict::Disallowed
        );
        assert_eq!(
            judge("ColorControl", "Primary2X", &with(0)),
            Verdict::Optional
        );
    }

    #[test]
    fn every_conformance_comes_to_something() {
        for cluster in clusters() {
            for features in [0, 1, 2, u32::MAX] {
                for attribute in cluster.attributes() {
                    let _ = attribute.conformance.evaluate(&with(features));
                }
                for command in cluster.commands.iter().chain(cluster.responses) {
                    let _ = command.conformance.evaluate(&with(features));
                }
            }
        }
    }
}
