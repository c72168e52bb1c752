//! Words of the other hub for states, and what they are here.

use hub_model::{AttributeId, ClusterId, spec};

/// Whether a state says that nothing is known, or that the entity is gone.
pub(crate) fn is_gone(state: &str) -> bool {
    matches!(state, "" | "unavailable" | "unknown")
}

/// Whether a state means true or false; none if it means neither.
pub(crate) fn truth(state: &str) -> Option<bool> {
    let state = state.to_ascii_lowercase();
    Some(match state.as_str() {
        "on" | "true" | "yes" | "open" | "opening" | "closing" | "locked" | "home" | "detected"
        | "heat" | "cool" | "heat_cool" | "auto" | "dry" | "fan_only" => true,
        "off" | "false" | "no" | "closed" | "unlocked" | "not_home" | "clear" => false,
        _ => return None,
    })
}

/// Whether a word of the domain is on or off and nothing else.
pub(crate) fn switches(domain: &str) -> bool {
    matches!(
        domain,
        "automation"
            | "binary_sensor"
            | "calendar"
            | "fan"
            | "group"
            | "humidifier"
            | "input_boolean"
            | "light"
            | "remote"
            | "schedule"
            | "script"
            | "siren"
            | "switch"
            | "update"
    )
}

/// Whether the states of a domain are numbers where they can be.
pub(crate) fn counts(domain: &str) -> bool {
    matches!(
        domain,
        "counter" | "input_number" | "number" | "proximity" | "sensor" | "zone"
    )
}

/// The member of an attribute's enum that a state means; none when it has no such.
pub(crate) fn member(
    cluster: ClusterId,
    attribute: AttributeId,
    members: &[spec::Member],
    state: &str,
) -> Option<u16> {
    let named = |name: &str| {
        let mut members = members.iter();
        members.find(|member| plain(member.name) == name)
    };
    let state = state.trim().to_lowercase();
    let found = match theirs(cluster, attribute, &state) {
        Some(name) => named(name),
        None => named(&plain(&state)),
    };
    let found = found.or_else(|| {
        let number: u16 = state.parse().ok()?;
        members.iter().find(|member| member.value == number)
    });
    found.map(|member| member.value)
}

/// The member's name, where the other hub has a word of its own.
fn theirs(cluster: ClusterId, attribute: AttributeId, state: &str) -> Option<&'static str> {
    Some(match (cluster.0, attribute.0, state) {
        // The bolt of a lock; as a sensor that is on or off, on is not locked.
        (0x0101, 0, "unlocked" | "on") => "unlocked",
        (0x0101, 0, "off") => "locked",
        (0x0101, 0, "open") => "unlatched",
        (0x0101, 0, "locking" | "unlocking" | "opening" | "jammed") => "notfullylocked",
        (0x0101, 3, "on" | "open") => "dooropen",
        (0x0101, 3, "off" | "closed") => "doorclosed",
        (0x0101, 3, "jammed") => "doorjammed",
        (0x0201, 0x1C, "heat_cool") => "auto",
        (0x005C, 1 | 2, "on") => "critical",
        (0x005C, 1 | 2, "off") => "normal",
        (0x0081, 4, "on") => "open",
        (0x0081, 4, "off") => "closed",
        (0x0081, 4, "opening" | "closing") => "transitioning",
        _ => return None,
    })
}

/// A name without what is written in several ways.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use hub_model::spec::Shape;
    use proptest::prelude::*;

    use super::*;

    fn found(cluster: u32, attribute: u32, state: &str) -> Option<u16> {
        let (cluster, attribute) = (ClusterId(cluster), AttributeId(attribute));
        let schema = &spec::attribute(cluster, attribute).unwrap().schema;
        let Shape::Enum { members, .. } = schema.datatype.shape else {
            panic!("{schema:?}");
        };
        member(cluster, attribute, members, state)
    }

    #[test]
    fn states_are_members_of_the_attribute() {
        for (cluster, attribute, state, expected) in [
            (0x0101, 0, "locked", Some(1)),
            (0x0101, 0, "unlocked", Some(2)),
            (0x0101, 0, "jammed", Some(0)),
            (0x0101, 0, "on", Some(2)),
            (0x0101, 3, "on", Some(0)),
            (0x0201, 0x1C, "off", Some(0)),
            (0x0201, 0x1C, "heat", Some(4)),
            (0x0201, 0x1C, "cool", Some(3)),
            (0x0201, 0x1C, "heat_cool", Some(1)),
            (0x0201, 0x1C, "fan_only", Some(7)),
            (0x0201, 0x1C, "dry", Some(8)),
            (0x0202, 0, "medium", Some(2)),
            (0x005C, 1, "on", Some(2)),
            (0x005C, 2, "off", Some(0)),
            (0x0081, 4, "opening", Some(2)),
            (0x0081, 4, "closed", Some(0)),
            (0x005B, 0, "very_poor", Some(5)),
            (0x005B, 0, "3", Some(3)),
            (0x005B, 0, "9", None),
            (0x005B, 0, "splendid", None),
            (0x005B, 0, "", None),
        ] {
            assert_eq!(found(cluster, attribute, state), expected, "{state}");
        }
    }

    proptest! {
        #[test]
        fn no_word_upsets_it(state in ".*") {
            let _ = (truth(&state), found(0x0101, 0, &state), is_gone(&state));
        }
    }
}
