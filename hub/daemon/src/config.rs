//! The configuration: one typed TOML file, everything optional, unknown keys refused.

mod history;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use hub_model::AttestationPolicy;
use serde::Deserialize;

pub(crate) use self::history::History;
use crate::log;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where the page and API listen.
    pub(crate) listen: SocketAddr,
    /// Matter.
    pub(crate) matter: Matter,
    /// The house's own timing.
    pub(crate) home: Home,
    /// What of the past is kept.
    pub(crate) history: History,
    /// What is logged, and how.
    pub(crate) log: Log,
}

/// The `[matter]` table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Matter {
    /// What to do with a device whose maker cannot be verified.
    pub(crate) attestation: AttestationPolicy,
    /// The UDP port of the controller; 0 takes a free one.
    pub(crate) port: u16,
    /// Product attestation authorities to trust, as DER or PEM files.
    pub(crate) paa_dir: Option<PathBuf>,
    /// Signers of certification declarations to trust, as DER or PEM files.
    pub(crate) cd_dir: Option<PathBuf>,
}

/// The `[home]` table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Home {
    /// How long a silent node still counts as online, in seconds.
    pub(crate) offline_after_s: u32,
    /// The time zone that rules go by, as `Europe/Berlin`; the machine's when none.
    pub(crate) time_zone: Option<String>,
    /// Degrees north, for the sun.
    pub(crate) latitude: Option<f64>,
    /// Degrees east, for the sun.
    pub(crate) longitude: Option<f64>,
}

/// The `[log]` table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// How lines are written.
    pub(crate) format: log::Format,
    /// What is logged: a level, or `target=level` pairs.
    pub(crate) filter: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            matter: Matter::default(),
            home: Home::default(),
            history: History::default(),
            log: Log::default(),
        }
    }
}

impl Default for Matter {
    fn default() -> Self {
        Self {
            attestation: AttestationPolicy::Ask,
            port: 0,
            paa_dir: None,
            cd_dir: None,
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self {
            offline_after_s: 60,
            time_zone: None,
            latitude: None,
            longitude: None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: log::Format::Text,
            filter: "info".to_owned(),
        }
    }
}

impl Log {
    /// Text, with what is odd alone: beside a program's own output.
    pub(crate) fn quiet() -> Self {
        Self {
            filter: "warn".to_owned(),
            ..Self::default()
        }
    }
}

impl Config {
    /// Reads the file, or gives the defaults when none is named.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let text =
            std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("understand {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sample_says_the_defaults() {
        let sample = include_str!("../ingle.toml");
        let uncommented: String = sample
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|l| l.contains(" = ") && !l.starts_with(' '))
                    .unwrap_or(line)
            })
            .filter(|line| {
                // These have no default that could be written down.
                let open = ["paa_dir", "cd_dir", "time_zone", "latitude", "longitude"];
                !open.iter().any(|key| line.starts_with(key))
            })
            .fold(String::new(), |text, line| text + line + "\n");
        assert_eq!(
            toml::from_str::<Config>(&uncommented).unwrap(),
            Config::default()
        );
        assert_eq!(toml::from_str::<Config>(sample).unwrap(), Config::default());
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = toml::from_str::<Config>("lisen = 1")
            .unwrap_err()
            .to_string();
        assert!(error.contains("lisen"), "{error}");
    }
}
