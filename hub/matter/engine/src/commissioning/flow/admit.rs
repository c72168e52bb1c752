//! Admission: the device makes a key, takes our root and its certificate, and is ours once it is
//! on disk and says so over CASE.

use std::collections::VecDeque;

use hub_model::{CertificateRole, Now, Stage};
use hub_pki::csr::CsrAnswer;
use hub_pki::fabric::ADMIN_VENDOR;
use hub_pki::{FabricError, NocRequest, show, verify_csr};
use matter_commissioning::noc::NocResponse;

use super::super::step::{Commissioned, ExchangeError, Invoke, Over, Step};
use super::super::{Commissioning, Drawn, command, refusal};
use super::{Purpose, State};

impl Commissioning {
    pub(super) fn csr_answered(
        &mut self,
        answer: Result<(Vec<u8>, [u8; 64]), ExchangeError>,
        now: Now,
    ) {
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
                let error = FabricError::Certificate { which, source };
                self.fail(refusal::issuing(&error), now);
            }
        }
    }

    pub(super) fn root_added(&mut self, result: Result<(), ExchangeError>, now: Now) {
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

    pub(super) fn noc_added(&mut self, response: Result<NocResponse, ExchangeError>, now: Now) {
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

    pub(super) fn establish_case(&mut self) {
        let node = self.params.node;
        self.steps.push_back(Step::EstablishCase { node });
        self.state = State::EstablishingCase;
    }

    pub(in super::super) fn case_established(
        &mut self,
        result: Result<(), ExchangeError>,
        now: Now,
    ) {
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

    pub(in super::super) fn stored(&mut self, result: Result<(), String>, now: Now) {
        match result {
            Ok(()) => self.complete(),
            Err(why) => self.fail(refusal::store(why), now),
        }
    }

    fn complete(&mut self) {
        self.progress.completions = self.progress.completions.saturating_add(1);
        self.invoke(command::commissioning_complete(), Purpose::Complete);
    }

    pub(super) fn completed(
        &mut self,
        response: Result<(u8, Option<String>), ExchangeError>,
        now: Now,
    ) {
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
    pub(in super::super) fn clean_up_steps(&self) -> VecDeque<Invoke> {
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
}

/// Of `CommissioningErrorEnum` (Matter 1.6 Core §11.10.5.1).
const NO_FAIL_SAFE: u8 = 3;
/// Times that `CommissioningComplete` is sent before we give up.
const COMPLETIONS: u8 = 3;
