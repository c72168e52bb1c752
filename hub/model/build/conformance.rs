//! Conformance trees, as Rust expressions that name features by bit and elements by id.

use serde_json::Value as Json;

use crate::aspects::text;
use crate::specification::{Cluster, Element};

/// What the names of a conformance are looked up in.
#[derive(Clone, Copy, Default)]
pub(crate) struct Names<'a> {
    pub(crate) cluster: Option<&'a Cluster>,
}

impl<'a> Names<'a> {
    fn feature(self, code: &str) -> Option<u32> {
        let attributes = &self.cluster?.attributes;
        let map = attributes.iter().find(|a| a.name == "FeatureMap")?;
        let bit = map.bits.as_ref()?.iter().find(|bit| bit.name == code)?;
        1u32.checked_shl(bit.id?)
    }

    fn id(self, of: impl Fn(&'a Cluster) -> &'a [Element], name: &str) -> Option<u32> {
        of(self.cluster?).iter().find(|e| e.name == name)?.id
    }
}

pub(crate) fn conformance(words: &str, tree: &Json, names: Names<'_>) -> Result<String, String> {
    let clause = match tree {
        Json::Null => letter(words)?.to_owned(),
        tree => clause(tree, names)?,
    };
    Ok(format!(
        "&Conformance {{ text: {}, clause: {clause} }}",
        text(words)
    ))
}

fn letter(letter: &str) -> Result<&'static str, String> {
    Ok(match letter {
        "" => "Clause::Unspecified",
        "M" => "Clause::Mandatory",
        "O" => "Clause::Optional",
        "P" => "Clause::Provisional",
        "D" => "Clause::Deprecated",
        "X" => "Clause::Disallowed",
        "desc" => "Clause::Described",
        other => return Err(format!("conformance {other}")),
    })
}

fn clause(tree: &Json, names: Names<'_>) -> Result<String, String> {
    if let Some(flag) = tree.as_str() {
        return letter(flag).map(str::to_owned);
    }
    let (kind, of) = only_entry(tree)?;
    Ok(match kind {
        "mandatoryIf" => format!("Clause::MandatoryIf({})", condition(of, names)?),
        "optionalIf" => format!("Clause::OptionalIf({})", condition(of, names)?),
        "otherwise" => {
            let parts = of.as_array().ok_or("otherwise takes a list")?;
            let parts: Result<Vec<_>, _> = parts.iter().map(|part| clause(part, names)).collect();
            format!("Clause::Otherwise(&[{}])", parts?.join(", "))
        }
        "choice" => format!(
            "Clause::Choice {{ group: '{}', count: {}, or_more: {}, of: &{} }}",
            of["group"].as_str().ok_or("a choice has a group")?,
            of["count"],
            of["more"],
            clause(&of["of"], names)?
        ),
        other => return Err(format!("conformance clause {other}")),
    })
}

fn condition(tree: &Json, names: Names<'_>) -> Result<String, String> {
    let (kind, of) = only_entry(tree)?;
    let name = of.as_str().unwrap_or_default();
    let unknown = || format!("{kind} {name} is not in the cluster");
    Ok(match kind {
        "feature" => {
            format!(
                "Condition::Feature({:#x})",
                names.feature(name).ok_or_else(unknown)?
            )
        }
        "attribute" => {
            let id = names.id(|c| &c.attributes, name).ok_or_else(unknown)?;
            format!("Condition::Attribute(AttributeId({id:#x}))")
        }
        "command" => {
            let id = names.id(|c| &c.commands, name).ok_or_else(unknown)?;
            format!("Condition::Command(CommandId({id:#x}))")
        }
        "event" => {
            let id = names.id(|c| &c.events, name).ok_or_else(unknown)?;
            format!("Condition::Event(EventId({id:#x}))")
        }
        "field" => format!("Condition::Field({})", text(name)),
        "condition" | "name" => format!("Condition::Named({})", text(name)),
        "path" => format!("Condition::Path(&{of})"),
        "value" if of.is_i64() => format!("Condition::Number({of})"),
        "value" if of.is_null() => "Condition::Null".into(),
        // True is 1, as it is in a comparison.
        "value" if of.is_boolean() => {
            format!("Condition::Number({})", u8::from(of == &Json::Bool(true)))
        }
        "revision" => format!("Condition::Revision({of})"),
        "not" => format!("Condition::Not(&{})", condition(of, names)?),
        "and" | "or" | "xor" => format!("Condition::{}({})", capital(kind), pair(of, names)?),
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" => format!(
            "Condition::Compare(Comparison::{}, {})",
            capital(kind),
            pair(of, names)?
        ),
        other => return Err(format!("conformance condition {other}: {of}")),
    })
}

fn pair(of: &Json, names: Names<'_>) -> Result<String, String> {
    Ok(format!(
        "&[{}, {}]",
        condition(&of[0], names)?,
        condition(&of[1], names)?
    ))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn only_entry(tree: &Json) -> Result<(&str, &Json), String> {
    let mut entries = tree.as_object().into_iter().flatten();
    match (entries.next(), entries.next()) {
        (Some((key, of)), None) => Ok((key, of)),
        _ => Err(format!("conformance {tree}")),
    }
}
