//! Types of expressions: what can be compared, added and asked, and in which unit.

use std::sync::Arc;

use super::Scope;
use super::code::Code;
use super::program::Asked;
use crate::datum::{Datum, Type};
use crate::expr::{
    Aggregate, BinaryOp, ClockWord, Expr, Function, Kind, Literal, Place, Reference,
};
use crate::house::Dead;
use crate::problem::Problem;
use crate::quantity::{self, Dimension};
use crate::slots::SlotId;

/// A compiled expression with its type.
pub(crate) struct Typed {
    pub(crate) code: Code,
    pub(crate) datatype: Type,
}

/// Compiles a condition into its parts joined by `and`, so that the first false one can be named.
pub(crate) fn condition(expr: &Expr, place: &str, scope: &mut Scope<'_>) -> Vec<Option<Asked>> {
    let mut parts = Vec::new();
    conjuncts(expr, &mut parts);
    parts
        .into_iter()
        .map(|part| asked(part, place, scope))
        .collect()
}

/// Compiles one condition whole.
pub(crate) fn asked(expr: &Expr, place: &str, scope: &mut Scope<'_>) -> Option<Asked> {
    let typed = Check { scope, place }.expect(expr, &Type::Bool)?;
    Some(Asked {
        uses: typed.code.slots(),
        code: typed.code,
        text: expr.to_string().into(),
    })
}

/// Compiles an expression of this type.
pub(crate) fn of_type(
    expr: &Expr,
    wanted: &Type,
    place: &str,
    scope: &mut Scope<'_>,
) -> Option<Code> {
    let typed = Check { scope, place }.expect(expr, wanted)?;
    Some(typed.code)
}

/// Compiles an expression of any type.
pub(crate) fn of_any(expr: &Expr, place: &str, scope: &mut Scope<'_>) -> Option<Typed> {
    Check { scope, place }.check(expr, None)
}

fn conjuncts<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    if let Kind::Binary(BinaryOp::And, x, y) = &expr.kind {
        conjuncts(x, parts);
        conjuncts(y, parts);
    } else {
        parts.push(expr);
    }
}

struct Check<'a, 'b> {
    scope: &'a mut Scope<'b>,
    place: &'a str,
}

impl Check<'_, '_> {
    fn wrong(&mut self, at: &Expr, what: impl Into<String>) -> Option<Typed> {
        self.report(at, Problem::error(self.place, what));
        None
    }

    fn report(&mut self, at: &Expr, problem: Problem) {
        self.scope.problems.push(problem.at(at.span.start));
    }

    /// An expression that must be of this type.
    fn expect(&mut self, expr: &Expr, wanted: &Type) -> Option<Typed> {
        let typed = self.check(expr, Some(wanted))?;
        if typed.datatype.fits(wanted) {
            return Some(typed);
        }
        self.mismatch(expr, &typed.datatype, wanted);
        None
    }

    fn mismatch(&mut self, expr: &Expr, is: &Type, wanted: &Type) {
        let what = format!("{expr} is {}, not {}", is.described(), wanted.described());
        let problem = Problem::error(self.place, what);
        let unit = match (is, wanted) {
            (Type::Number(Dimension::Plain), Type::Number(dimension)) => dimension.symbol(),
            _ => "",
        };
        let problem = match (&expr.kind, unit) {
            (Kind::Literal(Literal::Number(n, None)), unit) if !unit.is_empty() => {
                problem.advise(format!("write {n} {unit}"))
            }
            _ => problem,
        };
        self.report(expr, problem);
    }

    /// The type of an expression; a word takes its meaning from what is wanted.
    fn check(&mut self, expr: &Expr, wanted: Option<&Type>) -> Option<Typed> {
        match &expr.kind {
            Kind::Literal(literal) => self.literal(expr, literal, wanted),
            Kind::Reference(reference) => self.reference(expr, reference),
            Kind::Home(name) => self.variable(expr, name),
            Kind::Local(name) => self.local(expr, name),
            Kind::Trigger(word) => Some(Typed {
                code: Code::Trigger(*word),
                datatype: Type::Text,
            }),
            Kind::Clock(word) => match wanted.and_then(|wanted| wanted.value_of(word.word())) {
                // A choice may have such a word too: `home.mode == day`.
                Some(_) => self.word(expr, word.word(), wanted),
                None => self.clock(expr, *word),
            },
            Kind::Not(x) => {
                let x = self.expect(x, &Type::Bool)?;
                Some(boolean(Code::Not(Box::new(x.code))))
            }
            Kind::Negative(x) => {
                let x = self.number(x)?;
                Some(Typed {
                    code: fold(Code::Negative(Box::new(x.code))),
                    datatype: x.datatype,
                })
            }
            Kind::Binary(op, x, y) => self.binary(expr, *op, x, y, wanted),
            Kind::OneOf(x, set) => self.one_of(x, set),
            Kind::Within(x, from, to) => self.within(x, from, to),
            Kind::Call(function, x) => self.call(expr, *function, x, wanted),
            Kind::If(x, y, z) => {
                let x = self.expect(x, &Type::Bool)?;
                let (y, z) = self.pair(y, z, wanted)?;
                Some(Typed {
                    code: Code::If(Box::new(x.code), Box::new(y.code), Box::new(z.code)),
                    datatype: y.datatype,
                })
            }
            Kind::Over(aggregate, set) => self.over(expr, *aggregate, set),
        }
    }

    fn literal(&mut self, expr: &Expr, literal: &Literal, wanted: Option<&Type>) -> Option<Typed> {
        let (datum, datatype) = match literal {
            Literal::Bool(b) => (Datum::Bool(*b), Type::Bool),
            Literal::Number(n, unit) => {
                let unit = unit.map(|unit| unit.0);
                let number = unit.map_or(*n, |unit| unit.to_base(*n));
                let dimension = unit.map_or(Dimension::Plain, |unit| unit.dimension);
                (Datum::Number(number), Type::Number(dimension))
            }
            Literal::Text(text) => {
                // A choice may be written as text too.
                let choice = wanted.and_then(|wanted| wanted.value_of(text));
                match (choice, wanted) {
                    (Some(choice), Some(wanted)) => (choice, wanted.clone()),
                    _ => (Datum::Text(Arc::clone(text)), Type::Text),
                }
            }
            Literal::Time(time) => (Datum::Time(*time), Type::Time),
            Literal::Day(day) => (Datum::Day(*day), Type::Day),
            Literal::Word(word) => return self.word(expr, word, wanted),
        };
        Some(Typed {
            code: Code::Const(datum),
            datatype,
        })
    }

    fn word(&mut self, expr: &Expr, word: &str, wanted: Option<&Type>) -> Option<Typed> {
        let Some(wanted) = wanted else {
            let problem = Problem::error(self.place, format!("nothing tells what {word} means"));
            self.report(
                expr,
                problem.advise("compare it with a value, or put text in quotes"),
            );
            return None;
        };
        if let Some(datum) = wanted.value_of(word) {
            return Some(Typed {
                code: Code::Const(datum),
                datatype: wanted.clone(),
            });
        }
        let words = wanted.words();
        let near = hub_model::nearest::nearest(word, words.iter().map(String::as_str));
        let problem = Problem::error(self.place, format!("{word} is not {}", wanted.described()));
        let advice = match (near, wanted) {
            (Some(near), _) => Some(format!("did you mean {near}?")),
            (None, Type::Text) => Some(format!("put text in quotes: \"{word}\"")),
            (None, Type::Bool) => Some(format!("write a property of it: {word}.on, say")),
            _ => None,
        };
        self.report(expr, problem.advise_if(advice));
        None
    }

    fn reference(&mut self, expr: &Expr, reference: &Reference) -> Option<Typed> {
        if let Place::Room(room) = &reference.of {
            let problem = Problem::error(self.place, format!("@{room} is more than one device"));
            self.report(
                expr,
                problem.advise(format!("write any({reference}) or avg({reference})")),
            );
            return None;
        }
        let (slots, datatype) = self.slots(expr, reference)?;
        Some(Typed {
            code: Code::Slot(*slots.first()?),
            datatype,
        })
    }

    /// The slots of a reference, and their type.
    fn slots(&mut self, expr: &Expr, reference: &Reference) -> Option<(Vec<SlotId>, Type)> {
        let sources = match self.scope.house().sources(reference) {
            Ok(sources) => sources,
            Err(Dead { what, advice }) => {
                let problem = Problem::error(self.place, what).advise_if(advice);
                self.report(expr, problem);
                return None;
            }
        };
        let datatype = match sources.first()? {
            crate::slots::Source::Attribute(_, view) => view.datatype(),
            _ => Type::Bool,
        };
        let slots = sources.into_iter().map(|source| {
            let name = self.name(reference, &source);
            self.scope
                .slots
                .intern(source, &name, &datatype, self.scope.present)
        });
        Some((slots.collect(), datatype.clone()))
    }

    /// How a source is named: as it was written, or, of a room, with its device.
    fn name(&self, reference: &Reference, source: &crate::slots::Source) -> String {
        match (&reference.of, source) {
            (Place::Room(_), crate::slots::Source::Attribute(path, _)) => {
                let spot = self.scope.house().spot_text((path.node, path.endpoint));
                format!("{spot}.{}", reference.property)
            }
            _ => reference.to_string(),
        }
    }

    fn variable(&mut self, expr: &Expr, name: &Arc<str>) -> Option<Typed> {
        let variables = self.scope.present.variables;
        let Some(variable) = variables.get(name) else {
            let near = hub_model::nearest::nearest(name, variables.keys().map(|name| &**name));
            let problem = Problem::error(self.place, format!("the home has no variable {name}"));
            let advice = near.map_or_else(
                || format!("make it: ingle variables add {name} ..."),
                |near| format!("did you mean home.{near}?"),
            );
            self.report(expr, problem.advise(advice));
            return None;
        };
        let source = crate::slots::Source::Variable(Arc::clone(name));
        let text = format!("home.{name}");
        let slots = &mut self.scope.slots;
        let slot = slots.intern(source, &text, &variable.datatype, self.scope.present);
        Some(Typed {
            code: Code::Slot(slot),
            datatype: variable.datatype.clone(),
        })
    }

    fn local(&mut self, expr: &Expr, name: &Arc<str>) -> Option<Typed> {
        let Some(datatype) = self.scope.locals.get(name).cloned() else {
            let problem = Problem::error(self.place, format!("${name} has no value here"));
            self.report(
                expr,
                problem.advise(format!("give it one before: let = {{ {name} = ... }}")),
            );
            return None;
        };
        Some(Typed {
            code: Code::Local(Arc::clone(name)),
            datatype,
        })
    }

    fn clock(&mut self, expr: &Expr, word: ClockWord) -> Option<Typed> {
        if !self.scope.clock {
            let what = format!("{} starts nothing by itself", word.word());
            let problem = Problem::error(self.place, what);
            self.report(
                expr,
                problem.advise("start the rule with at = ..., or ask for it in only_if"),
            );
            return None;
        }
        let of_sun = matches!(word, ClockWord::Elevation | ClockWord::Up);
        if of_sun && self.scope.place.location.is_none() {
            let problem = Problem::error(self.place, "the home's location is not set");
            self.report(
                expr,
                problem.advise("set latitude and longitude in the configuration"),
            );
            return None;
        }
        let datatype = match word {
            ClockWord::Time => Type::Time,
            ClockWord::Day => Type::Day,
            ClockWord::Elevation => Type::Number(Dimension::Angle),
            ClockWord::Up => Type::Bool,
        };
        Some(Typed {
            code: Code::Clock(word),
            datatype,
        })
    }

    fn number(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.check(expr, None)?;
        if matches!(typed.datatype, Type::Number(_)) {
            return Some(typed);
        }
        self.wrong(
            expr,
            format!("{expr} is {}, not a number", typed.datatype.described()),
        )
    }

    /// Two expressions of one type; either may be a word that the other gives its meaning.
    fn pair(&mut self, x: &Expr, y: &Expr, wanted: Option<&Type>) -> Option<(Typed, Typed)> {
        let of_word = |expr: &Expr| {
            matches!(
                expr.kind,
                Kind::Literal(Literal::Word(_) | Literal::Text(_))
            )
        };
        if of_word(x) && !of_word(y) {
            let (y, x) = self.pair(y, x, wanted)?;
            return Some((x, y));
        }
        let x = self.check(x, wanted)?;
        let y = self.expect(y, &x.datatype)?;
        Some((x, y))
    }

    fn binary(
        &mut self,
        expr: &Expr,
        op: BinaryOp,
        x: &Expr,
        y: &Expr,
        wanted: Option<&Type>,
    ) -> Option<Typed> {
        let code = |x: Typed, y: Typed| fold(Code::Binary(op, Box::new(x.code), Box::new(y.code)));
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let x = self.expect(x, &Type::Bool);
                let y = self.expect(y, &Type::Bool);
                Some(boolean(code(x?, y?)))
            }
            BinaryOp::Equal | BinaryOp::Unequal => {
                let (x, y) = self.pair(x, y, None)?;
                Some(boolean(code(x, y)))
            }
            BinaryOp::Else => {
                let (x, y) = self.pair(x, y, wanted)?;
                let datatype = x.datatype.clone();
                Some(Typed {
                    code: code(x, y),
                    datatype,
                })
            }
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
                let (left, right) = self.pair(x, y, None)?;
                if !matches!(left.datatype, Type::Number(_) | Type::Time | Type::Day) {
                    let what = format!("{x} is {}, which has no order", left.datatype.described());
                    return self.wrong(expr, what);
                }
                Some(boolean(code(left, right)))
            }
            BinaryOp::Plus | BinaryOp::Minus | BinaryOp::Times | BinaryOp::Over => {
                let (left, right) = (self.number(x)?, self.number(y)?);
                let dimension = match (&left.datatype, &right.datatype) {
                    (Type::Number(a), Type::Number(b)) => arithmetic(op, *a, *b),
                    _ => None,
                };
                let Some(dimension) = dimension else {
                    let (a, b) = (left.datatype.described(), right.datatype.described());
                    return self.wrong(expr, format!("{a} {} {b} has no meaning", op.word()));
                };
                Some(Typed {
                    code: code(left, right),
                    datatype: Type::Number(dimension),
                })
            }
        }
    }

    fn one_of(&mut self, x: &Expr, set: &[Expr]) -> Option<Typed> {
        let x = self.check(x, None)?;
        let set: Vec<_> = set
            .iter()
            .map(|item| self.expect(item, &x.datatype))
            .collect();
        let set: Option<Vec<_>> = set.into_iter().map(|item| Some(item?.code)).collect();
        Some(boolean(Code::OneOf(Box::new(x.code), set?)))
    }

    fn within(&mut self, x: &Expr, from: &Expr, to: &Expr) -> Option<Typed> {
        let left = self.check(x, None)?;
        if !matches!(left.datatype, Type::Number(_) | Type::Time | Type::Day) {
            let what = format!("{x} is {}, which has no order", left.datatype.described());
            return self.wrong(x, what);
        }
        let from = self.expect(from, &left.datatype);
        let to = self.expect(to, &left.datatype);
        let (from, to) = (Box::new(from?.code), Box::new(to?.code));
        Some(boolean(Code::Within(Box::new(left.code), from, to)))
    }

    fn call(
        &mut self,
        expr: &Expr,
        function: Function,
        x: &Expr,
        wanted: Option<&Type>,
    ) -> Option<Typed> {
        let (code, datatype) = match function {
            Function::Known => (self.check(x, None)?.code, Type::Bool),
            Function::Last => {
                let x = self.check(x, wanted)?;
                (x.code, x.datatype)
            }
            Function::Since => {
                let code = self.check(x, None)?.code;
                if !matches!(code, Code::Slot(_)) {
                    return self.wrong(expr, "since takes a device's value: since(hall-lamp.on)");
                }
                if !self.scope.clock {
                    let problem = Problem::error(self.place, "since(...) starts nothing by itself");
                    self.report(expr, problem.advise("use becomes with for = \"10m\""));
                    return None;
                }
                (code, Type::Number(Dimension::Time))
            }
            Function::Abs | Function::Round => {
                let x = self.number(x)?;
                (x.code, x.datatype)
            }
        };
        Some(Typed {
            code: Code::Call(function, Box::new(code)),
            datatype,
        })
    }

    fn over(&mut self, expr: &Expr, aggregate: Aggregate, set: &[Expr]) -> Option<Typed> {
        let of_truth = matches!(
            aggregate,
            Aggregate::Any | Aggregate::All | Aggregate::Count
        );
        let mut codes = Vec::new();
        let mut datatype = of_truth.then_some(Type::Bool);
        for item in set {
            let (mut found, is) = self.items(item, datatype.as_ref())?;
            if !of_truth && !matches!(is, Type::Number(_)) {
                return self.wrong(item, format!("{item} is {}, not a number", is.described()));
            }
            if let Some(wanted) = &datatype
                && !is.fits(wanted)
            {
                self.mismatch(item, &is, wanted);
                return None;
            }
            datatype = datatype.or(Some(is));
            codes.append(&mut found);
        }
        let datatype = match aggregate {
            Aggregate::Any | Aggregate::All => Type::Bool,
            Aggregate::Count => Type::Number(Dimension::Plain),
            _ => datatype?,
        };
        if codes.len() > MOST_OVER {
            return self.wrong(expr, format!("more than {MOST_OVER} values"));
        }
        Some(Typed {
            code: Code::Over(aggregate, codes),
            datatype,
        })
    }

    /// One item of a set: an expression, or all of a room.
    fn items(&mut self, item: &Expr, wanted: Option<&Type>) -> Option<(Vec<Code>, Type)> {
        match &item.kind {
            Kind::Reference(reference) if matches!(reference.of, Place::Room(_)) => {
                let (slots, datatype) = self.slots(item, reference)?;
                Some((slots.into_iter().map(Code::Slot).collect(), datatype))
            }
            _ => {
                let typed = self.check(item, wanted)?;
                Some((vec![typed.code], typed.datatype))
            }
        }
    }
}

/// The most values of one function over a set.
const MOST_OVER: usize = 10_000;

fn boolean(code: Code) -> Typed {
    Typed {
        code,
        datatype: Type::Bool,
    }
}

/// The dimension of what an operation gives; none when it has no meaning.
fn arithmetic(op: BinaryOp, a: Dimension, b: Dimension) -> Option<Dimension> {
    use quantity::Dimension::{Kelvin, Plain, Temperature};
    match (op, a, b) {
        (BinaryOp::Minus, Temperature, Temperature) => Some(Kelvin),
        (BinaryOp::Plus | BinaryOp::Minus, Temperature, Kelvin) => Some(Temperature),
        (BinaryOp::Plus, Kelvin, Temperature) => Some(Temperature),
        (BinaryOp::Plus, Temperature, Temperature) => None,
        (BinaryOp::Plus | BinaryOp::Minus, a, b) => (a == b).then_some(a),
        (BinaryOp::Times, Plain, b) => Some(b),
        (BinaryOp::Times | BinaryOp::Over, a, Plain) => Some(a),
        (BinaryOp::Over, a, b) => (a == b).then_some(Plain),
        _ => None,
    }
}

/// Numbers written with a sign are numbers.
fn fold(code: Code) -> Code {
    match &code {
        Code::Negative(x) => match &**x {
            Code::Const(Datum::Number(n)) => Code::Const(Datum::Number(-n)),
            _ => code,
        },
        _ => code,
    }
}
