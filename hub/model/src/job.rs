//! Long work with stages that people watch: adding and removing a device.
//!
//! The bridge tells each stage as it ends; the engine keeps the journal, so that every client
//! sees the same progress, also after a reload.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A job of this run of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "j{}", self.0)
    }
}

/// A stage of adding a device, in the order of Matter 1.6 Core §5.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The device was found on the network.
    Found,
    /// A secure session by its passcode.
    Pase,
    /// Fail-safe armed, regulatory configuration and time set.
    Regulatory,
    /// Its attestation was checked against the trust folders.
    Attestation,
    /// It made a key and a certificate signing request.
    Csr,
    /// It took our root and its operational certificate.
    Noc,
    /// A session by certificates.
    Case,
    /// The commissioning is complete.
    Complete,
}

/// What a bridge tells of a job.
#[derive(Clone, Debug, PartialEq)]
pub enum JobUpdate {
    /// A stage began.
    Started(Stage),
    /// A stage ended well; a few words for the journal (`[::1]:5540`, "VID 0xfff1 PID 0x8000").
    Passed {
        /// Which.
        stage: Stage,
        /// How long it took.
        took: Duration,
        /// What was found, for people; never a secret.
        note: String,
    },
    /// The job waits for a person: attestation is not trusted and the policy is `ask`.
    /// Answered by [`crate::BridgeInput::Answer`].
    Asks {
        /// The question, for people.
        question: String,
    },
    /// The job ended well.
    Done,
    /// The job ended; the device was cleaned up as far as it could be reached.
    Failed(JobFailure),
}

/// Why a job failed, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct JobFailure {
    /// The stage that failed; none when it failed before the first.
    pub stage: Option<Stage>,
    /// A stable word for programs, in kebab-case: `not-found`, `wrong-passcode`,
    /// `untrusted-attestation`, `cancelled`, `bad-code`, `timeout`, `device-refused`, `busy`,
    /// `already-added`, `store`.
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next, in a sentence.
    pub advice: String,
    /// Technical detail to copy into a bug report; never a secret.
    pub detail: String,
}

/// What to do with a device whose attestation does not lead to a trusted root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttestationPolicy {
    /// Refuse it.
    Strict,
    /// Take the test roots of the CSA's SDK as trusted too; refuse all else.
    AllowTest,
    /// Ask a person.
    #[default]
    Ask,
}
