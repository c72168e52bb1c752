//! In which line of a JSON text something stands that is called by its place: `tariffs[0].import.default`.

/// The line, from 1, of what has this place; of what is around it when it is missing. None if the text
/// cannot be followed that far.
pub(super) fn line_of(text: &str, place: &str) -> Option<usize> {
    let mut reader = Reader { text, at: 0 };
    let mut found = reader.skip_blank();
    for step in steps(place) {
        match reader.enter(&step) {
            Some(()) => found = reader.skip_blank(),
            None => break,
        }
    }
    let before = text.get(..found)?;
    Some(before.matches('\n').count() + 1)
}

/// A step into a value.
#[derive(Debug, PartialEq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn steps(place: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in place.split('.').filter(|part| !part.is_empty()) {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        steps.push(Step::Key(key));
        let indices = indices
            .split(['[', ']'])
            .filter_map(|index| index.parse().ok());
        steps.extend(indices.map(Step::Index));
    }
    steps
}

/// Reads JSON that is known to be sound.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Goes to what a step leads to, from the beginning of a value.
    fn enter(&mut self, step: &Step<'_>) -> Option<()> {
        let open = match step {
            Step::Key(_) => b'{',
            Step::Index(_) => b'[',
        };
        (self.peek()? == open).then_some(())?;
        self.at += 1;
        let mut place = 0;
        loop {
            self.skip_blank();
            match self.peek()? {
                b'}' | b']' => return None,
                b',' => {
                    self.at += 1;
                    place += 1;
                    continue;
                }
                _ => {}
            }
            let is_it = match step {
                Step::Index(wanted) => *wanted == place,
                Step::Key(wanted) => {
                    let key = self.string()?;
                    self.skip_blank();
                    self.at += 1; // The colon.
                    self.skip_blank();
                    key == *wanted
                }
            };
            if is_it {
                return Some(());
            }
            self.value()?;
        }
    }

    /// Passes over a value.
    fn value(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            self.skip_blank();
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => {
                    let rest = self.text.get(self.at..)?;
                    let end = rest.find([',', '}', ']', ' ', '\n', '\r', '\t']);
                    self.at += end.unwrap_or(rest.len());
                }
            }
            if open == 0 {
                return Some(());
            }
        }
    }

    /// Passes over a string; what stands between its quotes.
    fn string(&mut self) -> Option<String> {
        let rest = self.text.get(self.at + 1..)?;
        let mut escaped = false;
        let end = rest.char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (end, _) = end?;
        self.at += end + 2;
        rest.get(..end).map(str::to_owned)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blank(&mut self) -> usize {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "version": 1,
  "meters": [
    { "node": 7, "endpoint": 1, "role": "grid" },
    { "node": 9,
      "role": "a \" b" }
  ],
  "tariffs": [{
    "import": {
      "default": 0.3, "bands": [
        { "name": "x" },
        { "price": -1.5 }
      ]
    }
  }]
}"#;

    #[test]
    fn places_are_found_in_their_lines() {
        for (place, line) in [
            ("", 1),
            ("version", 2),
            ("meters", 3),
            ("meters[1]", 5),
            ("meters[1].role", 6),
            ("tariffs[0].import.default", 10),
            ("tariffs[0].import.bands[1].price", 12),
            // What is missing is told where it should stand.
            ("meters[1].endpoint", 5),
            ("tariffs[0].currency", 8),
        ] {
            assert_eq!(line_of(TEXT, place), Some(line), "{place}");
        }
    }

    #[test]
    fn no_text_panics() {
        for cut in 0..TEXT.len() {
            let _ = line_of(&TEXT[..cut], "tariffs[0].import.bands[1].price");
        }
        let _ = line_of("ü\"", "a[0].b");
    }
}
