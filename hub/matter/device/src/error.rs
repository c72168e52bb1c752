//! Why a device could not be run.

use hub_model::EndpointId;

/// Why a device could not be started or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The host has stopped.
    #[error("the device host has stopped")]
    Stopped,
    /// Too many changes wait for the node.
    #[error("too many changes wait for the node")]
    Busy,
    /// The description of the device contradicts itself.
    #[error("the device is not well formed: {0}")]
    Malformed(String),
    /// Endpoint ids ascend and are never reused.
    #[error("endpoint {0} is not above every endpoint that the node ever had")]
    EndpointReused(EndpointId),
    /// A socket, thread or file of the host failed.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The Matter stack refused.
    #[error("the Matter stack failed to {what}: {code}")]
    Stack {
        /// What was tried.
        what: &'static str,
        /// Its error code.
        code: String,
    },
}

impl DeviceError {
    pub(crate) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io {
            what: what.into(),
            source,
        }
    }

    pub(crate) fn stack(what: &'static str) -> impl FnOnce(rs_matter::error::Error) -> Self {
        move |error| Self::Stack {
            what,
            code: format!("{:?}", error.code()),
        }
    }
}
