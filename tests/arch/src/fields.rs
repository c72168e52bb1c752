//! Names of fields in the log: what is logged of a node is found under `node`, whoever logs it.
//!
//! Looks at the macros of `tracing` in the sources as text; a name that is made by a macro of our own
//! is not seen.

use crate::Tree;

/// The fixed names (CONTRIBUTING.md), each with other spellings of it.
const FIXED: &[(&str, &[&str])] = &[
    ("bridge", &["bridge_id", "bridge_name"]),
    ("node", &["node_id", "node_name", "nodeid"]),
    ("endpoint", &["endpoint_id", "ep"]),
    ("cluster", &["cluster_id"]),
    ("attribute", &["attr", "attr_id", "attribute_id"]),
    ("command", &["cmd", "cmd_id", "command_id"]),
    ("fabric", &["fabric_id", "fabric_index"]),
    ("ieee", &["eui64", "ieee_addr", "ieee_address"]),
    ("nwk", &["nwk_addr", "nwk_address", "short_addr"]),
    ("rule", &["rule_id", "rule_name"]),
    ("client", &["client_id", "client_name"]),
    ("seq", &["seq_no", "sequence", "sequence_number"]),
    (
        "elapsed_ms",
        &[
            "duration",
            "duration_ms",
            "elapsed",
            "elapsed_us",
            "took",
            "took_ms",
        ],
    ),
    ("error", &["e", "err", "source", "why"]),
];

const MACROS: &[&str] = &[
    "trace!(", "debug!(", "info!(", "warn!(", "error!(", "event!(", "span!(",
];

/// Fields of the log under another name than the fixed one.
#[must_use]
pub fn misnamed(tree: &Tree) -> Vec<String> {
    let sources = tree
        .rust("")
        .filter(|(path, _)| !path.starts_with("tests/arch/"));
    let fields = sources.flat_map(|(path, text)| {
        let fields = fields(text).into_iter();
        fields.map(move |(line, name)| (path, line, name))
    });
    fields
        .filter_map(|(path, line, name)| {
            let advice = advice(name)?;
            Some(format!("{path}:{line}: the log's field {name}: {advice}"))
        })
        .collect()
}

fn advice(name: &str) -> Option<String> {
    let fixed = FIXED.iter().find(|(_, others)| others.contains(&name));
    if let Some((fixed, _)) = fixed {
        return Some(format!("call it {fixed}"));
    }
    name.contains('.')
        .then(|| "give it a name, as in node = %self.node".to_owned())
}

/// The fields that a source logs, each with its line.
fn fields(text: &str) -> Vec<(usize, &str)> {
    let starts = MACROS.iter().flat_map(|mark| {
        let found = text.match_indices(mark);
        found.map(|(at, mark)| (at, at + mark.len()))
    });
    let mut found = Vec::new();
    for (at, inside) in starts {
        let before = text.get(..at).unwrap_or_default();
        let is_span = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let line = before.lines().next_back().unwrap_or_default();
        if line.trim_start().starts_with("//") {
            continue;
        }
        let number = before.matches('\n').count() + 1;
        for argument in arguments(text.get(inside..).unwrap_or_default()) {
            let is_text = argument.starts_with('"');
            // What follows an event's message are the message's own values.
            if is_text && !is_span {
                break;
            }
            found.extend(name(argument).map(|name| (number, name)));
        }
    }
    found
}

/// The name of the field that an argument is, if it is one.
fn name(argument: &str) -> Option<&str> {
    let shown = argument.trim_start_matches(['%', '?', '&']);
    let name = shown.split_once('=').map_or(shown, |(name, _)| name).trim();
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// The arguments of a call, up to its closing parenthesis.
fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found) = (0_usize, 0, Vec::new());
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let argument = || text.get(begin..at).unwrap_or_default().trim();
        match c {
            '"' => at = end_of_text(text, at),
            '\'' if text
                .get(at + 2..)
                .is_some_and(|rest| rest.starts_with('\'')) =>
            {
                at += 2
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            ')' => {
                found.push(argument());
                break;
            }
            ',' if depth == 0 => {
                found.push(argument());
                begin = at + 1;
            }
            _ => {}
        }
        at += text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(1, char::len_utf8);
    }
    found.retain(|argument| !argument.is_empty());
    found
}

/// Where the quote is that ends the text that begins here.
fn end_of_text(text: &str, begin: usize) -> usize {
    let mut chars = text.char_indices().skip_while(|(at, _)| *at <= begin);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        misnamed(&Tree::of(&[("x.rs", source)]))
    }

    #[test]
    fn fields_are_seen_and_nothing_else() {
        let source = "info!(target: \"x\", node = %id(a, \"b)\"), ?error,\n  elapsed_ms, \"{} err\", err = 1);\n\
                      // warn!(err, \"x\")\nlet s = info_span!(\"task\", task = name);\ndebug!(c = ',', \"x\")";
        let fields = fields(source);
        let names: Vec<_> = fields.iter().map(|(_, name)| *name).collect();
        assert_eq!(names, ["c", "node", "error", "elapsed_ms", "task"]);
        assert!(found(source).is_empty());
    }

    #[test]
    fn another_spelling_is_found_in_all_its_forms() {
        for source in [
            "warn!(%err, \"x\")",
            "tracing::error!(\n    err = ?why,\n    \"x\"\n)",
            "info!(node_id = %id, \"x\")",
            "debug!(rule_id, \"x\");",
            "info!(took_ms = 3, \"x\");",
            "info_span!(\"node\", node_id = 1)",
            "info!(%self.node, \"x\");",
        ] {
            assert_eq!(found(source).len(), 1, "{source}");
        }
        assert_eq!(
            found("fn f() {\n    info!(cmd, \"x\");\n}"),
            ["x.rs:2: the log's field cmd: call it command"]
        );
    }

    #[test]
    fn the_fixed_names_are_those_that_are_written_down() -> std::io::Result<()> {
        let tree = Tree::of_this_repository()?;
        let written = tree.text("CONTRIBUTING.md").unwrap_or_default();
        let names: Vec<_> = FIXED.iter().map(|(name, _)| *name).collect();
        assert!(written.contains(&names.join(" ")), "{}", names.join(" "));
        Ok(())
    }
}
