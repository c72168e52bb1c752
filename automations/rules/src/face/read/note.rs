//! Comments become notes: those of a table, and of all within it that takes no notes itself.

use super::super::item::{Item, Node};

/// The lists whose tables take notes themselves.
const NOTED: &[&str] = &[
    "when", "only_if", "do", "then", "else", "choose", "parallel",
];

/// The comments that are about a table.
pub(super) fn comments(table: &Node) -> Option<String> {
    let mut found = Vec::new();
    collect(table, &mut found);
    (!found.is_empty()).then(|| found.join("\n"))
}

fn collect<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    found.extend(node.comment.as_deref());
    match &node.item {
        Item::Table(entries) => {
            for (key, node) in entries {
                match NOTED.contains(&key.as_str()) {
                    true => collect_around_tables(node, found),
                    false => collect(node, found),
                }
            }
        }
        Item::List(list) => list.iter().for_each(|node| collect(node, found)),
        _ => {}
    }
    found.extend(node.comment_after.as_deref());
}

/// The comments of lists, but for those of the tables in them.
fn collect_around_tables<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    let Item::List(list) = &node.item else {
        return collect(node, found);
    };
    found.extend(node.comment.as_deref());
    let lists = list
        .iter()
        .filter(|node| !matches!(node.item, Item::Table(_)));
    lists.for_each(|node| collect_around_tables(node, found));
    found.extend(node.comment_after.as_deref());
}
