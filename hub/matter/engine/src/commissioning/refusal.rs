//! What a device's refusals mean, in sentences, with what to do next.
//!
//! Spec: Matter 1.6 Core §11.10.5.1 (`CommissioningErrorEnum`), §11.18.4.2
//! (`NodeOperationalCertStatusEnum`), §8.10 (interaction model status codes).

use hub_model::{JobFailure, Stage};

use super::step::ExchangeError;

/// A refusal in words: the job's code, what happened, what to do.
type Words = (&'static str, &'static str, &'static str);

/// No answer, or one that cannot be used, to `what`.
pub(super) fn exchange(stage: Stage, what: &str, error: &ExchangeError) -> JobFailure {
    let (code, message, advice) = match error {
        ExchangeError::TimedOut => (
            "timeout",
            "the device stopped answering",
            "Check that it has power and stays near; then add it again.",
        ),
        ExchangeError::SessionLost => (
            "timeout",
            "the device closed the connection",
            "It may have restarted, or its pairing time may be over; make it ready for pairing \
             and add it again.",
        ),
        ExchangeError::Status(status) => im_status(*status),
        ExchangeError::Unreadable(_) => (
            "device-refused",
            "the device gave an answer that does not follow the specification",
            "Update its firmware by its maker's application, if it has one; then add it again.",
        ),
        ExchangeError::Refused(_) => (
            "device-refused",
            "the device did not accept the hub's certificate",
            RESET,
        ),
    };
    failure(stage, (code, message, advice), format!("{what}: {error}"))
}

fn im_status(status: u8) -> Words {
    match status {
        0x7E => (
            "device-refused",
            "the device does not allow the hub to do this",
            RESET,
        ),
        0x89 => (
            "device-refused",
            "the device has no room for another home",
            "Remove it from a home that it is in, or reset it; then add it again.",
        ),
        0x94 | 0x9C => ("timeout", "the device was too busy to answer", AGAIN),
        0xCA => (
            "timeout",
            "the device's time for pairing ran out",
            "Make it ready for pairing and add it again.",
        ),
        _ => (
            "device-refused",
            "the device refused a step of commissioning",
            RESET,
        ),
    }
}

/// A `CommissioningErrorEnum` other than OK, in the response to `what`.
pub(super) fn general(stage: Stage, what: &str, code: u8, text: Option<&str>) -> JobFailure {
    let words = match code {
        1 => (
            "device-refused",
            "the device does not take the hub's location or country",
            "Set the hub's country to the one that the device was bought for.",
        ),
        2 => (
            "device-refused",
            "the device does not take the hub for its commissioner",
            RESET,
        ),
        3 => (
            "timeout",
            "the device's time for pairing ran out",
            "Make it ready for pairing and add it again.",
        ),
        4 => (
            "busy",
            "another controller is adding the device right now",
            "Wait until it is done, or stop it there; a minute later the device is free again.",
        ),
        5..=7 => (
            "device-refused",
            "the device wants its maker's terms and conditions accepted first",
            "Add it with its maker's application, then share it with this hub by a pairing code.",
        ),
        _ => (
            "device-refused",
            "the device refused a step of commissioning",
            RESET,
        ),
    };
    failure(
        stage,
        words,
        detail(what, "commissioning error", code, text),
    )
}

/// A `NodeOperationalCertStatusEnum` other than OK, in the response to `what`.
pub(super) fn noc(what: &str, code: u8, text: Option<&str>) -> JobFailure {
    let words = match code {
        1 => (
            "device-refused",
            "the device does not take the key of its certificate",
            RESET,
        ),
        2 => (
            "device-refused",
            "the device does not take the node id that it was given",
            RESET,
        ),
        3 => (
            "device-refused",
            "the device does not take the hub's certificates as valid",
            "Update its firmware by its maker's application, if it has one; then add it again.",
        ),
        4 => (
            "device-refused",
            "the device lost its certificate request",
            AGAIN,
        ),
        5 => (
            "device-refused",
            "the device already belongs to as many homes as it can",
            "Remove it from one of them, or reset it; then add it again.",
        ),
        6 => (
            "device-refused",
            "the device does not take the hub as its administrator",
            RESET,
        ),
        9 => (
            "already-added",
            "the device already belongs to this home",
            "Remove it from the home first. If the home does not show it, reset the device.",
        ),
        10 => (
            "device-refused",
            "another home of the device already has this name",
            RESET,
        ),
        _ => (
            "device-refused",
            "the device refused its certificate",
            RESET,
        ),
    };
    failure(
        Stage::Noc,
        words,
        detail(what, "operational certificate status", code, text),
    )
}

/// The device was reached by passcode, took its certificate, and cannot be reached by it.
pub(super) fn case(error: &ExchangeError) -> JobFailure {
    let words = match error {
        ExchangeError::TimedOut | ExchangeError::SessionLost => (
            "timeout",
            "the device took its certificate but was not found on the home's network afterwards",
            "Check that hub and device are on the same network, and that it lets mDNS and IPv6 \
             pass; then add it again.",
        ),
        _ => (
            "device-refused",
            "the device took its certificate but refused a session with it",
            RESET,
        ),
    };
    failure(Stage::Case, words, format!("CASE: {error}"))
}

/// The person gave up.
pub(super) fn cancelled(stage: Stage) -> JobFailure {
    let words = ("cancelled", "adding the device was cancelled", AGAIN);
    failure(stage, words, String::new())
}

/// The device's fail-safe ran out before the next answer came.
pub(super) fn expired(stage: Stage) -> JobFailure {
    let words = (
        "timeout",
        "the device's time for pairing ran out",
        "Make it ready for pairing and add it again.",
    );
    failure(stage, words, "the fail-safe timer ran out".to_owned())
}

/// Nobody answered the question in time.
pub(super) fn unanswered() -> JobFailure {
    let words = (
        "timeout",
        "nobody answered whether to accept the device",
        "Add it again and answer while it waits.",
    );
    let limit = "the fail-safe timer cannot be extended any further".to_owned();
    failure(Stage::Attestation, words, limit)
}

/// The node could not be written to disk.
pub(super) fn store(why: String) -> JobFailure {
    let words = (
        "store",
        "the hub could not write the device down",
        "Look at the hub's disk: is it full or read-only? Then add the device again.",
    );
    failure(Stage::Complete, words, why)
}

/// The device does not say what it is.
pub(super) fn nameless() -> JobFailure {
    let words = (
        "device-refused",
        "the device does not say who made it",
        "Update its firmware by its maker's application, if it has one; then add it again.",
    );
    let detail = "no VendorID or ProductID in basic information".to_owned();
    failure(Stage::Regulatory, words, detail)
}

/// The hub could not issue the certificate.
pub(super) fn issuing(error: &hub_pki::FabricError) -> JobFailure {
    let words = (
        "store",
        "the hub could not issue a certificate",
        "Restore the hub from its backup, or report this.",
    );
    failure(Stage::Noc, words, error.to_string())
}

/// The device's certificate request proves nothing.
pub(super) fn request(error: &hub_pki::CsrError) -> JobFailure {
    let words = (
        "device-refused",
        "the device's certificate request is not valid",
        "Reset the device and try again; if it stays so, the device is faulty or something sits \
         between it and the hub.",
    );
    failure(Stage::Csr, words, error.to_string())
}

fn detail(what: &str, kind: &str, code: u8, text: Option<&str>) -> String {
    match text {
        Some(text) if !text.is_empty() => format!("{what}: {kind} {code} ({text:?})"),
        _ => format!("{what}: {kind} {code}"),
    }
}

fn failure(stage: Stage, (code, message, advice): Words, detail: String) -> JobFailure {
    JobFailure {
        stage: Some(stage),
        code: code.to_owned(),
        message: message.to_owned(),
        advice: advice.to_owned(),
        detail,
    }
}

const AGAIN: &str = "Make it ready for pairing and add it again.";
const RESET: &str = "Reset the device to its factory state and add it again.";
