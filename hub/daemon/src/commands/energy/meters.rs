//! `ingle energy meters`: what measures, what it is taken for, and what it tells now.

use hub_api::dto::{EnergyMeterNow, EnergyMeters, EnergyRole, EnergySource};

use super::amount::{decimals, kwh};
use super::lined_up::lined_up;
use crate::client::{Client, ClientError};
use crate::output::Output;

pub(super) async fn list(client: &Client, output: Output) -> Result<(), ClientError> {
    let meters = all(client).await?;
    output.answer(&meters, text);
    Ok(())
}

pub(super) async fn all(client: &Client) -> Result<EnergyMeters, ClientError> {
    client.get("/energy/meters").await
}

/// The meter of this path, id or name.
pub(super) fn find<'a>(
    meters: &'a EnergyMeters,
    text: &str,
) -> Result<&'a EnergyMeterNow, ClientError> {
    let is = |meter: &&EnergyMeterNow| {
        [&meter.path, &meter.meter.meter].contains(&&text.to_owned())
            || meter.meter.name.to_lowercase() == text.to_lowercase()
    };
    let found: Vec<&EnergyMeterNow> = meters.meters.iter().filter(is).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(ClientError::Missing(format!(
            "there is no meter {text:?}\n`ingle energy meters` lists them"
        ))),
        several => {
            let paths: Vec<&str> = several.iter().map(|meter| meter.path.as_str()).collect();
            Err(ClientError::Missing(format!(
                "several meters are named {text:?}\nsay which: {}",
                paths.join(", ")
            )))
        }
    }
}

pub(super) const fn role_word(role: EnergyRole) -> &'static str {
    match role {
        EnergyRole::Grid => "grid",
        EnergyRole::Solar => "solar",
        EnergyRole::Battery => "battery",
        EnergyRole::Device => "device",
        EnergyRole::Ignore => "ignore",
    }
}

fn text(meters: &EnergyMeters) -> String {
    if meters.meters.is_empty() {
        return "nothing in the home measures energy or power".to_owned();
    }
    let head = [
        "METER", "NAME", "ROOM", "ROLE", "NOW", "IN", "OUT", "TOLD BY",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(meters.meters.iter().map(row));
    let mut text = lined_up(&rows, 4);
    if meters.meters.iter().all(|meter| !meter.told) {
        text += "\nNobody said what they measure, so each is taken for a device. If one is at the \
                 connection to the\ngrid: `ingle energy roles METER grid`.\n";
    }
    text
}

fn row(meter: &EnergyMeterNow) -> Vec<String> {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let counted = |wh: Option<f64>| or_dash(wh.map(|wh| kwh(wh, decimals(wh)) + " kWh"));
    let mut role = role_word(meter.meter.role).to_owned();
    if let Some(parent) = &meter.meter.parent {
        role += &format!(" behind {parent}");
    }
    if meter.reversed {
        role += ", reversed";
    }
    let sources: Vec<&str> = meter.sources.iter().copied().map(source_word).collect();
    let state = match (meter.in_home, meter.known) {
        (false, _) => " (left the home)",
        (true, false) if meter.at_ms.is_some() => " (not heard of now)",
        _ => "",
    };
    vec![
        meter.path.clone(),
        meter.meter.name.clone(),
        or_dash(meter.meter.room.clone()),
        role,
        or_dash(meter.power_w.map(|watts| format!("{watts:.1} W"))),
        counted(meter.imported_wh),
        counted(meter.exported_wh),
        sources.join(", ") + state,
    ]
}

const fn source_word(source: EnergySource) -> &'static str {
    match source {
        EnergySource::CumulativeImported => "counter in",
        EnergySource::CumulativeExported => "counter out",
        EnergySource::PeriodicImported => "periods in",
        EnergySource::PeriodicExported => "periods out",
        EnergySource::Power => "power",
    }
}
