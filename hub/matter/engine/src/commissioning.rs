//! The commissioning sequencer: from an established PASE session to `CommissioningComplete`.
//!
//! A pure state machine with one step outstanding at a time. Its driver loops: take
//! [`Commissioning::next_step`] until it gives none, then wait for the outstanding answer, the
//! person's answer, or [`Commissioning::poll_timeout`]:
//!
//! - [`Step::Invoke`] is answered by `on_invoke(Result<InvokeResponse, ExchangeError>, now)`,
//! - [`Step::Read`] by `on_read(Result<Vec<(AttributePath, Value)>, ExchangeError>, now)`,
//! - [`Step::EstablishCase`] by `on_case(Result<(), ExchangeError>, now)`,
//! - [`Step::Persist`] by `on_stored(Result<(), String>, now)`,
//! - a question ([`hub_model::JobUpdate::Asks`]) by `on_answer(proceed, now)`.
//!
//! `cancel(now)` voids the outstanding step; clean-up steps and `Failed` follow.
//!
//! Not here: finding the device, PASE, exchanges and sessions; judging of attestation
//! ([`crate::attestation`]).
//!
//! Spec: Matter 1.6 Core §5.5 (commissioning flows), §11.10 (general commissioning cluster),
//! §11.17 (time synchronization cluster), §11.18 (operational credentials cluster).

pub mod step;

pub use step::{
    Commissioned, CommissioningConfig, ExchangeError, Invoke, Location, Network, Over, Read,
    Regulatory, Step, TimeZone,
};
