//! What the specification demands of a cluster, given its features: conformance, evaluated.
//! Spec: Matter 1.6 Core §7.3.

use hub_model::spec::{Clause, Comparison, Condition};
use hub_model::{AttributeId, Value};

use crate::device::Cluster;

/// What is demanded of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Must be there.
    Mandatory,
    /// May be there.
    Optional,
    /// Must not be there.
    Disallowed,
    /// Said in words only, or depends on what the cluster itself does not tell.
    Unsaid,
}

/// What a clause demands of an element of `cluster`.
#[must_use]
pub fn demand(clause: &Clause, cluster: &Cluster) -> Demand {
    applies(clause, cluster).unwrap_or(Demand::Disallowed)
}

/// What a clause demands; nothing where its condition does not hold.
fn applies(clause: &Clause, cluster: &Cluster) -> Option<Demand> {
    match clause {
        Clause::Mandatory => Some(Demand::Mandatory),
        Clause::Optional | Clause::Provisional | Clause::Choice { .. } => Some(Demand::Optional),
        Clause::Deprecated | Clause::Disallowed => Some(Demand::Disallowed),
        Clause::Unspecified | Clause::Described => Some(Demand::Unsaid),
        Clause::MandatoryIf(condition) => when(condition, cluster, Demand::Mandatory),
        Clause::OptionalIf(condition) => when(condition, cluster, Demand::Optional),
        Clause::Otherwise(clauses) => clauses.iter().find_map(|c| applies(c, cluster)),
    }
}

fn when(condition: &Condition, cluster: &Cluster, demand: Demand) -> Option<Demand> {
    match holds(condition, cluster) {
        Some(true) => Some(demand),
        Some(false) => None,
        None => Some(Demand::Unsaid),
    }
}

/// Whether a condition holds; none where the cluster does not tell.
fn holds(condition: &Condition, cluster: &Cluster) -> Option<bool> {
    Some(match condition {
        Condition::Feature(bits) => cluster.features & bits == *bits,
        Condition::Attribute(id) => cluster.attributes.contains_key(id),
        Condition::Command(id) => cluster.commands.contains_key(id),
        Condition::Event(id) => cluster.events.contains(id),
        Condition::Revision(revision) => cluster.revision >= *revision,
        Condition::Not(of) => !holds(of, cluster)?,
        Condition::And([a, b]) => match (holds(a, cluster), holds(b, cluster)) {
            (Some(false), _) | (_, Some(false)) => false,
            (a, b) => a? && b?,
        },
        Condition::Or([a, b]) => match (holds(a, cluster), holds(b, cluster)) {
            (Some(true), _) | (_, Some(true)) => true,
            (a, b) => a? || b?,
        },
        Condition::Xor([a, b]) => holds(a, cluster)? != holds(b, cluster)?,
        Condition::Compare(how, [a, b]) => compare(*how, number(a, cluster)?, number(b, cluster)?),
        Condition::Field(_)
        | Condition::Named(_)
        | Condition::Path(_)
        | Condition::Null
        | Condition::Number(_) => return None,
    })
}

fn number(condition: &Condition, cluster: &Cluster) -> Option<i64> {
    let value = |id: &AttributeId| cluster.attributes.get(id).map(|a| &a.value);
    match condition {
        Condition::Number(n) => Some(*n),
        // A null or missing count counts nothing.
        Condition::Attribute(id) => value(id).map_or(Some(0), |v| match v {
            Value::Null => Some(0),
            other => other.as_i64(),
        }),
        _ => None,
    }
}

const fn compare(how: Comparison, a: i64, b: i64) -> bool {
    match how {
        Comparison::Eq => a == b,
        Comparison::Ne => a != b,
        Comparison::Lt => a < b,
        Comparison::Le => a <= b,
        Comparison::Gt => a > b,
        Comparison::Ge => a >= b,
    }
}
