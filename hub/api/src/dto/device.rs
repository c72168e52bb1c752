//! Adding a device.

use hub_model::AttestationPolicy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Add a device.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDevice {
    /// Its setup code: QR payload, or 11 or 21 digits.
    pub code: String,
    /// Its name; its own when none.
    #[serde(default)]
    pub name: Option<String>,
    /// Its room, by name or number; made if there is none of that name.
    #[serde(default)]
    pub room: Option<String>,
    /// What to do when its maker cannot be verified: `strict`, `allow-test` or `ask`; the hub's
    /// own policy when none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub policy: Option<AttestationPolicy>,
}

/// The code is a secret until the device is added.
impl std::fmt::Debug for AddDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddDevice")
            .field("code", &"[redacted]")
            .field("name", &self.name)
            .field("room", &self.room)
            .field("policy", &self.policy)
            .finish()
    }
}

/// The job that does it; several when one code is of several devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobStarted {
    /// Its name: `j3`.
    pub job: String,
    /// The names of the further jobs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<String>,
}

/// The answer to a job's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Go on, or give up.
    pub proceed: bool,
}
