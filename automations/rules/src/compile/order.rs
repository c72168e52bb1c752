//! Orders: a property of one endpoint that is to get a value, and the command that asks for it.
//!
//! Spec: Matter 1.6 Application Cluster §1.5 (OnOff), §1.6 (LevelControl), §3.2 (ColorControl),
//! §5.2 (DoorLock), §5.3 (WindowCovering), §4.6 (ValveConfigurationAndControl).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hub_model::spec::{self, Schema, Shape};
use hub_model::units::Unit;
use hub_model::{AttributeId, AttributePath, ClusterId, CommandId, Operation, Value};

use super::code::Code;
use super::{Scope, expr, limits};
use crate::datum::{Datum, Type};
use crate::expr::{DeviceRef, Expr, Property, Reference};
use crate::house::{Dead, Spot};
use crate::problem::Problem;
use crate::property::{self, Named, SetBy};
use crate::tree::Target;

/// A property of one endpoint that is to get a value.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) spot: Spot,
    pub(crate) cluster: ClusterId,
    /// The attribute that shows it.
    pub(crate) attribute: AttributeId,
    pub(crate) by: SetBy,
    pub(crate) value: Code,
    pub(crate) datatype: Type,
    pub(crate) transition: Option<Duration>,
    /// Whether it is another order's to turn the device on or off.
    pub(crate) leaves_off: bool,
    /// What is set, for people: `hall-lamp.level`.
    pub(crate) label: Arc<str>,
}

/// Why an order cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("{0} is out of range")]
    Range(String),
    #[error("its attribute is not in the specification")]
    Unknown,
}

/// The bit of the options of LevelControl that lets a command take effect while the device is off.
const EXECUTE_IF_OFF: u64 = 1;
/// Where a device shows whether it is on.
const ON_OFF: (ClusterId, AttributeId) = (ClusterId(0x0006), AttributeId(0));
/// The most orders of one step.
const MOST: usize = 1_000;

/// The orders that bring targets to values, in the order in which they are to be given.
pub(crate) fn orders(
    targets: &[Target],
    values: &BTreeMap<Arc<str>, Expr>,
    transition: Option<Duration>,
    place: &str,
    scope: &mut Scope<'_>,
) -> Vec<Order> {
    let mut orders = Vec::new();
    for (name, value) in values {
        let place = format!("{place}.{name}");
        let Some(setting) = Setting::of(name, &place, scope) else {
            continue;
        };
        for target in targets {
            setting.place_orders(target, value, &place, scope, &mut orders);
        }
    }
    for order in &mut orders {
        order.transition = transition;
    }
    if orders.len() > MOST {
        scope.error(place, format!("more than {MOST} commands at once"));
    }
    // What is on first can be dimmed and coloured then.
    orders.sort_by_key(|order| (order.spot, rank(order.by), order.cluster, order.attribute));
    // A device that is named, and in a room that is too.
    orders.dedup_by_key(|order| (order.spot, order.cluster, order.attribute));
    let levels: Vec<_> = orders
        .iter()
        .filter(|o| o.by == SetBy::Level)
        .map(|o| o.spot)
        .collect();
    orders.retain(|order| {
        let is_on = order.by == SetBy::OnOff && order.value == Code::Const(Datum::Bool(true));
        !(is_on && levels.contains(&order.spot))
    });
    // Of what may be told to be off, the level must not turn it on again.
    let switched: Vec<_> = orders
        .iter()
        .filter(|o| o.by == SetBy::OnOff)
        .map(|o| o.spot)
        .collect();
    for order in orders
        .iter_mut()
        .filter(|order| switched.contains(&order.spot))
    {
        order.leaves_off = true;
    }
    orders
}

const fn rank(by: SetBy) -> u8 {
    match by {
        SetBy::OnOff => 0,
        SetBy::Level => 1,
        _ => 2,
    }
}

/// What is set by a name.
struct Setting {
    name: Arc<str>,
    cluster: ClusterId,
    attribute: AttributeId,
    by: SetBy,
    datatype: Type,
}

impl Setting {
    fn of(name: &Arc<str>, place: &str, scope: &mut Scope<'_>) -> Option<Self> {
        let setting = |cluster, attribute, by, datatype| Self {
            name: Arc::clone(name),
            cluster,
            attribute,
            by,
            datatype,
        };
        if let Some(Named::Of(def)) = property::named(name) {
            let by = def.set?;
            return Some(setting(
                def.cluster,
                def.attribute,
                by,
                def.view().datatype(),
            ));
        }
        // `Cluster.Attribute`, of a device whose name does not matter.
        let parsed: Result<Reference, _> = format!("x.{name}").parse();
        let found = match parsed.map(|reference| reference.property) {
            Ok(Property::Attribute {
                cluster, attribute, ..
            }) => Some((cluster, attribute)),
            _ => None,
        };
        let Some((cluster, attribute)) = found else {
            scope.error(
                place,
                format!("{name:?} is no attribute; one is OnOff.StartUpOnOff"),
            );
            return None;
        };
        let known = spec::attribute(cluster, attribute).filter(|known| known.is_writable());
        let view = known.and_then(|known| property::view_of(&known.schema, None));
        let Some(view) = view else {
            scope.error(place, format!("{name} cannot be written"));
            return None;
        };
        Some(setting(
            cluster,
            attribute,
            SetBy::Write(attribute),
            view.datatype(),
        ))
    }

    fn place_orders(
        &self,
        target: &Target,
        value: &Expr,
        place: &str,
        scope: &mut Scope<'_>,
        orders: &mut Vec<Order>,
    ) {
        let spots = match self.spots(target, scope) {
            Ok(spots) => spots,
            Err(Dead { what, advice }) => {
                scope
                    .problems
                    .push(Problem::error(place, what).advise_if(advice));
                return;
            }
        };
        let Some(code) = expr::of_type(value, &self.datatype, place, scope) else {
            return;
        };
        for spot in spots {
            limits::check(&self.limited(spot, &code, target), place, scope);
            orders.push(Order {
                spot,
                cluster: self.cluster,
                attribute: self.attribute,
                by: self.by,
                value: code.clone(),
                datatype: self.datatype.clone(),
                transition: None,
                leaves_off: false,
                label: self.label(target, spot, scope),
            });
        }
    }

    fn limited<'a>(&self, spot: Spot, code: &'a Code, target: &Target) -> limits::Limited<'a> {
        limits::Limited {
            spot,
            cluster: self.cluster,
            attribute: self.attribute,
            datatype: self.datatype.clone(),
            code,
            device: match target {
                Target::Device(device) => device.to_string(),
                Target::Room(room) => format!("@{room}"),
            },
        }
    }

    fn label(&self, target: &Target, spot: Spot, scope: &Scope<'_>) -> Arc<str> {
        let device = match target {
            Target::Device(device) => device.to_string(),
            Target::Room(_) => scope.house().spot_text(spot),
        };
        format!("{device}.{}", self.name).into()
    }

    fn spots(&self, target: &Target, scope: &Scope<'_>) -> Result<Vec<Spot>, Dead> {
        let house = scope.house();
        match target {
            Target::Device(device) => Ok(vec![house.endpoint(
                device,
                self.cluster,
                self.attribute,
            )?]),
            Target::Room(room) => {
                let having = |node: &hub_engine::NodeView, endpoint| DeviceRef {
                    slug: Arc::clone(&node.node.slug),
                    endpoint: Some(endpoint),
                };
                let spots = house.room(room)?;
                let spots = spots.iter().filter_map(|(node, endpoint)| {
                    let device = having(node, *endpoint);
                    house.endpoint(&device, self.cluster, self.attribute).ok()
                });
                let spots: Vec<_> = spots.collect();
                match spots.is_empty() {
                    true => Err(Dead {
                        what: format!("no device of @{room} has {}", self.name),
                        advice: None,
                    }),
                    false => Ok(spots),
                }
            }
        }
    }
}

impl Order {
    /// The attribute that shows what is set.
    pub(crate) fn path(&self) -> AttributePath {
        AttributePath {
            node: self.spot.0,
            endpoint: self.spot.1,
            cluster: self.cluster,
            attribute: self.attribute,
        }
    }

    /// The attributes that change with it: a level turns a lamp on or off too.
    pub(crate) fn paths(&self) -> impl Iterator<Item = AttributePath> {
        let also = (self.by == SetBy::Level && !self.leaves_off).then(|| AttributePath {
            cluster: ON_OFF.0,
            attribute: ON_OFF.1,
            ..self.path()
        });
        also.into_iter().chain([self.path()])
    }

    /// The fixed value that an attribute gets from it, with its type; none when that is reckoned or
    /// has nothing to do with it.
    pub(crate) fn fixed(&self, path: &AttributePath) -> Option<(Datum, &Type)> {
        let Code::Const(value) = &self.value else {
            return None;
        };
        if self.path() == *path {
            return Some((value.clone(), &self.datatype));
        }
        let is_on = value.as_number().map(|level| Datum::Bool(level > 0.0))?;
        self.paths()
            .any(|other| other == *path)
            .then_some((is_on, &Type::Bool))
    }

    /// Whether the engine can tell that it happened; else the device's word must do.
    pub(crate) const fn is_confirmed(&self) -> bool {
        !matches!(self.by, SetBy::Valve)
    }

    /// What is asked of the device for this value.
    pub(crate) fn operation(&self, value: &Datum) -> Result<Operation, OrderError> {
        let number = || value.as_number().unwrap_or_default();
        let is_on = || value.as_bool().unwrap_or_default();
        let transition = self.deciseconds();
        Ok(match self.by {
            SetBy::OnOff => self.invoke(u32::from(is_on()), []),
            SetBy::Level if self.leaves_off => {
                let level = self.unsigned(Unit::Level254, number(), 254)?;
                let if_off = Value::Uint(EXECUTE_IF_OFF);
                self.invoke(0, [level, transition, if_off.clone(), if_off])
            }
            SetBy::Level => {
                let level = self.unsigned(Unit::Level254, number(), 254)?;
                self.invoke(4, [level, transition, Value::Uint(0), Value::Uint(0)])
            }
            SetBy::ColorTemperature => {
                let mireds = self.unsigned(Unit::Mired, number(), 65_279)?;
                self.invoke(0x0A, [mireds, transition, Value::Uint(0), Value::Uint(0)])
            }
            SetBy::Hue => {
                let hue = self.unsigned(Unit::Hue254, number(), 254)?;
                let shortest = Value::Uint(0);
                let options = [Value::Uint(0), Value::Uint(0)];
                let [mask, overriding] = options;
                self.invoke(0, [hue, shortest, transition, mask, overriding])
            }
            SetBy::Saturation => {
                let saturation = self.unsigned(Unit::Level254, number(), 254)?;
                self.invoke(3, [saturation, transition, Value::Uint(0), Value::Uint(0)])
            }
            SetBy::Lock => self.invoke(u32::from(!is_on()), []),
            SetBy::Lift => {
                let lift = self.unsigned(Unit::CentiPercent, number(), 10_000)?;
                self.invoke(5, [lift])
            }
            SetBy::Tilt => {
                let tilt = self.unsigned(Unit::CentiPercent, number(), 10_000)?;
                self.invoke(8, [tilt])
            }
            SetBy::Valve => self.invoke(u32::from(!is_on()), []),
            SetBy::Write(attribute) => {
                let known = spec::attribute(self.cluster, attribute).ok_or(OrderError::Unknown)?;
                Operation::Write {
                    endpoint: self.spot.1,
                    cluster: self.cluster,
                    attribute,
                    value: wire(&known.schema, value)?,
                    timed: known.is_timed(),
                }
            }
        })
    }

    /// The transition in tenths of a second, as the commands have it; null is the device's own.
    fn deciseconds(&self) -> Value {
        match self.transition {
            Some(transition) => {
                let tenths = transition.as_millis() / 100;
                Value::Uint(u64::try_from(tenths).unwrap_or(u64::MAX).min(65_534))
            }
            // Colour commands have no null; 0 is at once, which is what a device does by itself.
            None if self.by == SetBy::Level => Value::Null,
            None => Value::Uint(0),
        }
    }

    fn unsigned(&self, unit: Unit, shown: f64, most: u64) -> Result<Value, OrderError> {
        let raw = unit.raw(shown).round();
        let out = || OrderError::Range(Datum::Number(shown).shown(&self.datatype));
        match whole(raw) {
            Some(raw) if (0..=i128::from(most)).contains(&raw) => {
                Ok(Value::Uint(u64::try_from(raw).map_err(|_| out())?))
            }
            _ => Err(out()),
        }
    }

    fn invoke<const N: usize>(&self, command: u32, fields: [Value; N]) -> Operation {
        let command = CommandId(command);
        let known = spec::cluster(self.cluster).and_then(|cluster| cluster.command(command));
        Operation::Invoke {
            endpoint: self.spot.1,
            cluster: self.cluster,
            command,
            fields: Value::structure((0..).zip(fields)),
            timed: known.is_some_and(spec::Command::is_timed),
        }
    }
}

/// A number without a fraction; none when it is no whole number of any use.
fn whole(n: f64) -> Option<i128> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is finite and below 2^64"
    )]
    (n.is_finite() && n.abs() < 1.8e19).then_some(n as i128)
}

/// A value as an attribute or field of this schema has it on the wire.
pub(crate) fn wire(schema: &Schema, value: &Datum) -> Result<Value, OrderError> {
    let out = || OrderError::Range(format!("{value:?}"));
    let raw = |n: f64| schema.unit.map_or(n, |unit| unit.raw(n));
    match (schema.datatype.shape, value) {
        (Shape::Bool, Datum::Bool(b)) => Ok(Value::Bool(*b)),
        (Shape::Enum { .. }, Datum::Member(member)) => Ok(Value::Uint(*member)),
        (Shape::Text, Datum::Text(text)) => Ok(Value::Text(Arc::clone(text))),
        #[expect(clippy::cast_possible_truncation, reason = "a single is what it wants")]
        (Shape::Single, Datum::Number(n)) => Ok(Value::Single(raw(*n) as f32)),
        (Shape::Double, Datum::Number(n)) => Ok(Value::Double(raw(*n))),
        (Shape::Uint { bytes } | Shape::Bitmap { bytes, .. }, Datum::Number(n)) => {
            let whole = whole(raw(*n).round()).ok_or_else(out)?;
            let most = (1_i128 << (8 * u32::from(bytes.min(8)))) - 1;
            let fits = (0..=most).contains(&whole);
            let value = u64::try_from(whole).ok().filter(|_| fits);
            value.map(Value::Uint).ok_or_else(out)
        }
        (Shape::Int { bytes }, Datum::Number(n)) => {
            let whole = whole(raw(*n).round()).ok_or_else(out)?;
            let most = (1_i128 << (8 * u32::from(bytes.min(8)) - 1)) - 1;
            let fits = (-most..=most).contains(&whole);
            let value = i64::try_from(whole).ok().filter(|_| fits);
            value.map(Value::Int).ok_or_else(out)
        }
        _ => Err(out()),
    }
}
