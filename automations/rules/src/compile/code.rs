//! A compiled expression, and its evaluation in three-valued logic.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::datum::Datum;
use crate::expr::{Aggregate, BinaryOp, ClockWord, Function, TriggerWord};
use crate::schedule::{Place, sun, time_of_day, weekday};
use crate::slots::{Certainty, SlotId, Slots};

/// A compiled expression. Types were checked, so no operation meets a value it cannot take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Code {
    Const(Datum),
    Slot(SlotId),
    Local(Arc<str>),
    Trigger(TriggerWord),
    Clock(ClockWord),
    Not(Box<Code>),
    Negative(Box<Code>),
    Binary(BinaryOp, Box<Code>, Box<Code>),
    OneOf(Box<Code>, Vec<Code>),
    Within(Box<Code>, Box<Code>, Box<Code>),
    Call(Function, Box<Code>),
    If(Box<Code>, Box<Code>, Box<Code>),
    Over(Aggregate, Vec<Code>),
}

/// What started a run, as expressions see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// The name of the `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Arc<str>>,
    /// The device, as rules name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<Arc<str>>,
}

/// What an expression is evaluated in.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) slots: &'a Slots,
    pub(crate) now: Timestamp,
    pub(crate) place: &'a Place,
    pub(crate) locals: &'a BTreeMap<Arc<str>, Datum>,
    pub(crate) facts: &'a Facts,
    /// Whether stale values will do.
    pub(crate) stale: bool,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// This value is not known.
    Slot(SlotId),
    /// The variable of the run has no value yet.
    Local(Arc<str>),
    /// The trigger has no name, or no device.
    Trigger(TriggerWord),
    /// The home's location is not set.
    Location,
    /// A division by zero.
    Division,
    /// A number became too large.
    TooLarge,
}

type Value = Result<Datum, Missing>;

/// The truth of a condition; none when it is not known.
pub(crate) fn truth(code: &Code, env: &Env<'_>) -> Option<bool> {
    eval(code, env).ok()?.as_bool()
}

/// The value of an expression.
pub(crate) fn eval(code: &Code, env: &Env<'_>) -> Value {
    match code {
        Code::Const(datum) => Ok(datum.clone()),
        Code::Slot(id) => slot(*id, env),
        Code::Local(name) => {
            let local = env.locals.get(name).cloned();
            local.ok_or_else(|| Missing::Local(Arc::clone(name)))
        }
        Code::Trigger(word) => {
            let fact = match word {
                TriggerWord::Id => &env.facts.name,
                TriggerWord::Device => &env.facts.device,
            };
            fact.clone().map(Datum::Text).ok_or(Missing::Trigger(*word))
        }
        Code::Clock(word) => clock(*word, env),
        Code::Not(x) => Ok(Datum::Bool(!bool(x, env)?)),
        Code::Negative(x) => Ok(Datum::Number(-number(x, env)?)),
        Code::Binary(op, x, y) => binary(*op, x, y, env),
        Code::OneOf(x, set) => one_of(x, set, env),
        Code::Within(x, from, to) => {
            let (x, from, to) = (eval(x, env)?, eval(from, env)?, eval(to, env)?);
            Ok(Datum::Bool(is_within(&x, &from, &to)))
        }
        Code::Call(function, x) => call(*function, x, env),
        Code::If(x, y, z) => eval(if bool(x, env)? { y } else { z }, env),
        Code::Over(aggregate, set) => over(*aggregate, set, env),
    }
}

fn slot(id: SlotId, env: &Env<'_>) -> Value {
    let slot = env.slots.get(id).ok_or(Missing::Slot(id))?;
    let enough = slot.certainty == Certainty::Known || env.stale;
    let datum = slot.datum.as_ref().filter(|_| enough);
    datum.cloned().ok_or(Missing::Slot(id))
}

fn bool(code: &Code, env: &Env<'_>) -> Result<bool, Missing> {
    Ok(eval(code, env)?.as_bool().unwrap_or(false))
}

fn number(code: &Code, env: &Env<'_>) -> Result<f64, Missing> {
    Ok(eval(code, env)?.as_number().unwrap_or(0.0))
}

fn clock(word: ClockWord, env: &Env<'_>) -> Value {
    let elevation = || {
        let location = env.place.location.ok_or(Missing::Location)?;
        Ok(sun::elevation(env.now, location))
    };
    Ok(match word {
        ClockWord::Time => Datum::Time(time_of_day(env.now, env.place)),
        ClockWord::Day => Datum::Day(weekday(env.now, env.place)),
        ClockWord::Elevation => Datum::Number(elevation()?),
        ClockWord::Up => Datum::Bool(elevation()? > HORIZON),
    })
}

/// Where the sun's centre stands when its upper edge touches the horizon, in degrees.
const HORIZON: f64 = -0.833;

fn binary(op: BinaryOp, x: &Code, y: &Code, env: &Env<'_>) -> Value {
    match op {
        BinaryOp::And => both(x, y, false, env),
        BinaryOp::Or => both(x, y, true, env),
        BinaryOp::Else => eval(x, env).or_else(|_| eval(y, env)),
        BinaryOp::Equal => Ok(Datum::Bool(same(&eval(x, env)?, &eval(y, env)?))),
        BinaryOp::Unequal => Ok(Datum::Bool(!same(&eval(x, env)?, &eval(y, env)?))),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
            let order = rank(&eval(x, env)?).total_cmp(&rank(&eval(y, env)?));
            Ok(Datum::Bool(match op {
                BinaryOp::Less => order.is_lt(),
                BinaryOp::LessEqual => order.is_le(),
                BinaryOp::Greater => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        BinaryOp::Plus => finite(number(x, env)? + number(y, env)?),
        BinaryOp::Minus => finite(number(x, env)? - number(y, env)?),
        BinaryOp::Times => finite(number(x, env)? * number(y, env)?),
        BinaryOp::Over => {
            let (x, y) = (number(x, env)?, number(y, env)?);
            if y == 0.0 {
                return Err(Missing::Division);
            }
            finite(x / y)
        }
    }
}

/// A number, unless it is beyond all that can be told or stored.
fn finite(n: f64) -> Value {
    if n.is_finite() {
        Ok(Datum::Number(n))
    } else {
        Err(Missing::TooLarge)
    }
}

/// `and` and `or` of Kleene: what decides alone decides, though the other is not known.
fn both(x: &Code, y: &Code, decides: bool, env: &Env<'_>) -> Value {
    let x = bool(x, env);
    if x == Ok(decides) {
        return Ok(Datum::Bool(decides));
    }
    let y = bool(y, env)?;
    if y == decides {
        return Ok(Datum::Bool(decides));
    }
    x.map(|_| Datum::Bool(!decides))
}

fn one_of(x: &Code, set: &[Code], env: &Env<'_>) -> Value {
    let x = eval(x, env)?;
    let mut missing = None;
    for item in set {
        match eval(item, env) {
            Ok(item) if same(&x, &item) => return Ok(Datum::Bool(true)),
            Ok(_) => {}
            Err(why) => missing = missing.or(Some(why)),
        }
    }
    missing.map_or(Ok(Datum::Bool(false)), Err)
}

/// Whether two values are the same.
pub(crate) fn same(x: &Datum, y: &Datum) -> bool {
    match (x, y) {
        // What sensors and arithmetic give is never exact.
        (Datum::Number(x), Datum::Number(y)) => {
            (x - y).abs() <= 1e-9 * x.abs().max(y.abs()).max(1.0)
        }
        (x, y) => x == y,
    }
}

/// The value's place in the order of its type.
fn rank(datum: &Datum) -> f64 {
    match datum {
        Datum::Bool(b) => f64::from(u8::from(*b)),
        Datum::Number(n) => *n,
        Datum::Time(time) => f64::from(time.seconds()),
        Datum::Day(day) => f64::from(*day as u8),
        Datum::Member(_) | Datum::Text(_) => 0.0,
    }
}

/// Whether a value is in a range; a range of times or days that ends before it begins goes over the
/// turn.
fn is_within(x: &Datum, from: &Datum, to: &Datum) -> bool {
    let (at, start, end) = (rank(x), rank(from), rank(to));
    let turns = matches!(x, Datum::Time(_) | Datum::Day(_));
    if turns && end < start {
        at >= start || at <= end
    } else {
        at >= start && at <= end
    }
}

fn call(function: Function, x: &Code, env: &Env<'_>) -> Value {
    Ok(match function {
        Function::Known => Datum::Bool(eval(x, env).is_ok()),
        Function::Last => {
            return eval(
                x,
                &Env {
                    stale: true,
                    ..*env
                },
            );
        }
        Function::Since => {
            let Code::Slot(id) = x else {
                return Err(Missing::Division);
            };
            slot(*id, env)?;
            let since = env.slots.get(*id).map_or(env.now, |slot| slot.since);
            Datum::Number(env.now.since(since).as_secs_f64())
        }
        Function::Abs => Datum::Number(number(x, env)?.abs()),
        Function::Round => Datum::Number(number(x, env)?.round()),
    })
}

/// A function over a set. Those of numbers leave out what is not known, unless nothing is.
fn over(aggregate: Aggregate, set: &[Code], env: &Env<'_>) -> Value {
    match aggregate {
        Aggregate::Any => quantify(set, true, env),
        Aggregate::All => quantify(set, false, env),
        Aggregate::Count => {
            let count = set.iter().filter(|x| truth(x, env) == Some(true)).count();
            Ok(Datum::Number(f64::from(
                u32::try_from(count).unwrap_or(u32::MAX),
            )))
        }
        Aggregate::Min | Aggregate::Max | Aggregate::Avg => {
            let mut missing = None;
            let mut known = Vec::with_capacity(set.len());
            for x in set {
                match number(x, env) {
                    Ok(n) => known.push(n),
                    Err(why) => missing = missing.or(Some(why)),
                }
            }
            let found = match aggregate {
                Aggregate::Min => known.iter().copied().reduce(f64::min),
                Aggregate::Max => known.iter().copied().reduce(f64::max),
                _ => {
                    let count = f64::from(u32::try_from(known.len()).unwrap_or(u32::MAX));
                    let sum = known.iter().copied().reduce(|a, b| a + b);
                    sum.map(|sum| sum / count)
                }
            };
            match found {
                Some(n) => finite(n),
                None => Err(missing.unwrap_or(Missing::Division)),
            }
        }
    }
}

/// Whether one is `decides`, in three-valued logic.
fn quantify(set: &[Code], decides: bool, env: &Env<'_>) -> Value {
    let mut missing = None;
    for x in set {
        match bool(x, env) {
            Ok(b) if b == decides => return Ok(Datum::Bool(decides)),
            Ok(_) => {}
            Err(why) => missing = missing.or(Some(why)),
        }
    }
    missing.map_or(Ok(Datum::Bool(!decides)), Err)
}

impl Code {
    /// The values that it looks at, each once, in the order in which they stand.
    pub(crate) fn slots(&self) -> Vec<SlotId> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut Vec<SlotId>) {
        match self {
            Self::Slot(id) if !found.contains(id) => found.push(*id),
            Self::Const(_) | Self::Slot(_) | Self::Local(_) | Self::Trigger(_) | Self::Clock(_) => {
            }
            Self::Not(x) | Self::Negative(x) | Self::Call(_, x) => x.collect(found),
            Self::Binary(_, x, y) => {
                x.collect(found);
                y.collect(found);
            }
            Self::OneOf(x, set) => {
                x.collect(found);
                set.iter().for_each(|item| item.collect(found));
            }
            Self::Within(x, y, z) | Self::If(x, y, z) => {
                x.collect(found);
                y.collect(found);
                z.collect(found);
            }
            Self::Over(_, set) => set.iter().for_each(|item| item.collect(found)),
        }
    }
}
