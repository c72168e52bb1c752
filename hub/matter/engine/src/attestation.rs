//! Device attestation, verified offline: is this device what it says, made by whom it says?
//!
//! Spec: Matter 1.6 Core §6.2 (device attestation), §6.3 (certification declaration).
