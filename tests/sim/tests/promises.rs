//! What a home promises, whatever its link does.

use std::time::{Duration, Instant};

use hub_engine::{EventKind, Quality};
use hub_model::{self as model, CommandProgress, NodeId};
use proptest::prelude::*;
use sim::{Ask, Weather, World};

const LAMPS: u64 = 3;

#[derive(Clone, Debug)]
enum Step {
    Ask(NodeId, Ask),
    Touch(NodeId),
    Leave(NodeId),
    Back(NodeId),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let lamp = (0..LAMPS).prop_map(|lamp| NodeId(0x10 + lamp));
    let ask = prop_oneof![Just(Ask::Off), Just(Ask::On), Just(Ask::Toggle)];
    prop_oneof![
        6 => (lamp.clone(), ask).prop_map(|(lamp, ask)| Step::Ask(lamp, ask)),
        3 => lamp.clone().prop_map(Step::Touch),
        1 => lamp.clone().prop_map(Step::Leave),
        2 => lamp.prop_map(Step::Back),
        6 => (0_u64..20_000).prop_map(Step::Wait),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    (0_u8..60, 0_u8..40, 0_u64..3_000).prop_map(|(loss, repeats, delay)| Weather {
        loss,
        repeats,
        delay: Duration::from_millis(delay),
    })
}

fn lived(weather: Weather, seed: u64, start: Instant, steps: &[Step]) -> World {
    let mut world = World::new(LAMPS, weather, seed, start);
    for step in steps {
        match *step {
            Step::Ask(lamp, ask) => world.ask(lamp, ask),
            Step::Touch(lamp) => world.touch(lamp),
            Step::Leave(lamp) => world.leave(lamp),
            Step::Back(lamp) => world.back(lamp),
            Step::Wait(ms) => quietly(&mut world, ms),
        }
    }
    world
}

/// Lets time pass; who is away changes nothing meanwhile.
fn quietly(world: &mut World, ms: u64) {
    let before = world.events().len();
    world.wait(Duration::from_millis(ms));
    for event in world.events().iter().skip(before) {
        let (EventKind::AttributeChanged { path, .. } | EventKind::Freshened { path, .. }) =
            &event.kind
        else {
            continue;
        };
        assert!(!world.is_away(path.node), "an absent lamp told {event:?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "any instant will do to begin with"
)]
fn beginning() -> Instant {
    Instant::now()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_command_ends_once_and_in_time(weather in weather(), seed: u64, steps in steps()) {
        let mut world = lived(weather, seed, beginning(), &steps);
        world.settle();
        for (cause, asked) in world.asked() {
            prop_assert_eq!(asked.closed, 1, "{:?}: {:?}", cause, asked);
            let answers = asked.progress.iter().filter(|(_, progress)| progress.is_answer());
            let answers: Vec<_> = answers.collect();
            let ended = answers.iter().filter(|(_, progress)| *progress != CommandProgress::Confirmed);
            prop_assert!(ended.count() <= 1, "{:?} has several answers: {:?}", cause, answers);
            let in_time = answers.first().is_some_and(|(at, _)| *at <= asked.deadline);
            prop_assert!(in_time, "{:?} was not answered in time: {:?}", cause, answers);
        }
    }

    #[test]
    fn in_the_end_the_hub_knows_what_is(weather in weather(), seed: u64, steps in steps()) {
        let mut world = lived(weather, seed, beginning(), &steps);
        world.settle();
        let snapshot = world.snapshot();
        for lamp in world.lamps() {
            let view = snapshot.value(&lamp.path()).expect("every lamp told its state");
            prop_assert_eq!(&view.value, &lamp.truth());
            prop_assert_eq!(view.quality, Quality::Known);
        }
    }

    #[test]
    fn events_are_numbered_without_a_gap(weather in weather(), seed: u64, steps in steps()) {
        let world = lived(weather, seed, beginning(), &steps);
        for (event, expected) in world.events().iter().zip(1_u64..) {
            prop_assert_eq!(event.seq, expected);
        }
    }

    #[test]
    fn the_same_seed_lives_the_same_life(weather in weather(), seed: u64, steps in steps()) {
        let start = beginning();
        let once = lived(weather, seed, start, &steps);
        let again = lived(weather, seed, start, &steps);
        prop_assert_eq!(format!("{:?}", once.events()), format!("{:?}", again.events()));
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..60)
}

const CALM: Weather = Weather {
    loss: 0,
    repeats: 0,
    delay: Duration::ZERO,
};

/// In good weather a lamp obeys, and its own report is what confirms it.
#[test]
fn a_lamp_that_hears_obeys_and_is_confirmed() {
    let mut world = World::new(1, CALM, 1, beginning());
    world.ask(NodeId(0x10), Ask::On);
    world.wait(Duration::from_secs(1));
    let (_, asked) = world.asked().iter().next().expect("one was asked");
    let confirmed = asked
        .progress
        .iter()
        .any(|(_, progress)| *progress == CommandProgress::Confirmed);
    assert!(confirmed, "{asked:?}");
    let lamp = world.lamps().next().expect("there is one");
    assert_eq!(lamp.truth(), model::Value::Bool(true));
}

/// The reference is no mirror of the engine: without a link the two part.
#[test]
fn an_absent_lamp_can_differ_from_what_the_hub_remembers() {
    let mut world = World::new(1, CALM, 1, beginning());
    let lamp = NodeId(0x10);
    world.leave(lamp);
    world.touch(lamp);
    world.wait(Duration::from_secs(120));
    let path = world.lamps().next().expect("there is one").path();
    let truth = world.lamps().next().expect("there is one").truth();
    let snapshot = world.snapshot();
    let view = snapshot.value(&path).expect("it told its state once");
    assert_ne!(view.value, truth);
    assert_eq!(view.quality, Quality::Stale);
}
