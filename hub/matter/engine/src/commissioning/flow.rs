//! The order of the steps, and what each answer leads to.

mod admit;
mod attest;

use std::collections::VecDeque;
use std::time::Instant;

use hub_model::{JobFailure, Now, ProductId, VendorId};
use hub_pki::PublicKey;
use matter_codec::Value;
use matter_interaction::{AttributePath, InvokeResponse};

use super::Commissioning;
use super::command::{self, response_id};
use super::facts::Facts;
use super::fail_safe::FailSafe;
use super::refusal;
use super::step::{Commissioned, ExchangeError, Invoke, Location, Over, Step};
use crate::attestation::Judgement;

/// What is awaited.
#[derive(Debug)]
pub(super) enum State {
    Reading,
    /// The answer to a command.
    Invoking {
        asked: Invoke,
        purpose: Purpose,
    },
    /// A person's answer, while the fail-safe is extended.
    Asking {
        extending: bool,
        answer: Option<bool>,
    },
    EstablishingCase,
    Storing,
    /// The answer to the clean-up, after which the job fails.
    CleaningUp(CleanUp),
    Ended,
}

/// A clean-up under way.
#[derive(Debug)]
pub(super) struct CleanUp {
    pub(super) failure: JobFailure,
    pub(super) until: Instant,
    /// Steps still to do.
    pub(super) rest: VecDeque<Invoke>,
    /// Whether the device confirmed a step.
    pub(super) confirmed: bool,
}

/// What a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    ArmFailSafe { sent: Instant },
    SetRegulatory,
    SetClock,
    SetTimeZone,
    FetchPai,
    FetchDac,
    Attest,
    RequestCsr,
    AddRoot,
    AddNoc,
    Complete,
}

/// What has been gathered so far.
#[derive(Debug, Default)]
pub(super) struct Progress {
    facts: Facts,
    notes: Vec<String>,
    pai: Vec<u8>,
    dac: Vec<u8>,
    judgement: Option<Judgement>,
    device_key: Option<PublicKey>,
    noc: Vec<u8>,
    commissioned: Option<Commissioned>,
    case_established: bool,
    /// Times that `CommissioningComplete` was sent, or may have been by an earlier run.
    completions: u8,
}

impl Commissioning {
    pub(super) fn begin(&mut self, _now: Now) {
        self.steps.push_back(Step::Read(Facts::read()));
        self.state = State::Reading;
    }

    pub(super) fn begin_again(&mut self, commissioned: Commissioned) {
        self.progress.commissioned = Some(commissioned);
        self.progress.completions = 1;
        self.establish_case();
    }

    pub(super) fn facts_read(
        &mut self,
        answer: Result<Vec<(AttributePath, Value)>, ExchangeError>,
        now: Now,
    ) {
        let values = match answer {
            Ok(values) => values,
            Err(error) => return self.fail_exchange("read of basic information", &error, now),
        };
        self.progress.facts = Facts::of(&values);
        if self.claimed().is_none() {
            return self.fail(refusal::nameless(), now);
        }
        let expiry_s = self.progress.facts.fail_safe_s();
        let purpose = Purpose::ArmFailSafe { sent: now.mono };
        self.invoke(command::arm_fail_safe(Over::Pase, expiry_s), purpose);
    }

    /// The answer to a command: of the flow, of an extension, or of the clean-up.
    pub(super) fn answered(&mut self, answer: Result<InvokeResponse, ExchangeError>, now: Now) {
        match &mut self.state {
            State::CleaningUp(_) => self.clean_up_answered(answer.is_ok()),
            State::Asking {
                extending,
                answer: person,
            } if *extending => {
                *extending = false;
                let person = *person;
                self.extended(answer, person, now);
            }
            State::Invoking { asked, purpose } => {
                let (asked, purpose) = (asked.clone(), *purpose);
                self.command_answered(&asked, purpose, answer, now);
            }
            _ => {}
        }
    }

    fn command_answered(
        &mut self,
        asked: &Invoke,
        purpose: Purpose,
        answer: Result<InvokeResponse, ExchangeError>,
        now: Now,
    ) {
        match purpose {
            Purpose::ArmFailSafe { sent } => {
                self.general_answered(
                    asked,
                    response_id::ARM_FAIL_SAFE,
                    "ArmFailSafe",
                    answer,
                    now,
                )
                .then(|| self.armed(sent));
            }
            Purpose::SetRegulatory => {
                let expected = response_id::SET_REGULATORY_CONFIG;
                self.general_answered(asked, expected, "SetRegulatoryConfig", answer, now)
                    .then(|| self.regulatory_set(now));
            }
            Purpose::SetClock => self.clock_set(command::success(answer), now),
            Purpose::SetTimeZone => self.time_zone_set(command::success(answer), now),
            Purpose::FetchPai | Purpose::FetchDac => {
                let certificate = command::response(asked, response_id::CERTIFICATE_CHAIN, answer)
                    .and_then(|fields| command::certificate_response(&fields));
                self.certificate_fetched(purpose, certificate, now);
            }
            Purpose::Attest => {
                let elements = command::response(asked, response_id::ATTESTATION, answer)
                    .and_then(|fields| command::signed_elements(&fields));
                self.attested(elements, now);
            }
            Purpose::RequestCsr => {
                let elements = command::response(asked, response_id::CSR, answer)
                    .and_then(|fields| command::signed_elements(&fields));
                self.csr_answered(elements, now);
            }
            Purpose::AddRoot => self.root_added(command::success(answer), now),
            Purpose::AddNoc => {
                let response = command::response(asked, response_id::NOC, answer)
                    .and_then(|fields| command::noc_response(&fields));
                self.noc_added(response, now);
            }
            Purpose::Complete => {
                let expected = response_id::COMMISSIONING_COMPLETE;
                let response = command::response(asked, expected, answer)
                    .and_then(|fields| command::general_response(&fields));
                self.completed(response, now);
            }
        }
    }

    /// Whether a command of general commissioning succeeded; fails the job if not.
    fn general_answered(
        &mut self,
        asked: &Invoke,
        expected: u32,
        what: &str,
        answer: Result<InvokeResponse, ExchangeError>,
        now: Now,
    ) -> bool {
        let response = command::response(asked, expected, answer)
            .and_then(|fields| command::general_response(&fields));
        match response {
            Ok((0, _)) => return true,
            Ok((code, text)) => {
                let failure = refusal::general(self.journal.stage(), what, code, text.as_deref());
                if code == BUSY_WITH_OTHER_ADMIN {
                    // The fail-safe is the other's; it is not ours to disarm.
                    self.end(Step::Failed(failure));
                } else {
                    self.fail(failure, now);
                }
            }
            Err(error) => self.fail_exchange(what, &error, now),
        }
        false
    }

    fn armed(&mut self, sent: Instant) {
        let facts = &self.progress.facts;
        let (term_s, most_s) = (facts.fail_safe_s(), facts.max_cumulative_s());
        self.fail_safe = FailSafe::armed(sent, term_s, most_s);
        let regulatory = self.params.config.regulatory;
        let location = facts.location(regulatory);
        let country = String::from_utf8_lossy(&regulatory.country).into_owned();
        let left_over = facts.breadcrumb;
        let concurrent = facts.concurrent;
        self.note(format!("fail-safe {term_s} s"));
        if left_over != 0 {
            self.note(format!("another attempt left off at {left_over}"));
        }
        if concurrent == Some(false) {
            self.note("one network at a time".to_owned());
        }
        self.note(format!("{}, country {country}", place(location)));
        let step = command::set_regulatory_config(regulatory, location);
        self.invoke(step, Purpose::SetRegulatory);
    }

    fn regulatory_set(&mut self, now: Now) {
        let sane = now.wall.as_secs() >= CLOCK_IS_SANE_S;
        if self.progress.facts.has_clock() && sane {
            self.invoke(command::set_utc_time(now.wall), Purpose::SetClock);
        } else {
            self.begin_attestation(now);
        }
    }

    /// A device may keep a better clock than ours and refuse; that is no failure.
    fn clock_set(&mut self, result: Result<(), ExchangeError>, now: Now) {
        match result {
            Ok(()) => self.note("clock set".to_owned()),
            Err(ExchangeError::Status(_)) => self.note("keeps its own clock".to_owned()),
            Err(error) => return self.fail_exchange("SetUTCTime", &error, now),
        }
        let zone = self.params.config.time_zone.as_ref();
        match zone.filter(|_| self.progress.facts.has_time_zone()) {
            Some(zone) => self.invoke(command::set_time_zone(zone), Purpose::SetTimeZone),
            None => self.begin_attestation(now),
        }
    }

    fn time_zone_set(&mut self, result: Result<(), ExchangeError>, now: Now) {
        match result {
            Ok(()) => self.note("time zone set".to_owned()),
            Err(ExchangeError::Status(_)) => self.note("keeps its own time zone".to_owned()),
            Err(error) => return self.fail_exchange("SetTimeZone", &error, now),
        }
        self.begin_attestation(now);
    }

    fn claimed(&self) -> Option<(VendorId, ProductId)> {
        let facts = &self.progress.facts;
        Some((facts.vendor?, facts.product?))
    }

    fn note(&mut self, note: String) {
        self.progress.notes.push(note);
    }

    fn invoke(&mut self, step: Invoke, purpose: Purpose) {
        self.steps.push_back(Step::Invoke(step.clone()));
        self.state = State::Invoking {
            asked: step,
            purpose,
        };
    }
}

const fn place(location: Location) -> &'static str {
    match location {
        Location::Indoor => "indoors",
        Location::Outdoor => "outdoors",
        Location::IndoorOutdoor => "indoors and outdoors",
    }
}

/// Of `CommissioningErrorEnum` (Matter 1.6 Core §11.10.5.1).
const BUSY_WITH_OTHER_ADMIN: u8 = 4;
/// 2024-01-01: an earlier clock has not been set since its start and is not passed on.
const CLOCK_IS_SANE_S: i64 = 1_704_067_200;
