//! Triggers, ready to sense.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hub_model::spec;
use hub_model::{AttributeId, ClusterId, EventId, EventPath};

use super::code::Code;
use super::program::{CompiledTrigger, Sense};
use super::{Scope, expr, reach};
use crate::datum::Datum;
use crate::expr::{DeviceRef, Expr, Kind, Literal, Property, Reference};
use crate::house::Dead;
use crate::problem::Problem;
use crate::property::{self, View};
use crate::schedule::AtTime;
use crate::tree::{Press, Trigger, When};

/// The switch cluster: Matter 1.6 Application Cluster §1.13.
const SWITCH: ClusterId = ClusterId(0x003B);
const INITIAL_PRESS: u32 = 1;
const LONG_PRESS: u32 = 2;
const SHORT_RELEASE: u32 = 3;
const LONG_RELEASE: u32 = 4;
const MULTI_PRESS_COMPLETE: u32 = 6;
/// The field of `MultiPressComplete` that counts.
const PRESSES: u32 = 1;
const SHORT_RELEASE_FEATURE: u64 = 1 << 2;
const LONG_FEATURE: u64 = 1 << 3;
const MULTI_FEATURE: u64 = 1 << 4;

/// Compiles one trigger.
pub(super) fn compile(when: &When, place: &str, scope: &mut Scope<'_>) -> Option<CompiledTrigger> {
    scope.clock = false;
    let sense = sense(&when.trigger, place, scope)?;
    let key = describe(when);
    Some(CompiledTrigger {
        sense,
        hold: when.hold.filter(|hold| !hold.is_zero()),
        text: key.clone(),
        key,
        name: when.name.clone(),
    })
}

/// Gives triggers that are the same keys of their own.
pub(super) fn tell_apart(triggers: &mut [CompiledTrigger]) {
    let mut seen: BTreeMap<Arc<str>, u32> = BTreeMap::new();
    for trigger in triggers {
        let times = seen.entry(Arc::clone(&trigger.key)).or_default();
        *times += 1;
        if *times > 1 {
            trigger.key = format!("{} #{times}", trigger.key).into();
        }
    }
}

fn sense(trigger: &Trigger, place: &str, scope: &mut Scope<'_>) -> Option<Sense> {
    match trigger {
        Trigger::Becomes { expr, after_gap } => {
            let place = format!("{place}.becomes");
            reach::check(expr, &place, scope);
            let asked = expr::asked(expr, &place, scope)?;
            needs_slots(asked.uses.is_empty(), expr, &place, scope)?;
            Some(Sense::Becomes {
                asked,
                after_gap: *after_gap,
            })
        }
        Trigger::Changes(expr) => {
            let place = format!("{place}.changes");
            let typed = expr::of_any(expr, &place, scope)?;
            let uses = typed.code.slots();
            needs_slots(uses.is_empty(), expr, &place, scope)?;
            Some(Sense::Changes {
                code: typed.code,
                uses,
            })
        }
        Trigger::Event { of, fields } => event(of, fields, place, scope),
        Trigger::Pressed { button, press } => pressed(button, *press, place, scope),
        Trigger::At(at) => {
            let of_sun = !matches!(at.when, AtTime::Clock(_));
            if of_sun && scope.place.location.is_none() {
                let problem =
                    Problem::error(format!("{place}.at"), "the home's location is not set");
                let advice = "set latitude and longitude in the configuration";
                scope.problems.push(problem.advise(advice));
                return None;
            }
            Some(Sense::At(at.clone()))
        }
        Trigger::Every(every) => Some(Sense::Every(*every)),
        Trigger::Recovered { device, after } => Some(Sense::Recovered {
            node: node(device, &format!("{place}.recovered"), scope)?,
            after: after.unwrap_or(Duration::ZERO),
        }),
        Trigger::Lost { device } => Some(Sense::Lost {
            node: node(device, &format!("{place}.lost"), scope)?,
        }),
        Trigger::Manual => Some(Sense::Manual),
    }
}

fn needs_slots(none: bool, expr: &Expr, place: &str, scope: &mut Scope<'_>) -> Option<()> {
    if none {
        scope.error(
            place,
            format!("{expr} never changes: it looks at no device"),
        );
        return None;
    }
    Some(())
}

fn dead(dead: Dead, place: &str, scope: &mut Scope<'_>) {
    let problem = Problem::error(place, dead.what).advise_if(dead.advice);
    scope.problems.push(problem);
}

fn node(device: &DeviceRef, place: &str, scope: &mut Scope<'_>) -> Option<hub_model::NodeId> {
    match scope.house().node(&device.slug) {
        Ok(node) => Some(node.node.id),
        Err(why) => {
            dead(why, place, scope);
            None
        }
    }
}

fn event(
    of: &Reference,
    fields: &BTreeMap<Arc<str>, Expr>,
    place: &str,
    scope: &mut Scope<'_>,
) -> Option<Sense> {
    let Property::Event { cluster, event } = of.property else {
        scope.error(&format!("{place}.event"), format!("{of} is no event"));
        return None;
    };
    let paths = match scope.house().events(&of.of, cluster, event) {
        Ok(paths) => paths,
        Err(why) => {
            dead(why, &format!("{place}.event"), scope);
            return None;
        }
    };
    let known = spec::cluster(cluster).and_then(|cluster| cluster.event(event));
    let known = known.map_or(&[][..], |event| event.fields);
    let mut wanted = Vec::new();
    for (name, value) in fields {
        let place = format!("{place}.where.{name}");
        let field = known
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name));
        let view = field.and_then(|field| property::view_of(&field.schema, None));
        let (Some(field), Some(view)) = (field, view) else {
            let names = known.iter().map(|field| field.name).collect::<Vec<_>>();
            let problem = Problem::error(&place, format!("the event has no field {name}"));
            scope
                .problems
                .push(problem.advise(format!("its fields are {}", names.join(", "))));
            continue;
        };
        let code = expr::of_type(value, &view.datatype(), &place, scope)?;
        wanted.push((field.id.0, view, code));
    }
    Some(Sense::Event {
        paths,
        fields: wanted,
    })
}

fn pressed(button: &DeviceRef, press: Press, place: &str, scope: &mut Scope<'_>) -> Option<Sense> {
    let place = format!("{place}.pressed");
    let spots = match scope.house().with_cluster(button, SWITCH) {
        Ok(spots) => spots,
        Err(why) => {
            dead(why, &place, scope);
            return None;
        }
    };
    let feature_map = AttributeId::FEATURE_MAP.0;
    let features = spots
        .iter()
        .filter_map(|spot| scope.house().number(*spot, SWITCH, feature_map));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "32 bits"
    )]
    let features = features.map(|n| n as u64).fold(0, |all, one| all | one);
    let has = |feature| features & feature != 0;
    let counted = |presses: f64| (MULTI_PRESS_COMPLETE, Some(presses));
    let (event, presses) = match press {
        Press::Down => (INITIAL_PRESS, None),
        Press::Single if has(MULTI_FEATURE) => counted(1.0),
        Press::Single if has(SHORT_RELEASE_FEATURE) => (SHORT_RELEASE, None),
        Press::Single => (INITIAL_PRESS, None),
        Press::Double if has(MULTI_FEATURE) => counted(2.0),
        Press::Triple if has(MULTI_FEATURE) => counted(3.0),
        Press::Long if has(LONG_FEATURE) => (LONG_PRESS, None),
        Press::LongReleased if has(LONG_FEATURE) => (LONG_RELEASE, None),
        Press::Double | Press::Triple | Press::Long | Press::LongReleased => {
            let what = format!("{button} cannot tell a {} press", press.word());
            scope.error(&place, what);
            return None;
        }
    };
    let paths = spots.into_iter().map(|(node, endpoint)| EventPath {
        node,
        endpoint,
        cluster: SWITCH,
        event: EventId(event),
    });
    let presses = presses.map(|n| (PRESSES, View::Number(None), Code::Const(Datum::Number(n))));
    Some(Sense::Event {
        paths: paths.collect(),
        fields: presses.into_iter().collect(),
    })
}

/// A trigger in words: also what makes it the same over an edit of the rule.
fn describe(when: &When) -> Arc<str> {
    use crate::schedule::duration::show_duration;
    let mut text = match &when.trigger {
        Trigger::Becomes { expr, .. } => format!("{expr} became true"),
        Trigger::Changes(expr) => format!("{expr} changed"),
        Trigger::Event { of, fields } if fields.is_empty() => format!("{of} happened"),
        Trigger::Event { of, fields } => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name} {}", bare(value)));
            format!(
                "{of} happened with {}",
                fields.collect::<Vec<_>>().join(", ")
            )
        }
        Trigger::Pressed { button, press } => format!("{button} was pressed ({})", press.word()),
        Trigger::At(at) if at.days.is_every_day() => format!("it was {}", at.when),
        Trigger::At(at) => format!("it was {} on {}", at.when, at.days),
        Trigger::Every(every) => format!("another {} had passed", show_duration(*every)),
        Trigger::Recovered { device, .. } => format!("{device} answered again"),
        Trigger::Lost { device } => format!("{device} did not answer"),
        Trigger::Manual => "it was started by hand".to_owned(),
    };
    if let Some(hold) = when.hold {
        text += &format!(" for {}", show_duration(hold));
    }
    text.into()
}

fn bare(value: &Expr) -> String {
    match &value.kind {
        Kind::Literal(Literal::Word(word)) => word.to_string(),
        _ => value.to_string(),
    }
}
