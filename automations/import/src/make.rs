//! Expressions of rules, put together from parts.

use rules::expr::{BinaryOp, Expr, Function, Kind, Literal};

/// The expression of a text that was made here; none if it names what rules do not know.
pub(crate) fn parsed(text: &str) -> Option<Expr> {
    text.parse().ok()
}

/// `true` or `false`.
pub(crate) fn truth(is: bool) -> Expr {
    Expr::new(Kind::Literal(Literal::Bool(is)))
}

/// A text.
pub(crate) fn quoted(text: &str) -> Expr {
    Expr::new(Kind::Literal(Literal::Text(text.into())))
}

/// One of a variable's options: as a word where it can be one, else as text.
pub(crate) fn option(text: &str) -> Expr {
    let as_word = parsed(text).filter(|expr| match &expr.kind {
        Kind::Literal(Literal::Word(word)) => **word == *text,
        _ => false,
    });
    as_word.unwrap_or_else(|| quoted(text))
}

/// The contrary.
pub(crate) fn not(expr: Expr) -> Expr {
    match expr.kind {
        Kind::Not(inner) => *inner,
        Kind::Literal(Literal::Bool(is)) => truth(!is),
        _ => Expr::new(Kind::Not(Box::new(expr))),
    }
}

/// `x op y`.
pub(crate) fn binary(op: BinaryOp, x: Expr, y: Expr) -> Expr {
    Expr::new(Kind::Binary(op, Box::new(x), Box::new(y)))
}

/// The most parts of an expression that is put together here: more than its text may hold.
const MOST_PARTS: usize = 1_000;

/// All of them; none of none, or of more than an expression can hold.
pub(crate) fn all(exprs: Vec<Expr>) -> Option<Expr> {
    joined(BinaryOp::And, exprs)
}

/// Any of them; none of none, or of more than an expression can hold.
pub(crate) fn any(exprs: Vec<Expr>) -> Option<Expr> {
    joined(BinaryOp::Or, exprs)
}

fn joined(op: BinaryOp, exprs: Vec<Expr>) -> Option<Expr> {
    let mut size = 0;
    for expr in &exprs {
        size += expr.all().len();
        if size > MOST_PARTS {
            return None;
        }
    }
    // To the left, as text is read: `(a and b) and c`; what stands in brackets already is opened.
    let mut parts = Vec::new();
    for expr in exprs {
        open(op, expr, &mut parts);
    }
    parts.dedup();
    parts.into_iter().reduce(|x, y| binary(op, x, y))
}

fn open(op: BinaryOp, expr: Expr, parts: &mut Vec<Expr>) {
    match expr.kind {
        Kind::Binary(inner, x, y) if inner == op => {
            open(op, *x, parts);
            open(op, *y, parts);
        }
        _ => parts.push(expr),
    }
}

/// Whether the expression asks for what nothing tells of when it changes: the clock, the sun, or how
/// long something has been so. A trigger or a wait cannot.
pub(crate) fn asks_the_clock(expr: &Expr) -> bool {
    let of_clock =
        |part: &&Expr| matches!(part.kind, Kind::Clock(_) | Kind::Call(Function::Since, _));
    expr.all().iter().any(of_clock)
}

/// Whether the expression can be read again: it is not too long or too deep.
pub(crate) fn is_readable(expr: &Expr) -> bool {
    expr.to_string().parse() == Ok(expr.clone())
}

/// A number as text, without digits that only a division left there.
pub(crate) fn number(number: f64) -> String {
    let rounded = (number * 10_000.0).round() / 10_000.0;
    // There is no negative zero in rules.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_conditions_read_as_they_were_joined() {
        let x = |text: &str| text.parse::<Expr>().unwrap();
        let both = all(vec![x("a.on"), all(vec![x("b.on"), x("c.on")]).unwrap()]).unwrap();
        assert_eq!(both.to_string(), "a.on and b.on and c.on");
        let mixed = all(vec![
            any(vec![x("a.on"), x("b.on")]).unwrap(),
            not(x("c.on")),
        ])
        .unwrap();
        assert_eq!(mixed.to_string(), "(a.on or b.on) and not c.on");
        assert!(is_readable(&both) && is_readable(&mixed));
        assert_eq!(not(not(x("a.on"))), x("a.on"));
    }

    #[test]
    fn options_are_words_where_they_can_be() {
        for (text, expected) in [
            ("night", "night"),
            ("Night", "Night"),
            ("Night mode", "\"Night mode\""),
            ("mon", "\"mon\""),
            ("22:00", "\"22:00\""),
            ("a.b", "\"a.b\""),
            ("and", "\"and\""),
            ("", "\"\""),
            ("true", "\"true\""),
        ] {
            assert_eq!(option(text).to_string(), expected);
            assert!(is_readable(&option(text)));
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(50.196_078_4), "50.1961");
        assert_eq!(number(-0.000_01), "0");
        assert_eq!(number(40.0), "40");
    }
}
