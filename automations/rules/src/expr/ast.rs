//! The tree of an expression.

use std::sync::Arc;

use hub_model::{AttributeId, ClusterId, EndpointId, EventId};

use super::lexer::UnitWord;
use crate::schedule::{TimeOfDay, Weekday};

/// Where in its text something stands, in bytes. Any two are equal: two expressions that say the
/// same are the same wherever they were written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A value as written.
    Literal(Literal),
    /// A device's value.
    Reference(Reference),
    /// A variable of the home: `home.mode`.
    Home(Arc<str>),
    /// A variable of the run: `$level`.
    Local(Arc<str>),
    /// Something of what started the run.
    Trigger(TriggerWord),
    /// Something of the clock or the sky.
    Clock(ClockWord),
    /// `not x`.
    Not(Box<Expr>),
    /// `-x`.
    Negative(Box<Expr>),
    /// `x op y`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x in [a, b]`.
    OneOf(Box<Expr>, Vec<Expr>),
    /// `x in a..b`: from a up to and with b; of times of day and weekdays also over the turn.
    Within(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function of one value.
    Call(Function, Box<Expr>),
    /// `if(c, x, y)`.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A function over a set.
    Over(Aggregate, Vec<Expr>),
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`.
    Bool(bool),
    /// `21.5 °C`, `40 %`, `3`, and durations, `1h30m`, as seconds.
    Number(f64, Option<UnitWord>),
    /// `"text"`.
    Text(Arc<str>),
    /// `night`: a member of an enum.
    Word(Arc<str>),
    /// `22:30`.
    Time(TimeOfDay),
    /// `mon`.
    Day(Weekday),
}

/// A device's value, or those of a room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Whose.
    pub of: Place,
    /// Which.
    pub property: Property,
}

/// Whose value is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A device's.
    Device(DeviceRef),
    /// All devices' of a room, by its slug: `@hall`. `@home` is all.
    Room(Arc<str>),
}

/// A device, or one endpoint of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceRef {
    /// The node's name in paths.
    pub slug: Arc<str>,
    /// The endpoint; none is the only one that has what is asked for.
    pub endpoint: Option<EndpointId>,
}

/// Which value, or event, of a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// By its name in rules: `on`, `temperature`.
    Named(Arc<str>),
    /// By the specification: `OnOff.OnOff`; of a bitmap maybe one bit.
    Attribute {
        /// The cluster.
        cluster: ClusterId,
        /// The attribute.
        attribute: AttributeId,
        /// The name of one bit.
        bit: Option<Arc<str>>,
    },
    /// An event by the specification: `Switch.InitialPress`.
    Event {
        /// The cluster.
        cluster: ClusterId,
        /// The event.
        event: EventId,
    },
}

/// Something of what started the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerWord {
    /// `trigger.id`: the name of the `when`.
    Id,
    /// `trigger.device`: the slug of the device.
    Device,
}

/// Something of the clock or the sky. Only conditions may ask; a trigger takes `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockWord {
    /// `time`: the time of day.
    Time,
    /// `day`: the weekday.
    Day,
    /// `sun.elevation`, in degrees.
    Elevation,
    /// `sun.up`: whether it is above the horizon.
    Up,
}

/// An operation of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`.
    Or,
    /// `and`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `??`: the second if the first is not known.
    Else,
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `*`.
    Times,
    /// `/`.
    Over,
}

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Whether it is known.
    Known,
    /// Its last value, though that may be stale.
    Last,
    /// How long it has been as it is.
    Since,
    /// Without its sign.
    Abs,
    /// To the next whole number of its unit.
    Round,
}

/// A function over a set of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// Whether one is true.
    Any,
    /// Whether all are true.
    All,
    /// How many are true.
    Count,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The mean.
    Avg,
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

words!(TriggerWord { Id = "trigger.id", Device = "trigger.device" });
words!(ClockWord { Time = "time", Day = "day", Elevation = "sun.elevation", Up = "sun.up" });
words!(Function { Known = "known", Last = "last", Since = "since", Abs = "abs", Round = "round" });
words!(Aggregate {
    Any = "any", All = "all", Count = "count", Min = "min", Max = "max", Avg = "avg",
});
words!(BinaryOp {
    Or = "or", And = "and", Equal = "==", Unequal = "!=", Less = "<", LessEqual = "<=",
    Greater = ">", GreaterEqual = ">=", Else = "??", Plus = "+", Minus = "-", Times = "*", Over = "/",
});

impl BinaryOp {
    /// How tightly it binds; more is tighter.
    pub(super) const fn binding(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal
            | Self::Unequal
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual => 4,
            Self::Else => 5,
            Self::Plus | Self::Minus => 6,
            Self::Times | Self::Over => 7,
        }
    }

    /// Whether it compares.
    #[must_use]
    pub const fn is_comparison(self) -> bool {
        self.binding() == Self::Equal.binding()
    }
}

impl Expr {
    /// An expression that stands nowhere.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            span: Span::default(),
        }
    }

    /// Its parts.
    pub fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Literal(_)
            | Kind::Reference(_)
            | Kind::Home(_)
            | Kind::Local(_)
            | Kind::Trigger(_)
            | Kind::Clock(_) => Vec::new(),
            Kind::Not(x) | Kind::Negative(x) | Kind::Call(_, x) => vec![x],
            Kind::Binary(_, x, y) => vec![x, y],
            Kind::OneOf(x, set) => std::iter::once(&**x).chain(set).collect(),
            Kind::Within(x, y, z) | Kind::If(x, y, z) => vec![x, y, z],
            Kind::Over(_, set) => set.iter().collect(),
        }
    }

    /// It and all its parts, from the outside in.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(expr) = all.get(next) {
            let parts = expr.parts();
            all.extend(parts);
            next += 1;
        }
        all
    }

    /// The devices' values in it.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.all().into_iter().filter_map(|expr| match &expr.kind {
            Kind::Reference(reference) => Some(reference),
            _ => None,
        })
    }
}
