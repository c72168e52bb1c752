//! Energy: what the home used and what it cost, its meters, prices, and what the owner says of them.

mod asked;
pub(crate) mod settings;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use energy::{MeterId, MeterSettings, Range, Reckoning, Settings};
use hub_engine::Principal;
use hub_runtime::clock;
use recorder::HistoryHandle;

use self::asked::{Compared, Reckoned, Spanned};
use crate::body::Asked;
use crate::dto::{
    Energy, EnergyComparison, EnergyMeter, EnergyMeterNow, EnergyMeters, EnergyPart, EnergyPrice,
    EnergyPrices, ms,
};
use crate::guard::Who;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// The most that one answer tells: meters times parts, some ten megabytes.
const MOST: usize = 100_000;

/// What the home used: by hour, day or month, device and room, and what it cost.
#[utoipa::path(
    get,
    path = "/api/v1/energy",
    params(Reckoned),
    responses((status = 200, body = Energy))
)]
pub(crate) async fn energy(
    State(api): State<Api>,
    Who(who): Who,
    Asked(asked): Asked<Reckoned>,
) -> Result<Json<Energy>, Problem> {
    let history = &api.history()?.handle;
    let (range, every) = asked.range(&api, clock::now().wall)?;
    let settings = settings::of(&api, &who).await?;
    let reckoning = reckon(history, &who, &settings, every, range).await?;
    if reckoning.meters.len().saturating_mul(reckoning.parts.len()) > MOST {
        let detail = format!(
            "{} meters in {} periods are more than one answer tells",
            reckoning.meters.len(),
            reckoning.parts.len()
        );
        return Err(Problem::new(Kind::TooMuch, detail)
            .advise("Ask for a shorter time, or for days or months: every=day, every=month."));
    }
    Ok(Json(Energy {
        from_ms: ms(reckoning.whole.range.from()),
        to_ms: ms(reckoning.whole.range.to()),
        every: reckoning.period.into(),
        zone: zone(history),
        basis: reckoning.basis.into(),
        meters: reckoning.meters.iter().map(EnergyMeter::of).collect(),
        parts: reckoning.parts.iter().map(EnergyPart::of).collect(),
        whole: EnergyPart::of(&reckoning.whole),
    }))
}

/// The meters that there are, what each is taken for, and what it tells now.
#[utoipa::path(
    get,
    path = "/api/v1/energy/meters",
    responses((status = 200, body = EnergyMeters))
)]
pub(crate) async fn meters(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<EnergyMeters>, Problem> {
    let meters = api.history()?.handle.meters(&who).await?;
    let settings = settings::of(&api, &who).await?;
    let told: BTreeMap<MeterId, &MeterSettings> = settings
        .meters()
        .iter()
        .map(|told| (told.meter, told))
        .collect();
    let home = api.home(&who).await?;
    let meters = meters
        .iter()
        .map(|meter| EnergyMeterNow::of(meter, told.get(&meter.id).copied(), &home));
    Ok(Json(EnergyMeters {
        meters: meters.collect(),
    }))
}

/// What a kWh costs and earns over a time, by the tariffs.
#[utoipa::path(
    get,
    path = "/api/v1/energy/prices",
    params(Spanned),
    responses((status = 200, body = EnergyPrices))
)]
pub(crate) async fn prices(
    State(api): State<Api>,
    Who(who): Who,
    Asked(asked): Asked<Spanned>,
) -> Result<Json<EnergyPrices>, Problem> {
    let now = clock::now().wall;
    let range = asked.range(&api, now)?;
    let settings = settings::of(&api, &who).await?;
    let zone = &api.rules().place().zone;
    let pieces = energy::price_line(range, &settings, zone.to_jiff());
    Ok(Json(EnergyPrices {
        from_ms: ms(range.from()),
        to_ms: ms(range.to()),
        now_ms: ms(now),
        zone: zone.name().to_owned(),
        prices: EnergyPrice::all(&pieces),
    }))
}

/// A stretch of time beside another: what changed a day.
#[utoipa::path(
    get,
    path = "/api/v1/energy/compare",
    params(Compared),
    responses((status = 200, body = EnergyComparison))
)]
pub(crate) async fn compare(
    State(api): State<Api>,
    Who(who): Who,
    Asked(asked): Asked<Compared>,
) -> Result<Json<EnergyComparison>, Problem> {
    let history = &api.history()?.handle;
    let (after, before) = asked.ranges(&api, clock::now().wall)?;
    let settings = settings::of(&api, &who).await?;
    let month = energy::Period::Month;
    let after = reckon(history, &who, &settings, month, after).await?;
    let before = reckon(history, &who, &settings, month, before).await?;
    let name = |meter| {
        let info = after.meters.iter().find(|info| info.meter == meter);
        info.map_or_else(|| meter.to_string(), |info| info.name.clone())
    };
    let comparison = energy::compare(&before, &after);
    let (before, range) = (before.whole.range, after.whole.range);
    Ok(Json(EnergyComparison::of(&comparison, before, range, name)))
}

async fn reckon(
    history: &HistoryHandle,
    who: &Principal,
    settings: &Settings,
    every: energy::Period,
    range: Range,
) -> Result<Reckoning, Problem> {
    Ok(history.energy(who, settings, every, range).await?)
}

/// The name of the time zone by which periods are cut.
fn zone(history: &HistoryHandle) -> String {
    history.zone().iana_name().unwrap_or("UTC").to_owned()
}
