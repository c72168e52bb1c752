//! The lines of a log, version 1.
//!
//! What comes often is a list, so that it is short; what comes seldom has names. Values say their
//! own types ([`hub_model::json::untyped`]), so they come back as they were to the last bit.

mod event;
mod home;

use std::time::Duration;

use hub_model::{CauseId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Entry, Given, Input, LogError, VERSION};
use crate::machine::{Order, Person};
use crate::schedule::{Location, Place, Zone};
use event::WireEvent;
use home::WireHome;

/// What is wrong with a line.
pub(super) type Wrong = String;

/// Later than this since a log began is no time: its clock would have run for a century.
const LATEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "ingle-log")]
    version: u32,
    place: WirePlace,
    past: Timestamp,
}

#[derive(Deserialize)]
struct VersionOnly {
    #[serde(rename = "ingle-log")]
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct WirePlace {
    zone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
}

/// Wall time in microseconds, monotonic time in nanoseconds, the input.
type Line = (Timestamp, u64, WireInput);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireInput {
    Start {
        home: WireHome,
        stored: Vec<(String, String)>,
    },
    Event(WireEvent),
    Timeout,
    Taken(u64, WireAnswer),
    Order {
        order: Order,
        by: Person,
    },
    Gap(WireHome),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireAnswer {
    Cause(CauseId),
    Refused(String),
}

/// The first line.
pub(super) fn header(place: &Place, past: Timestamp) -> String {
    let header = Header {
        version: VERSION,
        place: WirePlace {
            zone: place.zone.name().to_owned(),
            latitude: place.location.map(Location::latitude),
            longitude: place.location.map(Location::longitude),
        },
        past,
    };
    json(&header)
}

/// Reads the first line.
pub(super) fn read_header(line: usize, text: &str) -> Result<(Place, Timestamp), LogError> {
    let wrong = |error: serde_json::Error| LogError::NotALog {
        line,
        why: error.to_string(),
    };
    let version = serde_json::from_str::<VersionOnly>(text)
        .map_err(wrong)?
        .version;
    if version > VERSION {
        return Err(LogError::Newer(version));
    }
    let header: Header = serde_json::from_str(text).map_err(wrong)?;
    let location = match (header.place.latitude, header.place.longitude) {
        (Some(latitude), Some(longitude)) => Some(Location::new(latitude, longitude)?),
        _ => None,
    };
    let zone = Zone::named(&header.place.zone)?;
    Ok((Place { zone, location }, header.past))
}

/// The line of an input; none when a machine does not read it.
pub(super) fn line(wall: Timestamp, since: Duration, given: Given<'_>) -> Option<String> {
    let input = match given {
        Given::Start { home, stored } => WireInput::Start {
            home: WireHome::of(home),
            stored: stored.to_vec(),
        },
        Given::Event(event) => WireInput::Event(WireEvent::of(event)?),
        Given::Timeout => WireInput::Timeout,
        Given::Taken { token, answer } => WireInput::Taken(
            token,
            match answer {
                Ok(cause) => WireAnswer::Cause(*cause),
                Err(why) => WireAnswer::Refused(why.clone()),
            },
        ),
        Given::Order { order, by } => WireInput::Order {
            order: order.clone(),
            by: by.clone(),
        },
        Given::Gap { home } => WireInput::Gap(WireHome::of(home)),
    };
    let since = u64::try_from(since.min(LATEST).as_nanos()).unwrap_or(u64::MAX);
    let line: Line = (wall, since, input);
    Some(json(&line))
}

/// Reads the line of an input.
pub(super) fn read_entry(text: &str) -> Result<Entry, Wrong> {
    let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (wall, since, input) = line;
    let since = Duration::from_nanos(since);
    if since > LATEST {
        return Err("its time is more than a century after the log began".to_owned());
    }
    let input = match input {
        WireInput::Start { home, stored } => Input::Start {
            home: Box::new(home.read()?),
            stored,
        },
        WireInput::Event(event) => Input::Event(Box::new(event.read()?)),
        WireInput::Timeout => Input::Timeout,
        WireInput::Taken(token, answer) => Input::Taken {
            token,
            answer: match answer {
                WireAnswer::Cause(cause) => Ok(cause),
                WireAnswer::Refused(why) => Err(why),
            },
        },
        WireInput::Order { order, by } => Input::Order { order, by },
        WireInput::Gap(home) => Input::Gap {
            home: Box::new(home.read()?),
        },
    };
    Ok(Entry { wall, since, input })
}

fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).expect("own structs of text and numbers become JSON")
}
