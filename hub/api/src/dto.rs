//! What goes over the wire, both ways: the vocabulary of the API.
//!
//! Times are milliseconds since the Unix epoch (UTC) and end in `_ms`. Ids are text where they
//! may pass 2^53. Every type can be written and read, so that Rust clients use the same ones.

mod cause;
mod command;
mod device;
mod edit;
mod energy;
mod event;
mod history;
mod home;
mod job;
mod node;
mod revision;
mod rule;
mod status;
mod value;

pub use self::energy::{
    BandEnergy, BatteryEnergy, DeviceEnergy, Energy, EnergyBalance, EnergyBand, EnergyBasis,
    EnergyChange, EnergyComparison, EnergyCost, EnergyDeviceChange, EnergyMeter, EnergyMeterNow,
    EnergyMeterRole, EnergyMeters, EnergyMissing, EnergyPart, EnergyPrice, EnergyPriceList,
    EnergyPrices, EnergyRate, EnergyRole, EnergySettings, EnergySettingsBody, EnergySource,
    EnergySpan, EnergyTariff, Every, GridEnergy, MeterKey, MoneyChange, RoomEnergy,
};
pub use cause::{Could, Link, Then, Why};
pub use command::{CommandOutcome, CommandResponse, Invoke, Outcome, Wait, Write};
pub use device::{AddDevice, Answer, JobStarted};
pub use edit::{
    DevicePatch, FloorPatch, Group, HomePatch, NewFloor, NewRoom, NodePatch, RoomPatch, Stored,
};
pub use event::{Change, ClientMessage, Filter, ServerMessage, Subscribe};
pub use history::{
    Changes, Gap, History, HistoryStatus, HistoryTrouble, Numbers, Past, Points, Recomputed,
    Recorded, Retention, Rollup, Sample, Series, SeriesKind, SeriesList, StateTime,
};
pub use home::{Device, DeviceType, Floor, Home, Node, ReachabilityWord, Room};
pub use job::{Job, JobStage, JobStateWord, Jobs};
pub use node::{Certificate, ClusterDetail, EndpointDetail, EventRecord, NodeDetail, Nodes};
pub use revision::{ObjectChange, Revision, Revisions};
pub use rule::{
    Apply, Assign, BadFile, Capture, Checked, Declaration, Finding, Given, Incident, Kept, Notice,
    Notices, Rule, RuleDetail, RulePatch, RuleStateWord, Rules, Scene, Scenes, Started, Trace,
    Traces, Tried, Try, Variable, Variables,
};
pub use status::{Bridge, Counts, Health, Status};
pub use value::{Attribute, QualityWord, Values};

use hub_model::{Origin, Timestamp};
use serde::{Deserialize, Deserializer};

/// Milliseconds since the Unix epoch.
pub(crate) const fn ms(at: Timestamp) -> i64 {
    at.as_millis()
}

/// Who began something, in words.
pub(crate) fn origin_words(origin: &Origin) -> String {
    match origin {
        Origin::Console => "the console".into(),
        Origin::Person(name) => name.to_string(),
        Origin::Token(name) => format!("token {name}"),
        Origin::Rule(name) => format!("rule {name}"),
        Origin::Timer => "a timer".into(),
        Origin::Device(node) => format!("the device {node}"),
        Origin::Hub => "the hub".into(),
        _ => "something newer than this interface".into(),
    }
}

/// Reads a field so that its absence (leave as it is) differs from null (take away).
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    field: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}
