//! What a rule reads for an entity's state or attribute, and how it asks whether that is so.

use std::time::Duration;

use rules::expr::{Expr, Place, Property, Reference};
use rules::schedule::duration::show_duration;

use crate::case::Case;
use crate::cursor::At;
use crate::domain::{self, Domain, Scale, is_number, prefix};
use crate::make::{not, number, option, parsed, quoted, truth};
use crate::property::{Shape, shape};
use crate::state::{hvac_mode, truth_of};
use crate::table::Mapped;

/// What a rule reads for an entity.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Its text in an expression.
    pub(crate) text: String,
    /// What is read.
    pub(crate) of: Of,
    /// How a number there becomes a number here.
    scale: Scale,
    /// The domain of the entity, as written.
    prefix: String,
}

/// What is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Of {
    /// A property by its name, and its kind of value.
    Named(String, Shape),
    /// An attribute of the specification.
    Attribute,
    /// Whether a property is so anywhere in a room.
    Room,
    /// A variable of the home.
    Home,
    /// How high the sun stands.
    Elevation,
}

/// What to read for an entity; a finding tells if there is nothing.
pub(crate) fn reading(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    entity: &str,
    attribute: Option<&str>,
) -> Option<Reading> {
    let domain = Domain::of(entity);
    if domain == Domain::Sun && attribute == Some("elevation") {
        return Some(of("sun.elevation".to_owned(), Of::Elevation, entity));
    }
    if matches!(domain, Domain::Foreign | Domain::Presence | Domain::Sun) && !case.is_told(entity) {
        let what = format!("`{entity}` is nothing that this hub has");
        case.dropped(
            at,
            what,
            "name a property or a home.variable for it in the table",
        );
        return None;
    }
    let mapped = case.meaning(at, entity).mapped;
    let Some((name, scale)) = property(case, domain, entity, &mapped, attribute) else {
        return fixed(case, at, entity, &mapped, attribute);
    };
    let is_bool = shape(&name) == Some(Shape::Bool);
    let (text, of) = match &mapped {
        Mapped::Device(device) => (format!("{device}.{name}"), named(&name)?),
        Mapped::Property(reference) => match &reference.of {
            Place::Device(device) => (format!("{device}.{name}"), named(&name)?),
            Place::Room(_) => return None,
        },
        Mapped::Room(room) if is_bool => (format!("any(@{room}.{name})"), Of::Room),
        Mapped::Room(_) | Mapped::Home(_) => {
            case.dropped(
                at,
                format!("`{entity}` is a room here, which has no {name}"),
                "",
            );
            return None;
        }
    };
    Some(Reading {
        text,
        of,
        scale,
        prefix: prefix(entity).to_owned(),
    })
}

fn of(text: String, of: Of, entity: &str) -> Reading {
    Reading {
        text,
        of,
        scale: Scale::Same,
        prefix: prefix(entity).to_owned(),
    }
}

fn named(name: &str) -> Option<Of> {
    Some(Of::Named(name.to_owned(), shape(name)?))
}

/// The name of the property to read, and how its numbers are counted there.
fn property(
    case: &Case<'_, '_>,
    domain: Domain,
    entity: &str,
    mapped: &Mapped,
    attribute: Option<&str>,
) -> Option<(String, Scale)> {
    if let Some(attribute) = attribute {
        let (name, scale) = domain::attribute(domain, attribute)?;
        return match mapped {
            Mapped::Home(_) => None,
            _ => Some((name.to_owned(), scale)),
        };
    }
    let has = match mapped {
        Mapped::Home(_) => return None,
        Mapped::Property(Reference { property, .. }) => {
            return match property {
                Property::Named(name) => Some((name.to_string(), Scale::Same)),
                Property::Attribute { .. } | Property::Event { .. } => None,
            };
        }
        Mapped::Device(device) => case.known(device),
        Mapped::Room(_) => None,
    };
    let name = domain.property(&domain::words(entity), has.as_deref())?;
    Some((name.to_owned(), Scale::Same))
}

/// What to read for what is no property by name.
fn fixed(
    case: &mut Case<'_, '_>,
    at: &At<'_>,
    entity: &str,
    mapped: &Mapped,
    attribute: Option<&str>,
) -> Option<Reading> {
    match (mapped, attribute) {
        (Mapped::Home(name), None) => Some(of(format!("home.{name}"), Of::Home, entity)),
        (Mapped::Property(reference), None)
            if matches!(reference.property, Property::Attribute { .. }) =>
        {
            Some(of(reference.to_string(), Of::Attribute, entity))
        }
        (_, Some(attribute)) => {
            let what = format!("the attribute `{attribute}` of `{entity}` is no property here");
            case.dropped(at, what, "");
            None
        }
        _ => {
            let what = format!("it is not known what of {mapped} stands for `{entity}`");
            case.dropped(at, what, "name a device.property for it in the table");
            None
        }
    }
}

impl Reading {
    /// Whether it is either true or false.
    pub(crate) fn is_bool(&self) -> bool {
        match &self.of {
            Of::Named(_, shape) => *shape == Shape::Bool,
            Of::Room => true,
            Of::Home => {
                self.prefix == "input_boolean" || Domain::of_prefix(&self.prefix).is_presence()
            }
            Of::Attribute | Of::Elevation => false,
        }
    }

    /// The expression of its value.
    pub(crate) fn value(&self) -> Option<Expr> {
        parsed(&self.text)
    }

    /// Whether it has been as it is for so long.
    pub(crate) fn has_been(&self, length: Duration) -> Option<Expr> {
        match self.of {
            Of::Room | Of::Elevation => None,
            _ => parsed(&format!(
                "since({}) >= {}",
                self.text,
                show_duration(length)
            )),
        }
    }

    /// Whether it is in this state.
    ///
    /// # Errors
    /// Why that cannot be asked.
    pub(crate) fn is(&self, state: &str) -> Result<Expr, String> {
        let no = || format!("`{state}` is no state of {}", self.text);
        if state == "unknown" {
            return parsed(&format!("not known({})", self.text)).ok_or_else(no);
        }
        let expr = match &self.of {
            Of::Named(name, Shape::Bool) => self.is_truth(name, state),
            Of::Named(name, Shape::Number(_)) => self.is_number(name, state),
            Of::Named(name, Shape::Words) => self.is_word(name, state),
            Of::Room => self.is_truth("", state),
            Of::Home => self.is_variable(state),
            Of::Elevation => self.compared("==", state.parse().ok()),
            Of::Attribute => self.is_anything(state),
        };
        expr.ok_or_else(no)
    }

    fn is_truth(&self, property: &str, state: &str) -> Option<Expr> {
        let is = truth_of(state)?;
        // A contact is closed when the sensor of a door is off; a sensor of a lock is on when open.
        let is_contrary =
            self.prefix == "binary_sensor" && matches!(property, "contact" | "locked");
        let expr = self.value()?;
        Some(if is == is_contrary { not(expr) } else { expr })
    }

    fn is_number(&self, property: &str, state: &str) -> Option<Expr> {
        let text = &self.text;
        match (property, state) {
            ("lift", "open") => parsed(&format!("{text} < 100 %")),
            ("lift", "closed") => parsed(&format!("{text} == 100 %")),
            ("fan-speed", "on") => parsed(&format!("{text} > 0 %")),
            ("fan-speed", "off") => parsed(&format!("{text} == 0 %")),
            _ => self.compared("==", state.parse().ok()),
        }
    }

    fn is_word(&self, property: &str, state: &str) -> Option<Expr> {
        let word = match property {
            "system-mode" => hvac_mode(state)?.to_owned(),
            "smoke-alarm" | "carbon-monoxide-alarm" => {
                let sign = if truth_of(state)? { "!=" } else { "==" };
                return parsed(&format!("{} {sign} normal", self.text));
            }
            _ => hub_model::slug(state),
        };
        parsed(&format!("{} == {word}", self.text))
    }

    fn is_variable(&self, state: &str) -> Option<Expr> {
        let value = match self.prefix.as_str() {
            "input_number" => return self.compared("==", state.parse().ok()),
            "input_text" => quoted(state),
            "input_select" => option(state),
            _ => {
                let variable = self.value()?;
                return Some(if truth_of(state)? {
                    variable
                } else {
                    not(variable)
                });
            }
        };
        let equal = rules::expr::BinaryOp::Equal;
        Some(crate::make::binary(equal, self.value()?, value))
    }

    fn is_anything(&self, state: &str) -> Option<Expr> {
        let value = match (truth_of(state), state.parse::<f64>()) {
            (Some(is), _) => truth(is).to_string(),
            (None, Ok(n)) if n.is_finite() => number(n),
            _ => option(state).to_string(),
        };
        parsed(&format!("{} == {value}", self.text))
    }

    /// It compared with a number as the other hub counts it.
    pub(crate) fn compared(&self, sign: &str, with: Option<f64>) -> Option<Expr> {
        let with = with.filter(|number| number.is_finite())?;
        let unit = match &self.of {
            Of::Named(name, Shape::Number(unit)) if is_number(name) => unit,
            Of::Elevation => "°",
            Of::Named(..) | Of::Room => return None,
            Of::Attribute | Of::Home => "",
        };
        let sign = self.sign(sign);
        parsed(&format!(
            "{} {sign} {} {unit}",
            self.text,
            number(self.scale.apply(with))
        ))
    }

    /// It compared with another value.
    pub(crate) fn compared_with(&self, sign: &str, other: &Self) -> Option<Expr> {
        if self.scale != other.scale {
            return None;
        }
        parsed(&format!("{} {} {}", self.text, self.sign(sign), other.text))
    }

    /// The sign, turned round where more there is less here.
    fn sign<'s>(&self, sign: &'s str) -> &'s str {
        match (self.scale, sign) {
            (Scale::Flipped, ">") => "<",
            (Scale::Flipped, "<") => ">",
            (Scale::Flipped, ">=") => "<=",
            (Scale::Flipped, "<=") => ">=",
            (_, sign) => sign,
        }
    }

    /// It with another value where it is not known, if it is a number of a device.
    pub(crate) fn or(self, default: f64) -> Self {
        let Of::Named(_, Shape::Number(unit)) = &self.of else {
            return self;
        };
        let default = number(self.scale.apply(default));
        Self {
            text: format!("({} ?? {default} {unit})", self.text),
            ..self
        }
    }
}
