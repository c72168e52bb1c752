//! Names for people, and the slugs made from them.

use std::sync::Arc;

use hub_model::NodeId;

use super::Home;
use crate::edit::EditError;

/// The longest name, in characters.
pub const NAME_MAX: usize = 64;

/// The name without space around it, if it is a good one.
pub(crate) fn checked(name: &str) -> Result<Arc<str>, EditError> {
    let name = name.trim();
    let good =
        !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    good.then(|| name.into())
        .ok_or(EditError::BadName { max: NAME_MAX })
}

/// A name that a device gave itself, cut to what is allowed; none when nothing is left.
pub(crate) fn from_device(name: &str) -> Option<Arc<str>> {
    let kept: String = name.chars().filter(|c| !c.is_control()).collect();
    let cut: String = kept.trim().chars().take(NAME_MAX).collect();
    checked(&cut).ok()
}

/// The name of a node that has none yet.
pub(crate) fn provisional(node: NodeId) -> Arc<str> {
    format!("Node {node}").into()
}

/// A slug for a node of this name that no other node has.
pub(crate) fn slug(home: &Home, node: NodeId, name: &str) -> Arc<str> {
    let base = match slugged(name) {
        base if base == NAMELESS => format!("{NAMELESS}-{:x}", node.0),
        base => base,
    };
    let free = |slug: &str| home.slugs.get(slug).is_none_or(|owner| *owner == node);
    if free(&base) {
        return base.into();
    }
    let numbered = (2_u64..).map(|n| format!("{base}-{n}"));
    let mut unused = numbered.filter(|slug| free(slug));
    unused.next().map_or_else(|| base.into(), Into::into)
}

/// The slug of a name without letters.
const NAMELESS: &str = "node";

/// A name as it stands in paths and rules, where what begins with a digit would read as a number.
fn slugged(name: &str) -> String {
    let slug = hub_model::slug(name);
    match slug.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("{NAMELESS}-{slug}"),
        false => slug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_what_a_person_would_type() {
        for (name, slug) in [
            ("Kitchen lamp", "kitchen-lamp"),
            ("  Küche / Süd  ", "kueche-sued"),
            ("3D printer", "node-3d-printer"),
            ("***", "node"),
            ("客厅灯", "客厅灯"),
        ] {
            assert_eq!(slugged(name), slug, "{name}");
        }
    }

    #[test]
    fn names_without_letters_or_too_long_are_refused() {
        for bad in ["", "   ", "a\nb", &"x".repeat(NAME_MAX + 1)] {
            assert_eq!(checked(bad), Err(EditError::BadName { max: NAME_MAX }));
        }
        assert_eq!(checked(" Lamp ").as_deref(), Ok("Lamp"));
    }

    #[test]
    fn what_a_device_calls_itself_is_cut_to_a_name() {
        assert_eq!(from_device("\u{0}\n "), None);
        assert_eq!(from_device("A\u{0}B").as_deref(), Some("AB"));
        assert_eq!(
            from_device(&"x".repeat(100)).map(|n| n.len()),
            Some(NAME_MAX)
        );
    }
}
