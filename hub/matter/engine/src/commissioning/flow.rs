//! The order of the steps, and what each answer leads to.

use std::collections::VecDeque;
use std::time::Instant;

use hub_model::{CertificateRole, JobFailure, JobUpdate, Now, ProductId, Stage, VendorId};
use hub_pki::csr::CsrAnswer;
use hub_pki::fabric::ADMIN_VENDOR;
use hub_pki::{NocRequest, PublicKey, show, verify_csr};
use matter_codec::Value;
use matter_commissioning::noc::CertChainType;
use matter_interaction::{AttributePath, InvokeResponse};

use super::command::{self, response_id};
use super::facts::Facts;
use super::fail_safe::FailSafe;
use super::refusal;
use super::step::{Commissioned, ExchangeError, Invoke, Location, Over, Step};
use super::{Commissioning, Drawn};
use crate::attestation::{self, Decision, Evidence, Judgement};

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

    fn begin_attestation(&mut self, now: Now) {
        let notes = std::mem::take(&mut self.progress.notes).join(", ");
        self.pass(notes, Some(Stage::Attestation), now);
        let step = command::certificate_chain_request(CertChainType::Pai);
        self.invoke(step, Purpose::FetchPai);
    }

    fn certificate_fetched(
        &mut self,
        purpose: Purpose,
        certificate: Result<Vec<u8>, ExchangeError>,
        now: Now,
    ) {
        let certificate = match certificate {
            Ok(certificate) => certificate,
            Err(error) => return self.fail_exchange("CertificateChainRequest", &error, now),
        };
        if purpose == Purpose::FetchPai {
            self.progress.pai = certificate;
            let step = command::certificate_chain_request(CertChainType::Dac);
            self.invoke(step, Purpose::FetchDac);
        } else {
            self.progress.dac = certificate;
            let step = command::attestation_request(&self.drawn.attestation_nonce);
            self.invoke(step, Purpose::Attest);
        }
    }

    fn attested(&mut self, answer: Result<(Vec<u8>, [u8; 64]), ExchangeError>, now: Now) {
        let (elements, signature) = match answer {
            Ok(answer) => answer,
            Err(error) => return self.fail_exchange("AttestationRequest", &error, now),
        };
        let Some(claimed) = self.claimed() else {
            return self.fail(refusal::nameless(), now);
        };
        let evidence = Evidence {
            dac: &self.progress.dac,
            pai: &self.progress.pai,
            elements: &elements,
            signature: &signature,
            nonce: &self.drawn.attestation_nonce,
            challenge: self.params.challenge.expose(),
            claimed,
        };
        let judgement = match attestation::judge(&evidence, &self.params.trust) {
            Ok(judgement) => judgement,
            Err(broken) => return self.fail(attestation::broken(&broken), now),
        };
        let decision = attestation::decide(self.params.config.policy, &judgement.verdict);
        self.progress.judgement = Some(judgement);
        match decision {
            Decision::Proceed => self.attestation_passed(now),
            Decision::Refuse(failure) => self.fail(failure, now),
            Decision::Ask(question) => {
                self.steps
                    .push_back(Step::Update(JobUpdate::Asks { question }));
                self.state = State::Asking {
                    extending: false,
                    answer: None,
                };
            }
        }
    }

    pub(super) fn extend_fail_safe(&mut self, now: Now) {
        let term_s = self.fail_safe.term_s(now.mono);
        self.fail_safe.extend(now.mono);
        let step = command::arm_fail_safe(Over::Pase, term_s);
        self.steps.push_back(Step::Invoke(step));
        self.state = State::Asking {
            extending: true,
            answer: None,
        };
    }

    fn extended(
        &mut self,
        answer: Result<InvokeResponse, ExchangeError>,
        person: Option<bool>,
        now: Now,
    ) {
        let asked = command::arm_fail_safe(Over::Pase, 0);
        let expected = response_id::ARM_FAIL_SAFE;
        if !self.general_answered(&asked, expected, "ArmFailSafe", answer, now) {
            return;
        }
        if let Some(proceed) = person {
            self.person_answered(proceed, now);
        }
    }

    pub(super) fn person_answered(&mut self, proceed: bool, now: Now) {
        if proceed {
            return self.attestation_passed(now);
        }
        let text = self.progress.judgement.as_ref().map(Judgement::text);
        self.fail(attestation::declined(&text.unwrap_or_default()), now);
    }

    fn attestation_passed(&mut self, now: Now) {
        let note = self.identity_note();
        self.pass(note, Some(Stage::Csr), now);
        let step = command::csr_request(&self.drawn.csr_nonce);
        self.invoke(step, Purpose::RequestCsr);
    }

    fn identity_note(&self) -> String {
        let mut parts = Vec::new();
        if let Some((vendor, product)) = self.claimed() {
            parts.push(format!("VID {vendor} PID {product}"));
        }
        if let Some(judgement) = &self.progress.judgement {
            let dac = judgement.certificates.first();
            parts.extend(dac.map(|dac| format!("DAC by {}", dac.issuer)));
            parts.push(judgement.text());
        }
        parts.join(", ")
    }

    fn csr_answered(&mut self, answer: Result<(Vec<u8>, [u8; 64]), ExchangeError>, now: Now) {
        let (elements, signature) = match answer {
            Ok(answer) => answer,
            Err(error) => return self.fail_exchange("CSRRequest", &error, now),
        };
        let Some(judgement) = &self.progress.judgement else {
            return self.fail(refusal::nameless(), now);
        };
        let answer = CsrAnswer {
            elements: &elements,
            signature: &signature,
        };
        let challenge = self.params.challenge.expose();
        let nonce = &self.drawn.csr_nonce;
        match verify_csr(answer, nonce, challenge, &judgement.dac_key) {
            Ok(key) => self.progress.device_key = Some(key),
            Err(error) => return self.fail(refusal::request(&error), now),
        }
        self.pass(
            "a new key, signed for by the DAC".to_owned(),
            Some(Stage::Noc),
            now,
        );
        match self.params.fabric.root().to_tlv() {
            Ok(root) => self.invoke(command::add_trusted_root(&root), Purpose::AddRoot),
            Err(source) => {
                let which = "RCAC";
                let error = hub_pki::FabricError::Certificate { which, source };
                self.fail(refusal::issuing(&error), now);
            }
        }
    }

    fn root_added(&mut self, result: Result<(), ExchangeError>, now: Now) {
        if let Err(error) = result {
            return self.fail_exchange("AddTrustedRootCertificate", &error, now);
        }
        let Some(public_key) = self.progress.device_key.clone() else {
            return self.fail(refusal::nameless(), now);
        };
        let Drawn { serial, .. } = self.drawn;
        let request = NocRequest {
            public_key,
            node: self.params.node,
            tags: Vec::new(),
            serial,
        };
        let fabric = &self.params.fabric;
        let issued = match fabric.issue_noc(request) {
            Ok(issued) => issued,
            Err(error) => return self.fail(refusal::issuing(&error), now),
        };
        let (ipk, admin) = (fabric.ipk_epoch_key(), fabric.hub_node());
        let step = command::add_noc(&issued, ipk, admin, ADMIN_VENDOR);
        self.progress.noc = issued.noc;
        self.invoke(step, Purpose::AddNoc);
    }

    fn noc_added(
        &mut self,
        response: Result<matter_commissioning::noc::NocResponse, ExchangeError>,
        now: Now,
    ) {
        let response = match response {
            Ok(response) => response,
            Err(error) => return self.fail_exchange("AddNOC", &error, now),
        };
        let text = response.debug_text.as_deref();
        let fabric_index = match (response.status, response.fabric_index) {
            (0, Some(index)) => index,
            (0, None) => {
                let error = ExchangeError::Unreadable("no fabric index".to_owned());
                return self.fail_exchange("AddNOC", &error, now);
            }
            (status, _) => return self.fail(refusal::noc("AddNOC", status, text), now),
        };
        self.progress.commissioned = self.commissioned(fabric_index);
        let note = format!("node {}, fabric index {fabric_index}", self.params.node);
        self.pass(note, Some(Stage::Case), now);
        self.establish_case();
    }

    fn commissioned(&self, fabric_index: u8) -> Option<Commissioned> {
        let (vendor, product) = self.claimed()?;
        let judgement = self.progress.judgement.as_ref()?;
        let mut certificates = judgement.certificates.clone();
        let fabric = &self.params.fabric;
        let ours = [
            (CertificateRole::Noc, Ok(self.progress.noc.clone())),
            (CertificateRole::Icac, fabric.intermediate().to_tlv()),
            (CertificateRole::Rcac, fabric.root().to_tlv()),
        ];
        for (role, tlv) in ours {
            let shown = tlv.ok().and_then(|tlv| show::matter(role, &tlv).ok());
            certificates.extend(shown);
        }
        Some(Commissioned {
            node: self.params.node,
            fabric_index,
            vendor,
            product,
            attestation: judgement.text(),
            certificates,
        })
    }

    fn establish_case(&mut self) {
        let node = self.params.node;
        self.steps.push_back(Step::EstablishCase { node });
        self.state = State::EstablishingCase;
    }

    pub(super) fn case_established(&mut self, result: Result<(), ExchangeError>, now: Now) {
        if let Err(error) = result {
            return self.fail(refusal::case(&error), now);
        }
        self.progress.case_established = true;
        if self.journal.stage() == Stage::Case {
            let name = self.params.fabric.instance_name(self.params.node);
            self.pass(name, Some(Stage::Complete), now);
        }
        let Some(commissioned) = self.progress.commissioned.clone() else {
            return self.fail(refusal::nameless(), now);
        };
        if self.progress.completions > 0 {
            return self.complete();
        }
        self.steps.push_back(Step::Persist(Box::new(commissioned)));
        self.state = State::Storing;
    }

    pub(super) fn stored(&mut self, result: Result<(), String>, now: Now) {
        match result {
            Ok(()) => self.complete(),
            Err(why) => self.fail(refusal::store(why), now),
        }
    }

    fn complete(&mut self) {
        self.progress.completions = self.progress.completions.saturating_add(1);
        self.invoke(command::commissioning_complete(), Purpose::Complete);
    }

    fn completed(&mut self, response: Result<(u8, Option<String>), ExchangeError>, now: Now) {
        let again = self.progress.completions > 1;
        match response {
            Ok((0, _)) => self.done(now),
            // It took an earlier one whose answer was lost: else it would have rolled back, and
            // our certificate with it.
            Ok((NO_FAIL_SAFE, _)) if again => self.done(now),
            Ok((code, text)) => {
                self.progress.completions = 0;
                let what = "CommissioningComplete";
                let failure = refusal::general(Stage::Complete, what, code, text.as_deref());
                self.fail(failure, now);
            }
            Err(ExchangeError::TimedOut | ExchangeError::SessionLost)
                if self.progress.completions < COMPLETIONS =>
            {
                self.progress.case_established = false;
                self.establish_case();
            }
            Err(error) => {
                if let ExchangeError::Status(_) = error {
                    self.progress.completions = 0;
                }
                self.fail_exchange("CommissioningComplete", &error, now);
            }
        }
    }

    fn done(&mut self, now: Now) {
        self.pass(String::new(), None, now);
        if let Some(commissioned) = self.progress.commissioned.take() {
            self.end(Step::Done(Box::new(commissioned)));
        }
    }

    /// What takes the device back to where it was: the fail-safe run out at once, and, when it may
    /// have completed already, our fabric removed.
    pub(super) fn clean_up_steps(&self) -> VecDeque<Invoke> {
        let case = self.progress.case_established;
        let over = if case { Over::Case } else { Over::Pase };
        let disarm = command::arm_fail_safe(over, 0);
        match &self.progress.commissioned {
            Some(commissioned) if self.progress.completions > 0 => {
                let remove = command::remove_fabric(over, commissioned.fabric_index);
                // A complete device has closed PASE: without CASE nothing reaches it.
                VecDeque::from(if case { vec![disarm, remove] } else { vec![] })
            }
            _ => VecDeque::from([disarm]),
        }
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

/// `CommissioningErrorEnum` (Matter 1.6 Core §11.10.5.1).
const NO_FAIL_SAFE: u8 = 3;
const BUSY_WITH_OTHER_ADMIN: u8 = 4;
/// Times that `CommissioningComplete` is sent before we give up.
const COMPLETIONS: u8 = 3;
/// 2024-01-01: an earlier clock has not been set since its start and is not passed on.
const CLOCK_IS_SANE_S: i64 = 1_704_067_200;
