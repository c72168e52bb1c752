//! Attestation: the device's certificates and elements are fetched and judged; a person may be
//! asked, while the fail-safe is extended.

use hub_model::{JobUpdate, Now, Stage};
use matter_commissioning::noc::CertChainType;
use matter_interaction::InvokeResponse;

use super::super::command::{self, response_id};
use super::super::step::{ExchangeError, Over, Step};
use super::super::{Commissioning, refusal};
use super::{Purpose, State};
use crate::attestation::{self, Decision, Evidence, Judgement};

impl Commissioning {
    pub(super) fn begin_attestation(&mut self, now: Now) {
        let notes = std::mem::take(&mut self.progress.notes).join(", ");
        self.pass(notes, Some(Stage::Attestation), now);
        let step = command::certificate_chain_request(CertChainType::Pai);
        self.invoke(step, Purpose::FetchPai);
    }

    pub(super) fn certificate_fetched(
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

    pub(super) fn attested(
        &mut self,
        answer: Result<(Vec<u8>, [u8; 64]), ExchangeError>,
        now: Now,
    ) {
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

    pub(in super::super) fn extend_fail_safe(&mut self, now: Now) {
        let term_s = self.fail_safe.term_s(now.mono);
        self.fail_safe.extend(now.mono);
        let step = command::arm_fail_safe(Over::Pase, term_s);
        self.steps.push_back(Step::Invoke(step));
        self.state = State::Asking {
            extending: true,
            answer: None,
        };
    }

    pub(super) fn extended(
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

    pub(in super::super) fn person_answered(&mut self, proceed: bool, now: Now) {
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
}
