//! The demo's tariff: cheaper at night, and a charge each day. Its meters are those of devices alone, so
//! none has a role of its own.

use anyhow::Context as _;
use hub_engine::{Edit, Filter, ObjectKind, Principal, Request};
use hub_runtime::HubHandle;

/// The settings as they are kept.
const SETTINGS: &str = include_str!("energy.json");

/// Adds the settings, unless there are some already.
pub(super) async fn add(hub: &HubHandle) -> anyhow::Result<()> {
    let me = Principal::console();
    let nothing = Filter {
        nodes: Some([].into()),
        ..Filter::default()
    };
    let home = hub
        .snapshot(&me, nothing)
        .await
        .context("see the home")?
        .home;
    let kind = ObjectKind::new(energy::KIND);
    if home.object(&kind, energy::ID).is_some() {
        return Ok(());
    }
    let settings = energy::Settings::from_text(SETTINGS).map_err(|problems| {
        let all: Vec<_> = problems.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the demo's tariff cannot be read: {}", all.join("; "))
    })?;
    let edit = Edit::PutObject {
        kind,
        id: energy::ID.to_owned(),
        body: Some(settings.to_json().to_string().into()),
    };
    let reason = "the demo's tariff".to_owned();
    let stored = hub.submit(me, Request::Edit { edit, reason }).await;
    stored.map(drop).context("add the tariff")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_written_as_the_hub_writes_them() {
        let settings = energy::Settings::from_text(SETTINGS).unwrap();
        let json: serde_json::Value = serde_json::from_str(SETTINGS).unwrap();
        assert_eq!(settings.to_json(), json);
    }
}
