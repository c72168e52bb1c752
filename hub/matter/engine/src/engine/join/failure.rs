//! Why a device could not be added, before the sequencer had it.

use hub_model::{JobFailure, NodeId, Stage};

use crate::net::handshake::HandshakeError;
use crate::setup::{Flow, SetupCodeError};

pub(super) fn bad_code(error: &SetupCodeError) -> JobFailure {
    failure(
        None,
        "bad-code",
        "this is not a setup code",
        "Check the code against the one on the device or in its manual.",
        error.to_string(),
    )
}

pub(super) fn id_taken(id: NodeId) -> JobFailure {
    failure(
        None,
        "busy",
        "the device's id is in use",
        "Try again.",
        format!("node {id}"),
    )
}

pub(super) fn cancelled(stage: Option<Stage>) -> JobFailure {
    failure(
        stage,
        "cancelled",
        "adding the device was cancelled",
        "Add it again whenever you like.",
        String::new(),
    )
}

pub(super) fn not_found(flow: Flow) -> JobFailure {
    let advice = match flow {
        Flow::Standard => {
            "Check that the device has power, is on this network, and waits to be added; many do \
             so only for some minutes after they were switched on."
        }
        Flow::UserIntent | Flow::Custom => {
            "Make the device ready for pairing as its manual says; then add it again."
        }
    };
    failure(
        Some(Stage::Found),
        "not-found",
        "no device with this code was found on the network",
        advice,
        String::new(),
    )
}

/// The device was found, but no session by passcode came about.
pub(super) fn no_session(error: &HandshakeError) -> JobFailure {
    let (code, message, advice) = match error {
        HandshakeError::WrongPasscode => (
            "wrong-passcode",
            "the device has another passcode than this code",
            "Check that the code belongs to this device; then add it again.",
        ),
        HandshakeError::Silent => (
            "timeout",
            "the device was found, but does not answer",
            "Check that it has power and stays near; then add it again.",
        ),
        HandshakeError::Busy { .. } | HandshakeError::Ignored => (
            "busy",
            "the device is being added by somebody else",
            "Wait a minute, then add it again.",
        ),
        _ => (
            "device-refused",
            "the device refused the connection",
            "Switch it off and on again, make it ready for pairing, then add it again.",
        ),
    };
    failure(Some(Stage::Pase), code, message, advice, error.to_string())
}

fn failure(
    stage: Option<Stage>,
    code: &str,
    message: &str,
    advice: &str,
    detail: String,
) -> JobFailure {
    JobFailure {
        stage,
        code: code.to_owned(),
        message: message.to_owned(),
        advice: advice.to_owned(),
        detail,
    }
}
