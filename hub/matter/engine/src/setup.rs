//! Setup codes: QR payloads and manual pairing codes, with errors that a person can act on.
//!
//! Spec: Matter 1.6 Core §5.1 (onboarding payload).
