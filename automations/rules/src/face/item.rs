//! A generic tree of values with where each was written.

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) item: Item,
    /// Where it begins in the text, in bytes; none from JSON.
    pub(super) at: Option<usize>,
    /// Where its key begins.
    pub(super) key_at: Option<usize>,
    /// Where byte 0 of a text value is, when nothing in it is escaped: byte `n` is `n` further.
    pub(super) text_at: Option<usize>,
    /// The comments at it, not those of values within it.
    pub(super) comment: Option<String>,
    /// The comments behind all that is within it.
    pub(super) comment_after: Option<String>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
    /// Something that rules have no use for: a date.
    Other(&'static str),
}

impl Node {
    pub(super) const fn new(item: Item) -> Self {
        Self {
            item,
            at: None,
            key_at: None,
            text_at: None,
            comment: None,
            comment_after: None,
        }
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::new(Item::Text(text.into()))
    }

    pub(super) fn list(nodes: impl IntoIterator<Item = Self>) -> Self {
        Self::new(Item::List(nodes.into_iter().collect()))
    }
}

impl Item {
    /// What it is, for messages.
    pub(super) const fn described(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(what) => what,
        }
    }
}

/// A table that is being written, keys in the order given.
#[derive(Default)]
pub(super) struct Table(Vec<(String, Node)>);

impl Table {
    pub(super) fn put(&mut self, key: &str, node: Node) {
        self.0.push((key.to_owned(), node));
    }

    pub(super) fn text(&mut self, key: &str, text: impl Into<String>) {
        self.put(key, Node::text(text));
    }

    pub(super) fn maybe_text(&mut self, key: &str, text: Option<impl Into<String>>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    pub(super) fn done(self) -> Node {
        Node::new(Item::Table(self.0))
    }
}
