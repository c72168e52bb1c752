//! Strategies for property tests: any rule, scene or expression that can be read from a text.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hub_model::spec::{self, Cluster, Shape};
use hub_model::{AttributeId, ClusterId, EndpointId, EventId};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;

use crate::expr::{
    Aggregate, BinaryOp, ClockWord, DeviceRef, Expr, Function, Kind, Literal, Place, Property,
    Reference, TriggerWord, UnitWord,
};
use crate::property;
use crate::quantity;
use crate::scene::{Scene, SceneDevice};
use crate::schedule::sun::SunEvent;
use crate::schedule::{At, AtTime, Days, TimeOfDay, Weekday};
use crate::tree::{
    Action, Choice, Condition, Ensure, IfLate, Mode, Otherwise, Overflow, Per, Press, Repeat, Rule,
    Set, Step, Target, Trigger, Wait, When,
};

/// Properties are tried on the same cases every time.
pub(crate) fn repeatable(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x1236),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Any expression; its types need not fit.
pub(crate) fn expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let (a, b, c) = (boxed.clone(), boxed.clone(), boxed.clone());
        let some = vec(inner, 1..4);
        let triple = (a.clone(), b.clone(), c);
        prop_oneof![
            a.clone().prop_map(Kind::Not),
            a.clone().prop_map(Kind::Negative),
            (select(BinaryOp::ALL), a.clone(), b.clone())
                .prop_map(|(op, x, y)| Kind::Binary(op, x, y)),
            (select(BinaryOp::ALL), a.clone(), b).prop_map(|(op, x, y)| Kind::Binary(op, x, y)),
            (a.clone(), some.clone()).prop_map(|(x, set)| Kind::OneOf(x, set)),
            triple.clone().prop_map(|(x, y, z)| Kind::Within(x, y, z)),
            triple.prop_map(|(x, y, z)| Kind::If(x, y, z)),
            (select(Function::ALL), a).prop_map(|(f, x)| Kind::Call(f, x)),
            (select(Aggregate::ALL), some).prop_map(|(f, set)| Kind::Over(f, set)),
        ]
        .prop_map(Expr::new)
    })
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        3 => literal().prop_map(Kind::Literal),
        3 => reference().prop_map(Kind::Reference),
        1 => variable().prop_map(Kind::Home),
        1 => variable().prop_map(Kind::Local),
        1 => select(TriggerWord::ALL).prop_map(Kind::Trigger),
        1 => select(ClockWord::ALL).prop_map(Kind::Clock),
    ]
    .prop_map(Expr::new)
}

fn literal() -> impl Strategy<Value = Literal> {
    let units: Vec<_> = quantity::units().map(UnitWord).collect();
    let word = select(vec![
        "night",
        "evening",
        "fully-open",
        "off",
        "Auto",
        "last",
        "ночь",
    ]);
    prop_oneof![
        any::<bool>().prop_map(Literal::Bool),
        (number(), option::of(select(units))).prop_map(|(n, unit)| Literal::Number(n, unit)),
        ".{0,8}".prop_map(|text| Literal::Text(text.into())),
        word.prop_map(|word| Literal::Word(word.into())),
        time_of_day().prop_map(Literal::Time),
        select(Weekday::ALL.as_slice()).prop_map(Literal::Day),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0_u32..200).prop_map(f64::from),
        (0_u32..100_000).prop_map(|n| f64::from(n) / 100.0),
        0.0..quantity::LARGEST,
        Just(quantity::LARGEST),
    ]
}

fn time_of_day() -> impl Strategy<Value = TimeOfDay> {
    (0_u32..86_400).prop_map(|second| TimeOfDay::from_seconds(second).unwrap())
}

fn variable() -> impl Strategy<Value = Arc<str>> {
    select(vec![
        "mode",
        "level",
        "last-seen",
        "is_away",
        "größe",
        "2nd",
    ])
    .prop_map(Arc::from)
}

/// Any value of a device or room.
pub(crate) fn reference() -> impl Strategy<Value = Reference> {
    (place(), value_property()).prop_map(|(of, property)| Reference { of, property })
}

/// Any event of a device or room.
pub(crate) fn event() -> impl Strategy<Value = Reference> {
    (place(), event_property()).prop_map(|(of, property)| Reference { of, property })
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        3 => device().prop_map(Place::Device),
        1 => room().prop_map(Place::Room),
    ]
}

/// Any device.
pub(crate) fn device() -> impl Strategy<Value = DeviceRef> {
    let slugs = vec![
        "hall-lamp",
        "hall-motion",
        "strip",
        "outdoor-2",
        "küche",
        "客厅灯",
        "max",
    ];
    let endpoint = option::of((0_u16..4).prop_map(EndpointId));
    (select(slugs), endpoint).prop_map(|(slug, endpoint)| DeviceRef {
        slug: slug.into(),
        endpoint,
    })
}

fn room() -> impl Strategy<Value = Arc<str>> {
    select(vec!["hall", "living-room", "home", "1st-floor"]).prop_map(Arc::from)
}

fn value_property() -> impl Strategy<Value = Property> {
    let names: Vec<_> = property::names().collect();
    prop_oneof![
        4 => select(names).prop_map(|name| Property::Named(name.into())),
        2 => known_attribute(),
        1 => (vendor_cluster(), number_of_member()).prop_map(|(cluster, id)| Property::Attribute {
            cluster,
            attribute: AttributeId(id),
            bit: None,
        }),
    ]
}

fn known_attribute() -> impl Strategy<Value = Property> {
    (cluster(), any::<Index>(), any::<Option<Index>>()).prop_map(|(cluster, attribute, bit)| {
        let attributes: Vec<_> = cluster.attributes().collect();
        let attribute = attribute.get(&attributes);
        let bit = match attribute.schema.datatype.shape {
            Shape::Bitmap { bits, .. } if !bits.is_empty() => {
                bit.map(|bit| bit.get(bits).name.into())
            }
            _ => None,
        };
        Property::Attribute {
            cluster: cluster.id,
            attribute: attribute.id,
            bit,
        }
    })
}

fn event_property() -> impl Strategy<Value = Property> {
    let known = (cluster(), any::<Index>()).prop_filter_map("has events", |(cluster, event)| {
        (!cluster.events.is_empty()).then(|| Property::Event {
            cluster: cluster.id,
            event: event.get(cluster.events).id,
        })
    });
    let unknown =
        (vendor_cluster(), number_of_member()).prop_map(|(cluster, id)| Property::Event {
            cluster,
            event: EventId(id),
        });
    prop_oneof![known, unknown]
}

fn cluster() -> impl Strategy<Value = &'static Cluster> {
    any::<Index>().prop_map(|index| index.get(spec::clusters()))
}

fn vendor_cluster() -> impl Strategy<Value = ClusterId> {
    (0xFFF1_FC00_u32..0xFFF1_FFFE).prop_map(ClusterId)
}

fn number_of_member() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..64, Just(0xFFFC), any::<u32>()]
}

/// Any rule that can be read; its names need not be of one home.
pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let head = (
        id(),
        text(),
        option::of(note()),
        option::of(text()),
        any::<bool>(),
    );
    let how = (mode(), select(Per::ALL), if_late());
    let what = (vec(when(), 0..4), vec(condition(), 0..3), steps());
    (head, how, what).prop_map(|(head, how, what)| {
        let (id, name, note, owner, enabled) = head;
        let (mode, per, if_late) = how;
        let (when, only_if, steps) = what;
        Rule {
            id,
            name,
            note,
            owner,
            enabled,
            mode,
            per,
            if_late,
            when,
            only_if,
            steps,
        }
    })
}

/// Any scene that can be read.
pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    let device = (device(), values()).prop_map(|(device, values)| SceneDevice { device, values });
    (id(), text(), option::of(note()), vec(device, 0..4)).prop_map(|(id, name, note, devices)| {
        Scene {
            id,
            name,
            note,
            devices,
        }
    })
}

fn id() -> impl Strategy<Value = Arc<str>> {
    "[a-z0-9][a-z0-9-]{0,20}".prop_map(Arc::from)
}

/// A text of people on one line.
fn text() -> impl Strategy<Value = Arc<str>> {
    ".{1,16}".prop_filter_map("has letters", |text| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.into())
    })
}

fn note() -> impl Strategy<Value = Arc<str>> {
    vec(text(), 1..3).prop_map(|lines| lines.join("\n").trim().into())
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::Single),
        Just(Mode::Restart),
        (1_u16..=100, select(Overflow::ALL))
            .prop_map(|(max, overflow)| Mode::Queued { max, overflow }),
        (1_u16..=100).prop_map(|max| Mode::Parallel { max }),
    ]
}

fn if_late() -> impl Strategy<Value = IfLate> {
    prop_oneof![
        Just(IfLate::Skip),
        Just(IfLate::Run),
        duration().prop_map(IfLate::RunWithin),
    ]
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..86_400).prop_map(Duration::from_secs),
        (0_u64..=31_622_400_000).prop_map(Duration::from_millis),
    ]
}

fn when() -> impl Strategy<Value = When> {
    let with_hold = (with_hold(), option::of(duration()));
    let without = without_hold().prop_map(|trigger| (trigger, None));
    let trigger = prop_oneof![with_hold, without];
    (trigger, option::of(text()), option::of(note())).prop_map(|((trigger, hold), name, note)| {
        When {
            trigger,
            hold,
            name,
            note,
        }
    })
}

fn with_hold() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        (expr(), any::<bool>()).prop_map(|(expr, after_gap)| Trigger::Becomes { expr, after_gap }),
        expr().prop_map(Trigger::Changes),
        device().prop_map(|device| Trigger::Lost { device }),
    ]
}

fn without_hold() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        (event(), fields()).prop_map(|(of, fields)| Trigger::Event { of, fields }),
        (device(), select(Press::ALL))
            .prop_map(|(button, press)| Trigger::Pressed { button, press }),
        (at_time(), days()).prop_map(|(when, days)| Trigger::At(At { when, days })),
        (1_u64..86_400).prop_map(|seconds| Trigger::Every(Duration::from_secs(seconds))),
        (device(), option::of(duration()))
            .prop_map(|(device, after)| Trigger::Recovered { device, after }),
        Just(Trigger::Manual),
    ]
}

fn at_time() -> impl Strategy<Value = AtTime> {
    let event = select(SunEvent::ALL.as_slice());
    prop_oneof![
        time_of_day().prop_map(AtTime::Clock),
        (event, -86_400..=86_400).prop_map(|(event, offset_s)| AtTime::Sun { event, offset_s }),
        (-9000..=9000, any::<bool>()).prop_map(|(centidegrees, rising)| AtTime::Elevation {
            centidegrees,
            rising,
        }),
    ]
}

fn days() -> impl Strategy<Value = Days> {
    let lists = vec![
        "every day",
        "mon..fri",
        "sat,sun",
        "fri..mon",
        "nov-15..mar-01",
        "mon,dec-24",
        "2026-12-24..2027-01-06",
    ];
    vec(select(lists), 1..3).prop_map(|lists| {
        let lists: Vec<_> = lists
            .into_iter()
            .filter(|list| *list != "every day")
            .collect();
        let text = lists.join(" & ");
        if text.is_empty() {
            Days::default()
        } else {
            text.parse().unwrap()
        }
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    (expr(), option::of(note())).prop_map(|(expr, note)| Condition { expr, note })
}

/// Any steps.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let plain =
        (simple_action(), option::of(note())).prop_map(|(action, note)| Step { action, note });
    let step = plain.prop_recursive(3, 12, 3, |inner| {
        let block = vec(inner, 1..3).boxed();
        (nested_action(block), option::of(note())).prop_map(|(action, note)| Step { action, note })
    });
    vec(step, 1..4)
}

fn nested_action(block: BoxedStrategy<Vec<Step>>) -> impl Strategy<Value = Action> {
    let maybe = option::of(block.clone()).prop_map(Option::unwrap_or_default);
    let choice = (expr(), block.clone(), option::of(note()));
    let choice = choice.prop_map(|(condition, steps, note)| Choice {
        condition,
        steps,
        note,
    });
    prop_oneof![
        (expr(), block.clone(), maybe.clone(), any::<bool>()).prop_map(
            |(condition, a, b, turned)| {
                let (then, otherwise) = if turned { (b, a) } else { (a, b) };
                Action::If {
                    condition,
                    then,
                    otherwise,
                }
            }
        ),
        (vec(choice, 1..3), maybe)
            .prop_map(|(choices, otherwise)| Action::Choose { choices, otherwise }),
        (repeat(), block.clone()).prop_map(|(until, steps)| Action::Repeat { until, steps }),
        vec(block, 1..3).prop_map(Action::Parallel),
    ]
}

fn repeat() -> impl Strategy<Value = Repeat> {
    prop_oneof![
        (1_u16..=1000).prop_map(Repeat::Count),
        (expr(), duration()).prop_map(|(condition, timeout)| Repeat::Until { condition, timeout }),
    ]
}

fn simple_action() -> impl Strategy<Value = Action> {
    let transition = option::of(duration());
    prop_oneof![
        set().prop_map(Action::Set),
        (id(), transition).prop_map(|(scene, transition)| Action::Scene { scene, transition }),
        wait().prop_map(Action::Wait),
        expr().prop_map(Action::Delay),
        id().prop_map(Action::Run),
        (text(), option::of(text())).prop_map(|(message, to)| Action::Notify { message, to }),
        (variable(), expr()).prop_map(|(name, value)| Action::Let { name, value }),
        (variable(), expr()).prop_map(|(name, value)| Action::Assign { name, value }),
        (device(), fields()).prop_map(|(device, fields)| Action::Invoke {
            device,
            command: "OnOff.Toggle".into(),
            fields,
        }),
        option::of(text()).prop_map(|reason| Action::Stop { reason }),
    ]
}

fn set() -> impl Strategy<Value = Set> {
    let target = prop_oneof![
        device().prop_map(Target::Device),
        room().prop_map(Target::Room),
    ];
    let parts = (
        vec(target, 1..4),
        values(),
        option::of(duration()),
        option::of(ensure()),
    );
    parts.prop_map(|(targets, values, transition, ensure)| Set {
        targets,
        values,
        transition,
        ensure,
    })
}

fn ensure() -> impl Strategy<Value = Ensure> {
    (duration(), 0_u8..=10, select(Otherwise::ALL)).prop_map(|(within, retry, otherwise)| Ensure {
        within,
        retry,
        otherwise,
    })
}

fn wait() -> impl Strategy<Value = Wait> {
    let parts = (
        expr(),
        option::of(duration()),
        duration(),
        select(Otherwise::ALL),
    );
    parts.prop_map(|(until, hold, timeout, otherwise)| Wait {
        until,
        hold,
        timeout,
        otherwise,
    })
}

/// Values by property that can be set.
fn values() -> impl Strategy<Value = BTreeMap<Arc<str>, Expr>> {
    let mut names: Vec<_> = property::settable_names().collect();
    names.push("LevelControl.OnLevel");
    btree_map(select(names).prop_map(Arc::from), expr(), 1..3)
}

/// Values by any name.
fn fields() -> impl Strategy<Value = BTreeMap<Arc<str>, Expr>> {
    let names = vec!["LockOperationType", "Level", "a b", "\"'\\"];
    btree_map(select(names).prop_map(Arc::from), expr(), 0..3)
}
