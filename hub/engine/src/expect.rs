//! What a command is expected to show, so that the report that confirms it is known.
//!
//! A small table of the commands that people use all day. A command that is not in it has no
//! goals: it is never confirmed, only acknowledged.
//!
//! Spec: Matter 1.6 Application Cluster §1.5 (OnOff), §1.6 (LevelControl), §3.2 (ColorControl),
//! §4.3 (Thermostat), §4.4 (FanControl), §5.2 (DoorLock), §5.3 (WindowCovering).

use hub_model::{AttributeId, ClusterId, CommandId, EndpointId, Operation, Value};

use crate::state::Key;

const ON_OFF: u32 = 0x0006;
const LEVEL_CONTROL: u32 = 0x0008;
const DOOR_LOCK: u32 = 0x0101;
const WINDOW_COVERING: u32 = 0x0102;
const THERMOSTAT: u32 = 0x0201;
const FAN_CONTROL: u32 = 0x0202;
const COLOR_CONTROL: u32 = 0x0300;

const CURRENT_LEVEL: u32 = 0x0000;
const LOCKED: u64 = 1;
const UNLOCKED: u64 = 2;
const FULLY_CLOSED: f64 = 10_000.0;

/// What a command is expected to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Expectation {
    /// All of these confirm it.
    pub(crate) goals: Vec<Goal>,
    /// Changes in these clusters are its doing while it is under way.
    pub(crate) touches: Vec<(EndpointId, ClusterId)>,
}

/// An attribute and what it is to become.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Goal {
    pub(crate) key: Key,
    pub(crate) want: Want,
    pub(crate) met: bool,
}

/// What an attribute is to become.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Want {
    /// Exactly this.
    Is(Value),
    /// Anything but this.
    Not(Value),
    /// This number, or near it; on the way there from `from`.
    Number {
        from: Option<f64>,
        to: f64,
        within: f64,
    },
}

/// What a reported value means to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// It is reached.
    Reached,
    /// It is between where it was and the goal.
    OnTheWay,
    /// It has nothing to do with the goal.
    Other,
}

impl Want {
    /// What the value means.
    pub(crate) fn shows(&self, value: &Value) -> Shows {
        let reached = |is: bool| if is { Shows::Reached } else { Shows::Other };
        match self {
            Self::Is(wanted) => reached(equal(wanted, value)),
            Self::Not(unwanted) => reached(!equal(unwanted, value)),
            Self::Number { from, to, within } => match value.as_f64() {
                Some(is) if (is - to).abs() <= *within => Shows::Reached,
                Some(is) if from.is_some_and(|from| between(is, from, *to)) => Shows::OnTheWay,
                _ => Shows::Other,
            },
        }
    }
}

fn between(x: f64, a: f64, b: f64) -> bool {
    x >= a.min(b) && x <= a.max(b)
}

/// Whether two values say the same; the sign of an integer's encoding does not matter.
fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// What the operation is expected to show, given the present state.
pub(crate) fn expectation<'a>(
    operation: &Operation,
    state: impl Fn(Key) -> Option<&'a Value>,
) -> Expectation {
    match operation {
        Operation::Invoke {
            endpoint,
            cluster,
            command,
            fields,
            ..
        } => {
            let invoked = Invoked {
                endpoint: *endpoint,
                cluster: *cluster,
                fields,
                state: &state,
            };
            Expectation {
                goals: invoked.goals(*command),
                touches: invoked.touches(),
            }
        }
        Operation::Write {
            endpoint,
            cluster,
            attribute,
            value,
            ..
        } => Expectation {
            goals: vec![Goal {
                key: Key {
                    endpoint: *endpoint,
                    cluster: *cluster,
                    attribute: *attribute,
                },
                want: Want::Is(value.clone()),
                met: false,
            }],
            touches: Vec::new(),
        },
        Operation::Read { .. } => Expectation::default(),
    }
}

struct Invoked<'f, 'v> {
    endpoint: EndpointId,
    cluster: ClusterId,
    fields: &'f Value,
    state: &'f dyn Fn(Key) -> Option<&'v Value>,
}

impl Invoked<'_, '_> {
    fn goals(&self, command: CommandId) -> Vec<Goal> {
        match (self.cluster.0, command.0) {
            (ON_OFF, 0x00 | 0x40) => vec![self.is(0x0000, Value::Bool(false))],
            (ON_OFF, 0x01 | 0x42) => vec![self.is(0x0000, Value::Bool(true))],
            (ON_OFF, 0x02) => self.not_as_now(0x0000),
            // Moving to level 0 with OnOff switches off and leaves the level where it may.
            (LEVEL_CONTROL, 0x04) if self.field(0) == Some(0.0) => {
                let key = self.key_in(ON_OFF, 0x0000);
                vec![Goal::new(key, Want::Is(Value::Bool(false)))]
            }
            (LEVEL_CONTROL, 0x00 | 0x04) => self.numbers(&[(CURRENT_LEVEL, 0)], 1.0),
            (COLOR_CONTROL, 0x00) => self.numbers(&[(0x0000, 0)], 2.0),
            (COLOR_CONTROL, 0x03) => self.numbers(&[(0x0001, 0)], 2.0),
            (COLOR_CONTROL, 0x06) => self.numbers(&[(0x0000, 0), (0x0001, 1)], 2.0),
            (COLOR_CONTROL, 0x07) => self.numbers(&[(0x0003, 0), (0x0004, 1)], 655.0),
            (COLOR_CONTROL, 0x0A) => self.numbers(&[(0x0007, 0)], 5.0),
            (COLOR_CONTROL, 0x40) => self.numbers(&[(0x4000, 0)], 655.0),
            (COLOR_CONTROL, 0x43) => {
                let mut goals = self.numbers(&[(0x4000, 0)], 655.0);
                goals.extend(self.numbers(&[(0x0001, 1)], 2.0));
                goals
            }
            (DOOR_LOCK, 0x00) => vec![self.is(0x0000, Value::Uint(LOCKED))],
            (DOOR_LOCK, 0x01 | 0x03) => vec![self.is(0x0000, Value::Uint(UNLOCKED))],
            (WINDOW_COVERING, 0x00) => vec![self.number(0x000E, 0.0, 100.0)],
            (WINDOW_COVERING, 0x01) => vec![self.number(0x000E, FULLY_CLOSED, 100.0)],
            (WINDOW_COVERING, 0x05) => self.numbers(&[(0x000E, 0)], 100.0),
            (WINDOW_COVERING, 0x08) => self.numbers(&[(0x000F, 0)], 100.0),
            (THERMOSTAT, 0x00) => self.setpoints(),
            (FAN_CONTROL, 0x00) => self.not_as_now(0x0002),
            _ => Vec::new(),
        }
    }

    fn touches(&self) -> Vec<(EndpointId, ClusterId)> {
        let mut touches = vec![(self.endpoint, self.cluster)];
        match self.cluster.0 {
            ON_OFF => touches.push((self.endpoint, ClusterId(LEVEL_CONTROL))),
            LEVEL_CONTROL => touches.push((self.endpoint, ClusterId(ON_OFF))),
            _ => {}
        }
        touches
    }

    /// Raises or lowers the heating setpoint, the cooling setpoint or both, by tenths of a degree.
    fn setpoints(&self) -> Vec<Goal> {
        let (Some(mode), Some(tenths)) = (self.field(0), self.field(1)) else {
            return Vec::new();
        };
        let (heating, cooling) = (0x0012, 0x0011);
        let affected = if mode == 0.0 {
            vec![heating]
        } else if mode == 1.0 {
            vec![cooling]
        } else {
            vec![heating, cooling]
        };
        let moved = affected.into_iter().filter_map(|attribute| {
            let now = (self.state)(self.key(attribute))?.as_f64()?;
            Some(self.number(attribute, now + tenths * 10.0, 0.0))
        });
        moved.collect()
    }

    fn key(&self, attribute: u32) -> Key {
        self.key_in(self.cluster.0, attribute)
    }

    const fn key_in(&self, cluster: u32, attribute: u32) -> Key {
        Key {
            endpoint: self.endpoint,
            cluster: ClusterId(cluster),
            attribute: AttributeId(attribute),
        }
    }

    fn field(&self, tag: u32) -> Option<f64> {
        self.fields.field(tag)?.as_f64()
    }

    fn is(&self, attribute: u32, value: Value) -> Goal {
        Goal::new(self.key(attribute), Want::Is(value))
    }

    fn not_as_now(&self, attribute: u32) -> Vec<Goal> {
        let key = self.key(attribute);
        let now = (self.state)(key).cloned();
        now.map(|now| Goal::new(key, Want::Not(now)))
            .into_iter()
            .collect()
    }

    fn number(&self, attribute: u32, to: f64, within: f64) -> Goal {
        let key = self.key(attribute);
        let from = (self.state)(key).and_then(Value::as_f64);
        Goal::new(key, Want::Number { from, to, within })
    }

    /// Attributes that become what fields say.
    fn numbers(&self, attribute_fields: &[(u32, u32)], within: f64) -> Vec<Goal> {
        let goals = attribute_fields.iter().filter_map(|(attribute, field)| {
            let to = self.field(*field)?;
            Some(self.number(*attribute, to, within))
        });
        goals.collect()
    }
}

impl Goal {
    const fn new(key: Key, want: Want) -> Self {
        Self {
            key,
            want,
            met: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoke(cluster: u32, command: u32, fields: Value) -> Operation {
        Operation::Invoke {
            endpoint: EndpointId(1),
            cluster: ClusterId(cluster),
            command: CommandId(command),
            fields,
            timed: false,
        }
    }

    fn goals(operation: &Operation, now: Option<Value>) -> Vec<(u32, Want)> {
        let expected = expectation(operation, |_| now.as_ref());
        let goals = expected.goals.into_iter();
        goals
            .map(|goal| (goal.key.attribute.0, goal.want))
            .collect()
    }

    #[test]
    fn toggling_wants_the_other_state_and_nothing_when_that_is_unknown() {
        let toggle = invoke(ON_OFF, 2, Value::structure([]));
        let on = Value::Bool(true);
        assert_eq!(goals(&toggle, Some(on.clone())), [(0, Want::Not(on))]);
        assert_eq!(goals(&toggle, None), []);
    }

    #[test]
    fn a_level_on_the_way_is_told_from_one_that_has_nothing_to_do_with_it() {
        let fields = Value::structure([(0, Value::Uint(200))]);
        let wants = goals(&invoke(LEVEL_CONTROL, 4, fields), Some(Value::Uint(100)));
        let want = &wants[0].1;
        assert_eq!(want.shows(&Value::Uint(150)), Shows::OnTheWay);
        assert_eq!(want.shows(&Value::Uint(200)), Shows::Reached);
        assert_eq!(want.shows(&Value::Uint(199)), Shows::Reached);
        assert_eq!(want.shows(&Value::Uint(50)), Shows::Other);
        assert_eq!(want.shows(&Value::Null), Shows::Other);
    }

    #[test]
    fn setpoints_move_by_tenths() {
        let fields = Value::structure([(0, Value::Uint(2)), (1, Value::Int(-5))]);
        let wants = goals(&invoke(THERMOSTAT, 0, fields), Some(Value::Int(2100)));
        assert_eq!(wants.len(), 2);
        for (_, want) in wants {
            assert_eq!(want.shows(&Value::Int(2050)), Shows::Reached);
            assert_eq!(want.shows(&Value::Uint(2051)), Shows::OnTheWay);
        }
    }

    #[test]
    fn a_lock_is_confirmed_by_its_state_in_either_encoding() {
        let wants = goals(&invoke(DOOR_LOCK, 0, Value::structure([])), None);
        assert_eq!(wants[0].1.shows(&Value::Int(1)), Shows::Reached);
        assert_eq!(wants[0].1.shows(&Value::Uint(2)), Shows::Other);
    }

    #[test]
    fn commands_with_missing_or_odd_fields_have_no_goals() {
        for fields in [Value::Null, Value::structure([(0, Value::from("x"))])] {
            assert_eq!(goals(&invoke(LEVEL_CONTROL, 0, fields.clone()), None), []);
            assert_eq!(goals(&invoke(THERMOSTAT, 0, fields), None), []);
        }
    }
}
