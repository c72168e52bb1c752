//! The `[history]` table: what of the past is kept, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use history::policy::Wish;
use history_postgres::PgConfig;
use hub_model::text_path::Part;
use hub_model::{Secret, TextPath};
use recorder::Retention;
use serde::Deserialize;

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The longest that samples wait to be written down, in seconds.
const LONGEST_COMMIT_S: u32 = 300;
/// The least room for a history, in gigabytes: some days of a small home.
const LEAST_GB: f64 = 0.01;

/// The `[history]` table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct History {
    /// Whether anything is recorded.
    pub(crate) record: bool,
    /// How many days samples are kept.
    pub(crate) keep_days: u32,
    /// How many days roll-ups of five minutes are kept; those of hours and days stay.
    pub(crate) keep_five_minutes_days: u32,
    /// How large the history may grow, in gigabytes; beyond that the oldest samples go.
    pub(crate) size_gb: f64,
    /// How often what was recorded is written down, in seconds.
    pub(crate) commit_every_s: u32,
    /// What is recorded of some attributes; later entries overrule earlier ones.
    pub(crate) policy: Vec<Entry>,
    /// A PostgreSQL server that keeps it, instead of a file.
    pub(crate) postgres: Option<Postgres>,
}

/// The `[history.postgres]` table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Postgres {
    /// Where it is, as `host=db.home user=ingle dbname=home sslmode=verify-full`, without a password.
    pub(crate) url: String,
    /// A file that holds the password.
    pub(crate) password_file: Option<PathBuf>,
    /// A file of certificate authorities to trust, as PEM; the system's when none.
    pub(crate) ca_file: Option<PathBuf>,
    /// The schema in the database.
    pub(crate) schema: Option<String>,
}

impl Postgres {
    /// As the store takes it.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub(crate) fn config(&self) -> anyhow::Result<PgConfig> {
        let mut config = PgConfig::new(self.url.as_str());
        if let Some(file) = &self.password_file {
            let text = std::fs::read_to_string(file);
            let text = text.with_context(|| format!("read {}", file.display()))?;
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            config.password = Some(Secret::new(text));
        }
        config.ca_file.clone_from(&self.ca_file);
        if let Some(schema) = &self.schema {
            config.schema.clone_from(schema);
        }
        Ok(config)
    }
}

/// A `[[history.policy]]` entry. What it does not say stays as it was.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The attributes, as `*/*/ElectricalPowerMeasurement.ActivePower`.
    pub(crate) path: String,
    /// Whether they are recorded.
    pub(crate) record: Option<bool>,
    /// A change smaller than this is not recorded, in the unit in which the number is shown.
    pub(crate) deadband: Option<f64>,
    /// Of what follows sooner, only the last is recorded, in seconds.
    pub(crate) min_interval_s: Option<f64>,
    /// How many days their samples are kept.
    pub(crate) keep_days: Option<u32>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            record: true,
            keep_days: 365,
            keep_five_minutes_days: 730,
            size_gb: 2.0,
            commit_every_s: 2,
            policy: Vec::new(),
            postgres: None,
        }
    }
}

impl History {
    /// How long what is kept.
    ///
    /// # Errors
    /// When a number makes no sense.
    pub(crate) fn retention(&self) -> anyhow::Result<Retention> {
        anyhow::ensure!(
            self.keep_days > 0,
            "history.keep_days is 0; to keep no history set history.record = false"
        );
        anyhow::ensure!(
            self.size_gb.is_finite() && (LEAST_GB..=1e6).contains(&self.size_gb),
            "history.size_gb is {}; give a number from {LEAST_GB} on",
            self.size_gb
        );
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let budget = (self.size_gb * 1e9) as u64;
        Ok(Retention {
            samples: DAY * self.keep_days,
            budget,
            five_minutes: DAY * self.keep_five_minutes_days,
        })
    }

    /// How often what was recorded is written down.
    ///
    /// # Errors
    /// When that is never or too seldom.
    pub(crate) fn commit_every(&self) -> anyhow::Result<Duration> {
        let every = self.commit_every_s;
        anyhow::ensure!(
            (1..=LONGEST_COMMIT_S).contains(&every),
            "history.commit_every_s is {every}; give a number from 1 to {LONGEST_COMMIT_S}"
        );
        Ok(Duration::from_secs(every.into()))
    }

    /// What is recorded of which attributes, where that is not as usual.
    ///
    /// # Errors
    /// When an entry makes no sense; the error names it.
    pub(crate) fn wishes(&self) -> anyhow::Result<Vec<Wish>> {
        let wishes = self.policy.iter().enumerate().map(|(place, entry)| {
            let which = || format!("entry {} of history.policy, {:?}", place + 1, entry.path);
            entry.wish().with_context(which)
        });
        wishes.collect()
    }
}

impl Entry {
    fn wish(&self) -> anyhow::Result<Wish> {
        let path: TextPath = self.path.parse()?;
        if let Some(member) = path.member.and_then(Part::one) {
            anyhow::ensure!(
                member.attribute().is_some(),
                "only attributes have a policy, and that is none"
            );
        }
        let deadband = self.deadband;
        anyhow::ensure!(
            deadband.is_none_or(|deadband| deadband.is_finite() && deadband >= 0.0),
            "its deadband is no number from 0 on"
        );
        let min_interval = self.min_interval_s.map(Duration::try_from_secs_f64);
        let min_interval = min_interval.transpose().context("its min_interval_s")?;
        anyhow::ensure!(
            self.keep_days != Some(0),
            "its keep_days is 0; to record nothing set record = false"
        );
        Ok(Wish {
            path,
            record: self.record,
            deadband,
            min_interval,
            keep: self.keep_days.map(|days| DAY * days),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> History {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn policies_become_wishes() {
        let history = read(
            "[[policy]]\npath = '*/*/ElectricalPowerMeasurement.ActivePower'\ndeadband = 5\n\
             min_interval_s = 10\nkeep_days = 30\n[[policy]]\npath = 'attic-bridge'\nrecord = false",
        );
        let wishes = history.wishes().unwrap();
        assert_eq!(wishes.len(), 2);
        assert_eq!(wishes[0].deadband, Some(5.0));
        assert_eq!(wishes[0].min_interval, Some(Duration::from_secs(10)));
        assert_eq!(wishes[0].keep, Some(DAY * 30));
        assert_eq!((wishes[0].record, wishes[1].record), (None, Some(false)));
    }

    #[test]
    fn a_bad_entry_is_refused_by_name() {
        for (entry, told) in [
            ("path = '*/*/OnOf.OnOff'", "OnOff"),
            ("path = '*/*/OnOff.Toggle'", "only attributes"),
            ("path = '*'\ndeadband = -1", "deadband"),
            ("path = '*'\nmin_interval_s = -1", "min_interval_s"),
            ("path = '*'\nkeep_days = 0", "keep_days"),
        ] {
            let history = read(&format!("[[policy]]\npath = 'a'\n[[policy]]\n{entry}"));
            let error = format!("{:#}", history.wishes().unwrap_err());
            assert!(error.contains("entry 2 of history.policy"), "{error}");
            assert!(error.contains(told), "{error}");
        }
        assert!(toml::from_str::<History>("[[policy]]\npath = 'a'\ndeadbnd = 1").is_err());
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for text in [
            "keep_days = 0",
            "size_gb = 0.0",
            "size_gb = nan",
            "size_gb = -2.0",
        ] {
            assert!(read(text).retention().is_err(), "{text}");
        }
        assert!(read("commit_every_s = 0").commit_every().is_err());
        assert_eq!(
            History::default().retention().unwrap(),
            Retention::default()
        );
    }
}
