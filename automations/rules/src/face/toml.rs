//! TOML into the generic tree, with places and comments.
//!
//! A comment belongs to the value before it on its line, else to the next one.

use toml_edit::{
    Array, Decor, Document, InlineTable, Item as TomlItem, RawString, Table, TableLike, Value,
};

use super::item::{Item, Node};
use super::read::Located;
use crate::problem::Problem;

/// Tables within tables beyond this are refused by depth.
const DEEPEST: usize = 64;

pub(super) fn parse(text: &str) -> Result<Node, Box<Located>> {
    let document = Document::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let what = format!(
            "this is no TOML: {}",
            error.message().trim().replace('\n', ", ")
        );
        Box::new(Located {
            problem: Problem::error("", what),
            at: Some(span.start),
        })
    })?;
    let reader = Reader { text };
    let mut root = reader.table(document.as_table(), DEEPEST)?;
    root.comment_after = reader.comments(Some(document.trailing()));
    Ok(root)
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn table(&self, table: &Table, depth: usize) -> Result<Node, Box<Located>> {
        let at = table.span().map(|span| span.start);
        let mut node = self.entries(table, at, depth)?;
        node.comment = self.around(table.decor());
        Ok(node)
    }

    fn inline(&self, table: &InlineTable, depth: usize) -> Result<Node, Box<Located>> {
        let at = table.span().map(|span| span.start);
        let mut node = self.entries(table, at, depth)?;
        node.comment_after = self.comments(Some(table.trailing()));
        Ok(node)
    }

    fn entries(
        &self,
        table: &dyn TableLike,
        at: Option<usize>,
        depth: usize,
    ) -> Result<Node, Box<Located>> {
        let depth = deeper(depth, at)?;
        let mut entries = Vec::new();
        for (name, item) in table.iter() {
            let mut node = self.item(item, depth)?;
            if let Some(key) = table.key(name) {
                node.key_at = key.span().map(|span| span.start);
                let own = node.comment.take();
                node.comment = join(self.around(key.leaf_decor()), own);
                node.comment = join(self.around(key.dotted_decor()), node.comment.take());
            }
            node.at = node.at.or(node.key_at);
            entries.push((name.to_owned(), node));
        }
        Ok(Node {
            at,
            ..Node::new(Item::Table(entries))
        })
    }

    fn item(&self, item: &TomlItem, depth: usize) -> Result<Node, Box<Located>> {
        match item {
            TomlItem::Table(table) => self.table(table, depth),
            TomlItem::ArrayOfTables(tables) => {
                let depth = deeper(depth, tables.span().map(|span| span.start))?;
                let nodes = tables.iter().map(|table| self.table(table, depth));
                Ok(Node::list(nodes.collect::<Result<Vec<_>, _>>()?))
            }
            TomlItem::Value(value) => self.value(value, depth),
            TomlItem::None => Ok(Node::new(Item::Other("nothing"))),
        }
    }

    fn value(&self, value: &Value, depth: usize) -> Result<Node, Box<Located>> {
        let mut node = self.bare(value, depth)?;
        let decor = value.decor();
        node.comment = join(self.comments(decor.prefix()), node.comment.take());
        node.comment_after = join(node.comment_after, self.comments(decor.suffix()));
        Ok(node)
    }

    /// A value without the comments around it.
    fn bare(&self, value: &Value, depth: usize) -> Result<Node, Box<Located>> {
        let span = value.span().unwrap_or_default();
        let depth = deeper(depth, Some(span.start))?;
        let mut node = match value {
            Value::InlineTable(table) => self.inline(table, depth)?,
            Value::Array(array) => self.array(array, depth)?,
            Value::Boolean(b) => Node::new(Item::Bool(*b.value())),
            Value::Integer(int) => Node::new(Item::Int(*int.value())),
            Value::Float(float) => Node::new(Item::Float(*float.value())),
            Value::String(text) => Node {
                text_at: self.unescaped(span.start, text.value()),
                ..Node::text(text.value())
            },
            Value::Datetime(_) => Node::new(Item::Other("a date or time without quotes")),
        };
        node.at = Some(span.start);
        Ok(node)
    }

    fn array(&self, array: &Array, depth: usize) -> Result<Node, Box<Located>> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut first = None;
        let mut before_last = |nodes: &mut Vec<Node>, space: Option<&RawString>| {
            // What stands behind a comma is about what stands before it.
            let (same_line, own) = self.split(space);
            match nodes.last_mut() {
                Some(last) => last.comment_after = join(last.comment_after.take(), same_line),
                None => first = join(first.take(), same_line),
            }
            own
        };
        for value in array {
            let own = before_last(&mut nodes, value.decor().prefix());
            let mut node = self.bare(value, depth)?;
            node.comment = join(own, node.comment.take());
            node.comment_after = join(node.comment_after, self.comments(value.decor().suffix()));
            nodes.push(node);
        }
        let rest = before_last(&mut nodes, Some(array.trailing()));
        let mut list = Node::list(Vec::new());
        match nodes.last_mut() {
            Some(last) => last.comment_after = join(last.comment_after.take(), rest),
            None => list.comment_after = rest,
        }
        list.comment = first;
        list.item = Item::List(nodes);
        Ok(list)
    }

    /// Where a text value that begins at a byte stands unescaped.
    fn unescaped(&self, at: usize, value: &str) -> Option<usize> {
        let quoted = self.text.get(at..)?;
        let triple = ["\"\"\"", "'''"]
            .iter()
            .any(|quotes| quoted.starts_with(quotes));
        let mut start = at + if triple { 3 } else { 1 };
        if triple {
            // A line end right behind the quotes does not count.
            let rest = self.text.get(start..)?;
            let line_end = ["\n", "\r\n"].iter().find(|end| rest.starts_with(**end));
            start += line_end.map_or(0, |end| end.len());
        }
        let raw = self.text.get(start..)?.get(..value.len())?;
        (raw == value).then_some(start)
    }

    fn around(&self, decor: &Decor) -> Option<String> {
        join(self.comments(decor.prefix()), self.comments(decor.suffix()))
    }

    /// The comments on the line on which some white space begins, and those on later lines.
    fn split(&self, space: Option<&RawString>) -> (Option<String>, Option<String>) {
        let text = self.raw(space);
        let (same_line, rest) = text.split_once('\n').unwrap_or((text, ""));
        (comments_of(same_line), comments_of(rest))
    }

    fn comments(&self, space: Option<&RawString>) -> Option<String> {
        comments_of(self.raw(space))
    }

    fn raw<'t>(&'t self, space: Option<&'t RawString>) -> &'t str {
        let text = space.and_then(|space| match space.span() {
            Some(span) => self.text.get(span),
            None => space.as_str(),
        });
        text.unwrap_or_default()
    }
}

/// The text of the comments in some white space.
fn comments_of(space: &str) -> Option<String> {
    let lines = space
        .lines()
        .filter_map(|line| line.trim().strip_prefix('#'));
    let lines: Vec<_> = lines.map(str::trim).collect();
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn join(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}\n{second}")),
        (first, second) => first.or(second),
    }
}

fn deeper(depth: usize, at: Option<usize>) -> Result<usize, Box<Located>> {
    depth.checked_sub(1).ok_or_else(|| {
        Box::new(Located {
            problem: Problem::error("", "too many tables within each other"),
            at,
        })
    })
}
