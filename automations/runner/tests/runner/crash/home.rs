//! The home of the crash test: its devices, and rules of every shape.
//!
//! Each rule has a lamp of its own. Rules of the shapes that are `counted` draw a number for each
//! command (or pair of commands) from a variable of their own and send it along as the command's
//! transition time, so that every command that was carried out names its run and step.

use hub_model::{NodeId, Operation, Value};
use rules::trace::Trace;

use super::verdict::Said;
use crate::toys::Toy;

/// Sensors, each of which starts one rule of each shape.
pub(super) const SENSORS: u64 = 4;
const FIRST_SENSOR: u64 = 0x100;
const FIRST_BUTTON: u64 = 0x200;
const FIRST_LAMP: u64 = 0x1000;

/// What a rule is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// One command and nothing after it.
    Instant,
    /// A command, a delay, a command; a new start is dropped meanwhile.
    TwoSteps,
    /// The same, several at a time.
    Parallel,
    /// The same, one after the other.
    Queued,
    /// The same, begun anew by every start.
    Restart,
    /// A command, a wait with a timeout, a command.
    Wait,
    /// A trigger that must hold for a while.
    Hold,
    /// Pairs of commands in a loop.
    Repeat,
    /// Branches at the same time.
    Branches,
    /// A command that is seen to.
    Ensure,
    /// By the clock.
    Every,
    /// Started by a button.
    Pressed,
}

use Shape::{
    Branches, Ensure, Every, Hold, Instant, Parallel, Pressed, Queued, Repeat, Restart, TwoSteps,
    Wait,
};

pub(super) const SHAPES: [Shape; 12] = [
    Instant, TwoSteps, Parallel, Queued, Restart, Wait, Hold, Repeat, Branches, Ensure, Every,
    Pressed,
];

/// A rule of the home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleOf {
    pub(super) shape: Shape,
    pub(super) sensor: u64,
}

impl RuleOf {
    pub(super) fn all() -> Vec<Self> {
        let of_shape = |shape| (0..SENSORS).map(move |sensor| Self { shape, sensor });
        SHAPES.into_iter().flat_map(of_shape).collect()
    }

    pub(super) fn id(self) -> String {
        format!("{:?}-{}", self.shape, self.sensor).to_lowercase()
    }

    pub(super) fn lamp(self) -> NodeId {
        NodeId(FIRST_LAMP + (self.shape as u64) * 0x10 + self.sensor)
    }

    /// The rule of this id; none of what is no rule.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        Self::all().into_iter().find(|rule| rule.id() == *id)
    }

    /// The rule whose lamp this is.
    pub(super) fn of_lamp(lamp: NodeId) -> Self {
        Self::all()
            .into_iter()
            .find(|rule| rule.lamp() == lamp)
            .expect("a lamp of a rule")
    }

    /// Whether its commands carry numbers.
    pub(super) const fn is_counted(self) -> bool {
        !matches!(self.shape, Instant | Ensure | Every)
    }

    /// Its variable.
    pub(super) fn variable(self) -> String {
        self.id().replace('-', "")
    }

    /// Its text.
    pub(super) fn text(self) -> String {
        let (id, sensor) = (self.id(), self.sensor);
        let mode = match self.shape {
            Parallel => "mode = \"parallel\"\nmax = 4",
            Queued => "mode = \"queued\"\nmax = 4\noverflow = \"drop-new\"",
            Restart => "mode = \"restart\"",
            _ => "",
        };
        let when = match self.shape {
            Every => "every = \"1s\"".to_owned(),
            Pressed => format!("pressed = \"button-{sensor}\"\npress = \"single\""),
            Hold => format!("becomes = \"motion-{sensor}.occupied\"\nfor = \"15ms\""),
            _ => format!("becomes = \"motion-{sensor}.occupied\""),
        };
        let steps: Vec<String> = self
            .steps()
            .into_iter()
            .map(|s| format!("[[do]]\n{s}\n"))
            .collect();
        format!(
            "version = 1\nid = \"{id}\"\nname = \"{id}\"\nif_late = \"run\"\n{mode}\n\
             [[when]]\n{when}\n{}",
            steps.concat()
        )
    }

    fn steps(self) -> Vec<String> {
        let (id, name) = (self.id(), self.variable());
        let lamp = format!("lamp-{id}");
        let draw = [
            format!("assign = {{ {name} = \"home.{name} + 1\" }}"),
            format!("let = {{ n = \"home.{name}\" }}"),
        ];
        let first = say(&lamp, FIRST);
        let second = say(&lamp, SECOND);
        let set = format!("set = {{ target = \"{lamp}\", on = true }}");
        let with = |between: &str| {
            let steps = [first.clone(), between.to_owned(), second.clone()];
            draw.iter().cloned().chain(steps).collect()
        };
        match self.shape {
            Instant | Every => vec![set],
            Ensure => vec![
                format!("{set}\nensure = {{ within = \"40ms\", retry = 2, else = \"continue\" }}"),
                "delay = \"10ms\"".to_owned(),
            ],
            Wait => with(&format!(
                "wait = {{ until = \"not motion-{}.occupied\", for = \"10ms\", timeout = \"200ms\" }}",
                self.sensor
            )),
            TwoSteps => with("delay = \"120ms\""),
            Restart => with("delay = \"30ms\""),
            Parallel | Hold | Pressed => with("delay = \"60ms\""),
            Queued => with("delay = \"20ms\""),
            Repeat => {
                let steps: Vec<String> = with("delay = \"15ms\"");
                let steps: Vec<_> = steps.iter().map(|step| format!("{{ {step} }}")).collect();
                vec![format!("repeat = 3\ndo = [{}]", steps.join(", "))]
            }
            Branches => vec![
                draw[0].clone(),
                draw[1].clone(),
                format!("parallel = [[{{ {first} }}], [{{ delay = \"25ms\" }}, {{ {second} }}]]"),
            ],
        }
    }
}

/// The number that is told apart by step, for the pair that drew `n`: `2 * n` and `2 * n + 1`.
const FIRST: &str = "$n * 200 ms";
const SECOND: &str = "$n * 200 ms + 100 ms";

fn say(lamp: &str, number: &str) -> String {
    format!(
        "invoke = {{ device = \"{lamp}\", command = \"LevelControl.MoveToLevel\", fields = \
         {{ Level = \"40 %\", TransitionTime = \"{number}\", OptionsMask = 0, OptionsOverride = 0 }} }}"
    )
}

/// The number that a command carries; 0 when none.
pub(super) fn number_of(operation: &Operation) -> u64 {
    match operation {
        Operation::Invoke { fields, .. } => fields.field(1).and_then(Value::as_u64).unwrap_or(0),
        _ => 0,
    }
}

/// A number that a run drew, with what its trace says of the two commands that carry it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) n: u64,
    pub(super) first: Said,
    pub(super) second: Said,
}

/// The pairs of a run, by its trace.
pub(super) fn pairs(trace: &Trace) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut commands = 0;
    for step in &trace.steps {
        if let Some(n) = step.text.strip_prefix("$n = ") {
            pairs.push(Pair {
                n: n.parse().unwrap(),
                first: Said::Never,
                second: Said::Never,
            });
            commands = 0;
        } else if step.text.contains("MoveToLevel")
            && let Some(pair) = pairs.last_mut()
        {
            let said = match step.result.as_deref() {
                Some("acknowledged" | "confirmed") => Said::Done,
                Some(result) if result.starts_with("not known") => Said::Unknown,
                Some(result) => panic!("{result}: {trace:?}"),
                None => Said::Asked,
            };
            match commands {
                0 => pair.first = said,
                1 => pair.second = said,
                _ => panic!("a third command: {trace:?}"),
            }
            commands += 1;
        }
    }
    pairs
}

pub(super) fn sensor(at: u64) -> NodeId {
    NodeId(FIRST_SENSOR + at)
}

pub(super) fn button(at: u64) -> NodeId {
    NodeId(FIRST_BUTTON + at)
}

/// All devices of the home.
pub(super) fn toys() -> Vec<Toy> {
    let sensors = (0..SENSORS).flat_map(|at| {
        [
            Toy::motion(sensor(at).0, &format!("Motion {at}")),
            Toy::button(button(at).0, &format!("Button {at}")),
        ]
    });
    let lamps = RuleOf::all().into_iter();
    let lamps = lamps.map(|rule| Toy::lamp(rule.lamp().0, &format!("Lamp {}", rule.id())));
    sensors.chain(lamps).collect()
}
