//! A rule: when it starts, under which conditions, and what it does.
//!
//! One tree behind three faces: the text file, the API's JSON and the rows of an editor. What is
//! read from one is written to the others without loss.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::expr::{DeviceRef, Expr, Reference};
use crate::schedule::At;

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its id: lower case letters, digits and hyphens, unique in the home.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What its author noted.
    pub note: Option<Arc<str>>,
    /// Whose rights it has; the console's when none.
    pub owner: Option<Arc<str>>,
    /// Whether it may start.
    pub enabled: bool,
    /// What happens when it starts while it runs.
    pub mode: Mode,
    /// Whether the mode counts runs of the whole rule or of each device that started it.
    pub per: Per,
    /// What becomes of a start or wait that was due while the hub was off.
    pub if_late: IfLate,
    /// What starts it: any of these.
    pub when: Vec<When>,
    /// What must hold then: all of these.
    pub only_if: Vec<Condition>,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// What happens when a rule starts while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The new start is dropped.
    Single,
    /// The old run ends, the new one begins.
    Restart,
    /// The new one waits its turn.
    Queued {
        /// How many may wait.
        max: u16,
        /// Which is dropped when there is no room.
        overflow: Overflow,
    },
    /// They run side by side.
    Parallel {
        /// How many may.
        max: u16,
    },
}

/// Which start is dropped when a queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The one that comes.
    DropNew,
    /// The one that waited longest.
    DropOldest,
}

/// What a mode counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Runs of the rule.
    Rule,
    /// Runs that the same device started.
    Device,
}

/// What becomes of what was due while the hub was off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfLate {
    /// It is skipped, and said so.
    Skip,
    /// It happens late.
    Run,
    /// It happens if it is no later than this.
    RunWithin(Duration),
}

/// One way in which a rule starts.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// What starts it.
    pub trigger: Trigger,
    /// How long it must hold first.
    pub hold: Option<Duration>,
    /// Its name, which `trigger.id` tells.
    pub name: Option<Arc<str>>,
    /// What its author noted.
    pub note: Option<Arc<str>>,
}

/// What starts a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// The expression was false and is true. What was not known in between is no edge, unless
    /// `after_gap`: then the last value before the gap counts.
    Becomes {
        /// The expression.
        expr: Expr,
        /// Whether a change that shows after a gap counts.
        after_gap: bool,
    },
    /// The expression has another value than before.
    Changes(Expr),
    /// A device told of an event.
    Event {
        /// Which.
        of: Reference,
        /// Fields that must be so, by name.
        fields: BTreeMap<Arc<str>, Expr>,
    },
    /// A button was pressed.
    Pressed {
        /// Which.
        button: DeviceRef,
        /// How.
        press: Press,
    },
    /// The clock or the sun.
    At(At),
    /// Again and again, by elapsed time.
    Every(Duration),
    /// A device answers again.
    Recovered {
        /// Which.
        device: DeviceRef,
        /// How long it must have been gone.
        after: Option<Duration>,
    },
    /// A device has not answered.
    Lost {
        /// Which.
        device: DeviceRef,
    },
    /// Only a person, another rule or a program.
    Manual,
}

/// How a button is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Press {
    /// Down, however it goes on.
    Down,
    /// Once, briefly.
    Single,
    /// Twice.
    Double,
    /// Three times.
    Triple,
    /// Held.
    Long,
    /// Let go after it was held.
    LongReleased,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The expression.
    pub expr: Expr,
    /// What its author noted.
    pub note: Option<Arc<str>>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What.
    pub action: Action,
    /// What its author noted.
    pub note: Option<Arc<str>>,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Set properties of devices, and wait for their answers.
    Set(Set),
    /// Apply a scene.
    Scene {
        /// Which.
        scene: Arc<str>,
        /// How long the change takes.
        transition: Option<Duration>,
    },
    /// Wait until something holds.
    Wait(Wait),
    /// Wait for a time; an expression of a time span.
    Delay(Expr),
    /// Do one thing or the other. What is not known counts as false, and the trace says so.
    If {
        /// What decides.
        condition: Expr,
        /// What to do when it holds.
        then: Vec<Step>,
        /// What to do else.
        otherwise: Vec<Step>,
    },
    /// Do the first whose condition holds.
    Choose {
        /// The choices.
        choices: Vec<Choice>,
        /// What to do when none holds.
        otherwise: Vec<Step>,
    },
    /// Do it again.
    Repeat {
        /// Until when.
        until: Repeat,
        /// What.
        steps: Vec<Step>,
    },
    /// Do these at the same time, go on when all are done.
    Parallel(Vec<Vec<Step>>),
    /// Start another rule, without its conditions.
    Run(Arc<str>),
    /// Tell people.
    Notify {
        /// The message; `{expression}` in it is replaced by its value.
        message: Arc<str>,
        /// Whom to tell; the rule's owner when none.
        to: Option<Arc<str>>,
    },
    /// Give a variable of the run a value.
    Let {
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Expr,
    },
    /// Give a variable of the home a value.
    Assign {
        /// Its name.
        name: Arc<str>,
        /// Its value.
        value: Expr,
    },
    /// Invoke any command of a cluster.
    Invoke {
        /// The device.
        device: DeviceRef,
        /// The command, as `OnOff.Toggle`.
        command: Arc<str>,
        /// Its fields by name.
        fields: BTreeMap<Arc<str>, Expr>,
    },
    /// End the run.
    Stop {
        /// Why.
        reason: Option<Arc<str>>,
    },
}

/// Properties to set.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The devices.
    pub targets: Vec<Target>,
    /// The values, by property.
    pub values: BTreeMap<Arc<str>, Expr>,
    /// How long the change takes.
    pub transition: Option<Duration>,
    /// Whether to see to it that it happens.
    pub ensure: Option<Ensure>,
}

/// Which device to set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// This one.
    Device(DeviceRef),
    /// All of a room that have the property: `@hall`.
    Room(Arc<str>),
}

/// See to it that a set happens: a report must show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ensure {
    /// How long each attempt may take.
    pub within: Duration,
    /// How often to try again.
    pub retry: u8,
    /// What to do when it did not happen.
    pub otherwise: Otherwise,
}

/// What to do when something was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// Go on.
    Continue,
    /// End the run.
    Stop,
    /// Tell the owner, and go on.
    Notify,
}

/// A wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// Until this holds.
    pub until: Expr,
    /// And has held for this long.
    pub hold: Option<Duration>,
    /// But no longer than this.
    pub timeout: Duration,
    /// What then.
    pub otherwise: Otherwise,
}

/// One choice of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What must hold.
    pub condition: Expr,
    /// What to do then.
    pub steps: Vec<Step>,
    /// What its author noted.
    pub note: Option<Arc<str>>,
}

/// How often to repeat.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeat {
    /// So many times.
    Count(u16),
    /// Until this holds, asked after each time; but no longer than the time, and no more than
    /// [`MAX_REPEATS`] times.
    Until {
        /// What ends it.
        condition: Expr,
        /// How long at most.
        timeout: Duration,
    },
}

/// The most repetitions of one loop.
pub const MAX_REPEATS: u16 = 1_000;

impl Rule {
    /// A rule of this id that does nothing yet.
    #[must_use]
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        let id = id.into();
        Self {
            name: Arc::clone(&id),
            id,
            note: None,
            owner: None,
            enabled: true,
            mode: Mode::Single,
            per: Per::Rule,
            if_late: IfLate::default(),
            when: Vec::new(),
            only_if: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// All its steps, those within others too, with where each stands: `do[2].then[0]`.
    #[must_use]
    pub fn all_steps(&self) -> Vec<(String, &Step)> {
        let mut all = Vec::new();
        collect("do", &self.steps, &mut all);
        all
    }
}

fn collect<'a>(at: &str, steps: &'a [Step], all: &mut Vec<(String, &'a Step)>) {
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{at}[{index}]");
        all.push((at.clone(), step));
        for (name, steps) in step.action.blocks() {
            collect(&format!("{at}.{name}"), steps, all);
        }
    }
}

impl Action {
    /// The steps within it, by the name of where they stand.
    #[must_use]
    pub fn blocks(&self) -> Vec<(String, &[Step])> {
        match self {
            Self::If {
                then, otherwise, ..
            } => vec![("then".to_owned(), then), ("else".to_owned(), otherwise)],
            Self::Choose { choices, otherwise } => {
                let choices = choices.iter().enumerate();
                let blocks =
                    choices.map(|(at, choice)| (format!("choose[{at}].do"), &*choice.steps));
                blocks.chain([("else".to_owned(), &**otherwise)]).collect()
            }
            Self::Repeat { steps, .. } => vec![("do".to_owned(), steps)],
            Self::Parallel(branches) => {
                let branches = branches.iter().enumerate();
                branches
                    .map(|(at, steps)| (format!("parallel[{at}]"), &**steps))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Default for IfLate {
    fn default() -> Self {
        Self::RunWithin(Duration::from_secs(600))
    }
}

impl Default for Ensure {
    fn default() -> Self {
        Self {
            within: Duration::from_secs(5),
            retry: 2,
            otherwise: Otherwise::Notify,
        }
    }
}

/// Names of the enums in text.
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

words!(Press {
    Down = "down", Single = "single", Double = "double", Triple = "triple", Long = "long",
    LongReleased = "long-released",
});
words!(Overflow { DropNew = "drop-new", DropOldest = "drop-oldest" });
words!(Per { Rule = "rule", Device = "device" });
words!(Otherwise { Continue = "continue", Stop = "stop", Notify = "notify" });
