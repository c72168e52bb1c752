//! What the owner says about energy: one object of the home, changed by an edit like all others.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use energy::{MeterId, Problem as Wrong, Settings};
use hub_engine::{ObjectKind, Principal};
use serde_json::Value;

use crate::body::Body;
use crate::dto::{Checked, EnergySettings, EnergySettingsBody, Finding, Kept};
use crate::guard::Who;
use crate::handler::rule::put;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// The settings: roles of meters, and tariffs.
#[utoipa::path(
    get,
    path = "/api/v1/energy/settings",
    responses((status = 200, body = EnergySettings))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<EnergySettings>, Problem> {
    let Some(text) = stored(&api, &who).await? else {
        return Ok(Json(EnergySettings {
            settings: Settings::default().to_json(),
            findings: Vec::new(),
        }));
    };
    Ok(Json(match Settings::from_text(&text) {
        Ok(settings) => EnergySettings {
            settings: settings.to_json(),
            findings: Vec::new(),
        },
        Err(wrong) => EnergySettings {
            settings: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            findings: findings(&wrong),
        },
    }))
}

/// Replaces the settings as a whole. They must be free of errors. `POST /revisions/{revision}/undo`
/// takes it back.
#[utoipa::path(
    put,
    path = "/api/v1/energy/settings",
    request_body = EnergySettingsBody,
    responses((status = 200, body = Kept))
)]
pub(crate) async fn replace(
    State(api): State<Api>,
    Who(who): Who,
    Body(body): Body<Value>,
) -> Result<Json<Kept>, Problem> {
    let settings = Settings::from_json(&body).map_err(|wrong| bad(&wrong))?;
    let body = settings.to_json().to_string();
    let is_same = stored(&api, &who)
        .await?
        .is_some_and(|stored| stored == body);
    let revision = match is_same {
        true => None,
        false => put(&api, &who, energy::KIND, energy::ID, Some(body)).await?,
    };
    Ok(Json(Kept {
        id: energy::ID.to_owned(),
        revision,
        warnings: unknown(&api, &who, &settings).await?,
    }))
}

/// Checks settings without keeping them.
#[utoipa::path(
    post,
    path = "/api/v1/energy/settings/check",
    request_body = EnergySettingsBody,
    responses((status = 200, body = Checked))
)]
pub(crate) async fn check(
    State(api): State<Api>,
    Who(who): Who,
    Body(body): Body<Value>,
) -> Result<Json<Checked>, Problem> {
    let id = Some(energy::ID.to_owned());
    Ok(Json(match Settings::from_json(&body) {
        Ok(settings) => Checked {
            id,
            ok: true,
            findings: unknown(&api, &who, &settings).await?,
            text: Some(pretty(&settings)),
        },
        Err(wrong) => Checked {
            id,
            ok: false,
            findings: findings(&wrong),
            text: None,
        },
    }))
}

/// The settings that are gone by.
pub(super) async fn of(api: &Api, who: &Principal) -> Result<Settings, Problem> {
    match stored(api, who).await? {
        Some(text) => Settings::from_text(&text).map_err(|wrong| bad(&wrong)),
        None => Ok(Settings::default()),
    }
}

async fn stored(api: &Api, who: &Principal) -> Result<Option<String>, Problem> {
    let home = api.home(who).await?;
    let body = home.object(&ObjectKind::new(energy::KIND), energy::ID);
    Ok(body.map(ToString::to_string))
}

/// Warns of meters that nobody has heard of.
async fn unknown(api: &Api, who: &Principal, settings: &Settings) -> Result<Vec<Finding>, Problem> {
    let Ok(history) = api.history() else {
        return Ok(Vec::new());
    };
    let known = history.handle.meters(who).await?;
    let known: BTreeSet<MeterId> = known.into_iter().map(|meter| meter.id).collect();
    let told = (0_usize..).zip(settings.meters());
    let unknown = told.filter(|(_, told)| !known.contains(&told.meter));
    let warning = |(n, told): (usize, &energy::MeterSettings)| Finding {
        error: false,
        place: format!("meters[{n}]"),
        line: None,
        column: None,
        what: format!("no meter {} is known", told.meter),
        advice: Some("`ingle energy meters` lists them.".to_owned()),
    };
    Ok(unknown.map(warning).collect())
}

fn findings(wrong: &[Wrong]) -> Vec<Finding> {
    let finding = |wrong: &Wrong| Finding {
        error: true,
        place: wrong.place.clone(),
        line: None,
        column: None,
        what: wrong.what.clone(),
        advice: None,
    };
    wrong.iter().map(finding).collect()
}

/// A problem that tells all that is wrong.
fn bad(wrong: &[Wrong]) -> Problem {
    let texts: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    Problem::new(Kind::BadSettings, texts.join("\n"))
        .with_findings(findings(wrong))
        .advise("`ingle energy settings` shows those that are kept.")
}

fn pretty(settings: &Settings) -> String {
    serde_json::to_string_pretty(&settings.to_json()).unwrap_or_default()
}
