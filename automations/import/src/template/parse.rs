//! Reading the few forms of a template that an expression can say.
//!
//! ```text
//! template = "{{" any "}}"
//! any      = all { "or" all }              all = one { "and" one }
//! one      = "not" one | operand [ sign operand | "in" "[" text { "," text } "]" ]
//! operand  = ( call | name | number | text | "(" any ")" ) { "|" ( "float" | "int" ) [ "(" n ")" ] }
//! call     = states | state_attr | is_state | is_state_attr | float | int
//! ```

/// What a template says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// The state of an entity, or an attribute of it.
    State {
        entity: String,
        attribute: Option<String>,
        /// Which number to take when it is none.
        default: Option<f64>,
    },
    /// Which trigger it was.
    TriggerId,
    Number(f64),
    Text(String),
    Bool(bool),
    /// Whether it is one of these.
    Is {
        of: Box<Term>,
        states: Vec<String>,
    },
    Compare(&'static str, Box<Term>, Box<Term>),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
}

/// The longest template that is read, in bytes.
const LONGEST: usize = 2_000;
/// How deep brackets may be nested.
const DEEPEST: usize = 16;

/// What a template says; none if it is not of the forms above.
pub(super) fn parse(text: &str) -> Option<Term> {
    let text = text.trim();
    let inner = text.strip_prefix("{{")?.strip_suffix("}}")?;
    if inner.len() > LONGEST || inner.contains("{{") {
        return None;
    }
    let inner = inner.strip_prefix('-').unwrap_or(inner);
    let inner = inner.strip_suffix('-').unwrap_or(inner);
    let words = words(inner)?;
    let mut parser = Parser {
        words: &words,
        at: 0,
        depth: 0,
    };
    let term = parser.any()?;
    (parser.at == words.len()).then_some(term)
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    Number(f64),
    Sign(&'static str),
}

const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ",", "|", "-",
];

fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '\'' | '"' => {
                let inner = rest.get(1..)?;
                let end = inner.find(first)?;
                let inner = inner.get(..end)?;
                // Escapes are nothing that an entity or a state has.
                if inner.contains('\\') {
                    return None;
                }
                (Word::Text(inner.to_owned()), end + 2)
            }
            '0'..='9' => {
                let length = length_of(rest, |c| c.is_ascii_digit() || c == '.');
                (Word::Number(rest.get(..length)?.parse().ok()?), length)
            }
            c if c.is_alphabetic() || c == '_' => {
                let length = length_of(rest, |c| c.is_alphanumeric() || c == '_' || c == '.');
                (Word::Name(rest.get(..length)?.to_owned()), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
                (Word::Sign(sign), sign.len())
            }
        };
        words.push(word);
        rest = rest.get(length..)?.trim_start();
    }
    Some(words)
}

fn length_of(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

struct Parser<'a> {
    words: &'a [Word],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Name(n)) if n == name);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.words.get(self.at), Some(Word::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Option<()> {
        self.take_sign(sign).then_some(())
    }

    fn take(&mut self) -> Option<Word> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn take_text(&mut self) -> Option<String> {
        match self.take()? {
            Word::Text(text) => Some(text),
            _ => None,
        }
    }

    fn any(&mut self) -> Option<Term> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut terms = vec![self.all()?];
        while self.take_name("or") {
            terms.push(self.all()?);
        }
        self.depth -= 1;
        Some(one_or(terms, Term::Any))
    }

    fn all(&mut self) -> Option<Term> {
        let mut terms = vec![self.one()?];
        while self.take_name("and") {
            terms.push(self.one()?);
        }
        Some(one_or(terms, Term::All))
    }

    fn one(&mut self) -> Option<Term> {
        let mut is_not = false;
        while self.take_name("not") {
            is_not = !is_not;
        }
        let term = self.compared()?;
        Some(if is_not {
            Term::Not(Box::new(term))
        } else {
            term
        })
    }

    fn compared(&mut self) -> Option<Term> {
        let left = self.operand()?;
        let signs = ["==", "!=", "<=", ">=", "<", ">"];
        if let Some(sign) = signs.into_iter().find(|sign| self.take_sign(sign)) {
            let right = self.operand()?;
            return Some(Term::Compare(sign, Box::new(left), Box::new(right)));
        }
        let is_not = self.take_name("not");
        if !self.take_name("in") {
            return (!is_not).then_some(left);
        }
        let of = Box::new(left);
        let states = self.list()?;
        let is = Term::Is { of, states };
        Some(if is_not { Term::Not(Box::new(is)) } else { is })
    }

    fn list(&mut self) -> Option<Vec<String>> {
        let close = if self.take_sign("[") { "]" } else { ")" };
        if close == ")" {
            self.expect("(")?;
        }
        let mut texts = vec![self.take_text()?];
        while self.take_sign(",") {
            texts.push(self.take_text()?);
        }
        self.expect(close)?;
        Some(texts)
    }

    fn operand(&mut self) -> Option<Term> {
        let mut term = self.plain()?;
        while self.take_sign("|") {
            if !(self.take_name("float") || self.take_name("int")) {
                return None;
            }
            let default = self.take_sign("(").then(|| self.number_in_brackets());
            term = as_number(term, default.unwrap_or(Some(None))?)?;
        }
        Some(term)
    }

    /// What stands in brackets that have begun; nothing inside if they are empty.
    #[expect(clippy::option_option, reason = "empty and wrong are two things")]
    fn number_in_brackets(&mut self) -> Option<Option<f64>> {
        if self.take_sign(")") {
            return Some(None);
        }
        let number = self.number()?;
        self.expect(")")?;
        Some(Some(number))
    }

    fn number(&mut self) -> Option<f64> {
        let sign = if self.take_sign("-") { -1.0 } else { 1.0 };
        match self.take()? {
            Word::Number(number) => Some(sign * number),
            _ => None,
        }
    }

    fn plain(&mut self) -> Option<Term> {
        if self.take_sign("(") {
            let inner = self.any()?;
            self.expect(")")?;
            return Some(inner);
        }
        if matches!(self.words.get(self.at), Some(Word::Sign("-"))) {
            return self.number().map(Term::Number);
        }
        match self.take()? {
            Word::Text(text) => Some(Term::Text(text)),
            Word::Number(number) => Some(Term::Number(number)),
            Word::Sign(_) => None,
            Word::Name(name) => match name.as_str() {
                "true" | "True" => Some(Term::Bool(true)),
                "false" | "False" => Some(Term::Bool(false)),
                "trigger.id" => Some(Term::TriggerId),
                name if self.take_sign("(") => self.call(name),
                name => dotted(name),
            },
        }
    }

    fn call(&mut self, name: &str) -> Option<Term> {
        if matches!(name, "float" | "int") {
            let inner = self.operand()?;
            let default = match self.take_sign(",") {
                true => Some(self.number()?),
                false => None,
            };
            self.expect(")")?;
            return as_number(inner, default);
        }
        let entity = self.take_text()?;
        let more = |parser: &mut Self| {
            parser.expect(",")?;
            parser.take_text()
        };
        let term = match name {
            "states" => state(entity, None),
            "state_attr" => {
                let attribute = more(self)?;
                state(entity, Some(attribute))
            }
            "is_state" => {
                self.expect(",")?;
                let states = match self.words.get(self.at) {
                    Some(Word::Text(_)) => vec![self.take_text()?],
                    _ => self.list()?,
                };
                let of = Box::new(state(entity, None));
                Term::Is { of, states }
            }
            "is_state_attr" => {
                let attribute = more(self)?;
                let states = vec![more(self)?];
                let of = Box::new(state(entity, Some(attribute)));
                Term::Is { of, states }
            }
            _ => return None,
        };
        self.expect(")")?;
        Some(term)
    }
}

fn state(entity: String, attribute: Option<String>) -> Term {
    Term::State {
        entity,
        attribute,
        default: None,
    }
}

/// `states.light.hall.state`.
fn dotted(name: &str) -> Option<Term> {
    let entity = name.strip_prefix("states.")?.strip_suffix(".state")?;
    let is_entity = entity.split('.').count() == 2;
    is_entity.then(|| state(entity.to_owned(), None))
}

fn as_number(term: Term, number: Option<f64>) -> Option<Term> {
    match term {
        Term::State {
            entity,
            attribute,
            default,
        } => Some(Term::State {
            entity,
            attribute,
            default: default.or(number),
        }),
        Term::Number(number) => Some(Term::Number(number)),
        _ => None,
    }
}

fn one_or(mut terms: Vec<Term>, several: fn(Vec<Term>) -> Term) -> Term {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        Some(last) => {
            terms.push(last);
            several(terms)
        }
        None => several(terms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_forms_that_are_known_are_read() {
        for text in [
            "{{ is_state('a.b', 'on') }}",
            "{{ is_state('a.b', ['on', 'off']) }}",
            "{{- states('a.b')|float(0) > 20 and not is_state(\"c.d\", 'on') -}}",
            "{{ (states('a.b') | int < -3) or states.light.x.state == 'on' }}",
            "{{ state_attr('a.b', 'temperature') | float >= 20.5 }}",
            "{{ states('a.b') not in ['x', 'y'] }}",
            "{{ trigger.id == 'motion' }}",
            "{{ float(states('a.b'), 0) > 1 }}",
            "{{ true }}",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "{{ }}",
            "{{",
            "{{ now().hour > 5 }}",
            "{{ states('a.b') | round(1) }}",
            "{{ is_state('a.b') }}",
            "{% if x %}1{% endif %}",
            "{{ states('a.b') + 1 }}",
            "{{ is_state('a.b', 'on') }} {{ x }}",
            "{{ 'it\\'s' }}",
            "{{ trigger.to_state.state == 'on' }}",
            "on",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let deep = format!("{{{{ {} }}}}", "(".repeat(900));
        assert_eq!(parse(&deep), None);
    }
}
