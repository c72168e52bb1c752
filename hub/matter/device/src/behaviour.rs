//! What a controller's commands and writes do to the data of an endpoint.
//!
//! A [`Behaviour`] belongs to one cluster of one endpoint. It sees the endpoint through a
//! [`Scope`], changes attributes and emits events there, and may ask to be called again at a
//! later uptime. It is pure: no clock, no I/O. [`standard`] has one for each application cluster
//! whose commands mean something; a bridge brings its own.
//!
//! Spec: Matter 1.6 Application Clusters, the section named in each module.

mod color_control;
mod door_lock;
mod fan_control;
mod identify;
mod level_control;
mod mode_select;
mod on_off;
pub(crate) mod scenes;
mod sensors;
mod smoke_co_alarm;
mod switch;
mod thermostat;
mod window_covering;

use std::time::Duration;

use hub_model::{AttributeId, ClusterId, CommandId, EventPriority, Value};

pub use crate::model::Scope;

/// Decides what happens to one cluster.
pub trait Behaviour: Send {
    /// Carries out a command that the cluster lists.
    ///
    /// # Errors
    /// The status to answer with.
    fn invoke(&mut self, scope: &mut Scope<'_>, call: &Call<'_>) -> Reply {
        let _ = (scope, call);
        Err(Status::UnsupportedCommand)
    }

    /// Takes a written value; its kind and nullability have been checked.
    ///
    /// # Errors
    /// The status to answer with; nothing may have changed then.
    fn write(
        &mut self,
        scope: &mut Scope<'_>,
        attribute: AttributeId,
        value: Value,
    ) -> Result<(), Status> {
        scope.set(attribute.0, value);
        Ok(())
    }

    /// An attribute of the endpoint changed by other means: the device itself, or another
    /// cluster's behaviour.
    fn changed(&mut self, scope: &mut Scope<'_>, cluster: ClusterId, attribute: AttributeId) {
        let _ = (scope, cluster, attribute);
    }

    /// The node started; its kept values are in place.
    fn started(&mut self, scope: &mut Scope<'_>) {
        let _ = scope;
    }

    /// The time asked for by [`Behaviour::due`] has come.
    fn tick(&mut self, scope: &mut Scope<'_>) {
        let _ = scope;
    }

    /// The uptime at which [`Behaviour::tick`] wants to be called next.
    fn due(&self) -> Option<Duration> {
        None
    }
}

/// A command as it came.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Which.
    pub command: CommandId,
    /// Its fields, a [`Value::Struct`].
    pub fields: &'a Value,
    /// The fabric that asks; 0 for none.
    pub fabric: u8,
    /// The groups of that fabric which the endpoint is in; given to Scenes Management alone.
    pub groups: &'a [u16],
}

/// The answer to a command: the response command with its fields, or success without one.
pub type Reply = Result<Option<(CommandId, Value)>, Status>;

/// Why a command or write was refused. Matter 1.6 Core §8.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Status {
    /// The endpoint is not there.
    #[error("unsupported endpoint")]
    UnsupportedEndpoint,
    /// The cluster is not there.
    #[error("unsupported cluster")]
    UnsupportedCluster,
    /// The attribute is not there.
    #[error("unsupported attribute")]
    UnsupportedAttribute,
    /// The command is not there.
    #[error("unsupported command")]
    UnsupportedCommand,
    /// The attribute cannot be written.
    #[error("unsupported write")]
    UnsupportedWrite,
    /// The fields are not what the command takes.
    #[error("invalid command")]
    InvalidCommand,
    /// The value is out of range.
    #[error("constraint error")]
    ConstraintError,
    /// The value is of another type.
    #[error("invalid data type")]
    InvalidDataType,
    /// Named something that is not there.
    #[error("not found")]
    NotFound,
    /// There is no room.
    #[error("resource exhausted")]
    ResourceExhausted,
    /// Not now.
    #[error("busy")]
    Busy,
    /// Not in this state.
    #[error("invalid in state")]
    InvalidInState,
    /// It did not work.
    #[error("failure")]
    Failure,
}

/// The standard behaviour of a cluster, where it has one.
#[must_use]
pub fn standard(cluster: ClusterId) -> Option<Box<dyn Behaviour>> {
    Some(match cluster.0 {
        identify::ID => Box::<identify::Identify>::default(),
        on_off::ID => Box::<on_off::OnOff>::default(),
        level_control::ID => Box::<level_control::LevelControl>::default(),
        color_control::ID => Box::<color_control::ColorControl>::default(),
        switch::ID => Box::<switch::Switch>::default(),
        sensors::BOOLEAN_STATE => Box::new(sensors::Tells::BOOLEAN_STATE),
        sensors::OCCUPANCY => Box::new(sensors::Tells::OCCUPANCY),
        sensors::ENERGY => Box::new(sensors::Tells::ENERGY),
        sensors::BRIDGED_INFO => Box::new(sensors::Tells::REACHABLE),
        smoke_co_alarm::ID => Box::<smoke_co_alarm::SmokeCoAlarm>::default(),
        door_lock::ID => Box::<door_lock::DoorLock>::default(),
        window_covering::ID => Box::<window_covering::WindowCovering>::default(),
        thermostat::ID => Box::new(thermostat::Thermostat),
        fan_control::ID => Box::new(fan_control::FanControl),
        mode_select::ID => Box::new(mode_select::ModeSelect),
        scenes::ID => Box::<scenes::Scenes>::default(),
        _ => return None,
    })
}

/// Success without a response command.
pub(crate) const DONE: Reply = Ok(None);

impl Call<'_> {
    /// An unsigned field.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn uint(&self, tag: u32) -> Result<u64, Status> {
        self.fields
            .field(tag)
            .and_then(Value::as_u64)
            .ok_or(Status::InvalidCommand)
    }

    /// A signed field.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn int(&self, tag: u32) -> Result<i64, Status> {
        self.fields
            .field(tag)
            .and_then(Value::as_i64)
            .ok_or(Status::InvalidCommand)
    }

    /// An unsigned field that may be missing or null.
    #[must_use]
    pub fn optional(&self, tag: u32) -> Option<u64> {
        self.fields.field(tag).and_then(Value::as_u64)
    }
}

/// A change of a number over time, at constant speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ramp {
    from: f64,
    to: f64,
    begin: Duration,
    took: Duration,
}

impl Ramp {
    /// From `from` to `to` within `took`, beginning at `begin`.
    pub(crate) const fn new(from: f64, to: f64, begin: Duration, took: Duration) -> Self {
        Self {
            from,
            to,
            begin,
            took,
        }
    }

    /// Where it is at `now`.
    pub(crate) fn at(&self, now: Duration) -> f64 {
        if self.is_over(now) {
            return self.to;
        }
        let part = now.saturating_sub(self.begin).as_secs_f64() / self.took.as_secs_f64();
        self.from + (self.to - self.from) * part
    }

    /// Whether it has arrived.
    pub(crate) fn is_over(&self, now: Duration) -> bool {
        now >= self.begin + self.took
    }

    /// What is left of it.
    pub(crate) fn left(&self, now: Duration) -> Duration {
        (self.begin + self.took).saturating_sub(now)
    }

    /// Whether it goes up.
    pub(crate) fn rises(&self) -> bool {
        self.to > self.from
    }
}

/// A rounded, clamped number as an unsigned value.
pub(crate) fn rounded(number: f64, max: u64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the range of the attribute, which is far below 2^53"
    )]
    let rounded = number.round().clamp(0.0, max as f64) as u64;
    rounded
}

/// How often an attribute in motion is updated: within the quieter reporting of level, colour
/// and position attributes (Matter 1.6 Core §7.7.10).
pub(crate) const STEP: Duration = Duration::from_millis(250);

/// Tenths of a second, the unit of most transition times.
pub(crate) const fn tenths(count: u64) -> Duration {
    Duration::from_millis(count.saturating_mul(100))
}

/// The priority of ordinary events.
pub(crate) const INFO: EventPriority = EventPriority::Info;
/// The priority of events about safety and security.
pub(crate) const CRITICAL: EventPriority = EventPriority::Critical;
