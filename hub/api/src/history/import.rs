//! Taking in the past of another hub. The work is the program's; the API starts it and tells how it goes.

use hub_engine::Principal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What is to be taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportAsked {
    /// The file on the hub's machine: a recorder database of Home Assistant.
    pub file: String,
    /// Which entity is which device, as TOML; what it does not say is guessed or keeps its own name.
    #[serde(default)]
    pub table: Option<String>,
    /// Only tell what would come of it.
    #[serde(default)]
    pub dry_run: bool,
    /// Take what was guessed from names as well.
    #[serde(default)]
    pub take_guesses: bool,
    /// Leave out what has no place in the home, instead of keeping it under its own name.
    #[serde(default)]
    pub skip_foreign: bool,
}

/// How an import goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ImportState {
    /// There was none since the hub started.
    #[default]
    Idle,
    /// It is under way.
    Running {
        /// Rows that were read.
        done: u64,
        /// Rows that there are, about; 0 while they are being counted.
        total: u64,
    },
    /// It ended.
    Done {
        /// What became of each entity, and what was left out, for people.
        text: String,
        /// The same for programs.
        #[schema(value_type = Object)]
        report: Value,
        /// The table with what was guessed, to be confirmed and given again.
        table: String,
    },
    /// It ended before its end. What was read until then is kept, and an import can be repeated.
    Failed {
        /// Why, and what to do.
        why: String,
        /// What became of what was read, for people.
        text: Option<String>,
    },
}

/// Takes in the past of another hub, one at a time.
pub trait HistoryImport: Send + Sync {
    /// Begins; false when another is under way.
    fn start(&self, who: Principal, asked: ImportAsked) -> bool;

    /// How it goes, or how the last one went.
    fn state(&self) -> ImportState;
}

/// Takes in nothing, for hubs that cannot.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoImport;

impl HistoryImport for NoImport {
    fn start(&self, _: Principal, _: ImportAsked) -> bool {
        false
    }

    fn state(&self) -> ImportState {
        ImportState::Idle
    }
}
