//! YAML as a tree that knows on which line each part stands.
//!
//! Scalars stay text: what a `0:30` or an `on` means is for whoever asks, because the other hub reads
//! YAML 1.1 and the files of people mix both editions. Tags such as `!secret` are kept, for their
//! value stands elsewhere. YAML 1.2.2; of 1.1 the merge key `<<`.

mod load;

pub(crate) use load::load;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// The line on which it begins, from 1.
    pub(crate) line: usize,
    /// What it is.
    pub(crate) value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Text, or what is written like it.
    Scalar {
        /// The text.
        text: String,
        /// Whether it stands without quotation marks.
        plain: bool,
    },
    /// A value of a tag of one's own: `!secret door_code`.
    Tagged {
        /// The tag, `!` included.
        tag: String,
        /// What follows it.
        text: String,
    },
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file, each key once.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Whether nothing stands here.
    pub(crate) fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, plain: true } => matches!(text.as_str(), "" | "~" | "null"),
            _ => false,
        }
    }

    /// Its text, if it is a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub(crate) fn map(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let (_, node) = self.map()?.iter().find(|(name, _)| name == key)?;
        Some(node)
    }

    /// What it is, for messages.
    pub(crate) fn described(&self) -> String {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Value::Scalar { text, .. } => format!("`{}`", excerpt(text)),
            Value::Tagged { tag, text } => format!("`{tag} {}`", excerpt(text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// As much of a text as a message needs, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let begin: String = line.chars().take(SHOWN).collect();
    format!("{begin}…")
}
