//! The commissioning sequencer: from an established PASE session to `CommissioningComplete`.
//!
//! A pure state machine with one step outstanding at a time. Its driver takes
//! [`Commissioning::next_step`] until it gives none, then waits for the outstanding answer, the
//! person's answer, or [`Commissioning::poll_timeout`], hands it in, and takes steps again:
//!
//! | step | answered by |
//! |---|---|
//! | [`Step::Invoke`] | [`Commissioning::on_invoke`] |
//! | [`Step::Read`] | [`Commissioning::on_read`] |
//! | [`Step::EstablishCase`] | [`Commissioning::on_case`] |
//! | [`Step::Persist`] | [`Commissioning::on_stored`] |
//! | a question, [`hub_model::JobUpdate::Asks`] | [`Commissioning::on_answer`] |
//!
//! [`Commissioning::cancel`] voids the outstanding step: clean-up and [`Step::Failed`] follow.
//! Nothing waits for ever: without an answer the job fails when the device's fail-safe runs out.
//!
//! Before [`Step::Persist`] a failure leaves nothing behind on either side. After it the device
//! may hold our fabric though its answer was lost; then the session is made anew and the question
//! repeated, and a device that says "no fail-safe" over our own CASE session is complete.
//!
//! Not here: finding the device, PASE, exchanges and sessions; judging of attestation
//! ([`crate::attestation`]).
//!
//! Spec: Matter 1.6 Core §5.5 (commissioning flows), §11.10 (general commissioning cluster),
//! §11.17 (time synchronization cluster), §11.18 (operational credentials cluster).

mod command;
mod facts;
mod fail_safe;
mod flow;
mod journal;
mod refusal;
pub mod step;
#[cfg(test)]
pub(crate) mod testing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::{JobFailure, JobUpdate, NodeId, Now, Secret, Stage};
use hub_pki::{Fabric, Random, Serial};
use matter_codec::Value;
use matter_interaction::{AttributePath, InvokeResponse};

use crate::attestation::TrustStore;
use fail_safe::FailSafe;
use flow::{CleanUp, Progress, State};
use journal::Journal;
pub use step::{
    Commissioned, CommissioningConfig, ExchangeError, Invoke, Location, Network, Over, Read,
    Regulatory, Step, TimeZone,
};

/// What a commissioning is made of.
#[derive(Clone, Debug)]
pub struct CommissioningParams {
    /// The node id that the device will have.
    pub node: NodeId,
    /// Our fabric.
    pub fabric: Arc<Fabric>,
    /// Whom the home trusts.
    pub trust: Arc<TrustStore>,
    /// What the home has configured.
    pub config: CommissioningConfig,
    /// The attestation challenge of the PASE session.
    pub challenge: Secret<[u8; 16]>,
}

/// One device being commissioned.
#[derive(Debug)]
pub struct Commissioning {
    params: CommissioningParams,
    drawn: Drawn,
    state: State,
    progress: Progress,
    journal: Journal,
    fail_safe: FailSafe,
    /// Steps to give before waiting.
    steps: VecDeque<Step>,
}

/// All randomness of a commissioning, drawn at its start.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    attestation_nonce: [u8; 32],
    csr_nonce: [u8; 32],
    serial: Serial,
}

impl Commissioning {
    /// Begins with a device to which a PASE session was just established.
    pub fn new(params: CommissioningParams, random: &mut dyn Random, now: Now) -> Self {
        let mut commissioning = Self::idle(
            params,
            random,
            FailSafe::by_itself(now.mono),
            Stage::Regulatory,
            now,
        );
        commissioning.begin(now);
        commissioning
    }

    /// Goes on with a device that was on disk as *completing* when the hub stopped. There is no
    /// PASE session any more.
    pub fn resume(
        params: CommissioningParams,
        commissioned: Commissioned,
        random: &mut dyn Random,
        now: Now,
    ) -> Self {
        let fail_safe = FailSafe::armed(now.mono, RESUME_S, RESUME_S);
        let mut commissioning = Self::idle(params, random, fail_safe, Stage::Case, now);
        commissioning.begin_again(commissioned);
        commissioning
    }

    fn idle(
        params: CommissioningParams,
        random: &mut dyn Random,
        fail_safe: FailSafe,
        stage: Stage,
        now: Now,
    ) -> Self {
        let mut nonce = || {
            let mut nonce = [0; 32];
            random.fill(&mut nonce);
            nonce
        };
        let (attestation_nonce, csr_nonce) = (nonce(), nonce());
        let drawn = Drawn {
            attestation_nonce,
            csr_nonce,
            serial: Serial::draw(random),
        };
        Self {
            params,
            drawn,
            state: State::Ended,
            progress: Progress::default(),
            journal: Journal::begin(stage, now.mono),
            fail_safe,
            steps: VecDeque::from([Step::Update(JobUpdate::Started(stage))]),
        }
    }

    /// The next step; none while an answer is awaited, or at the end.
    pub fn next_step(&mut self, now: Now) -> Option<Step> {
        if self.steps.is_empty() {
            self.handle_timeout(now);
        }
        self.steps.pop_front()
    }

    /// When to call [`Self::next_step`] again without an answer.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Ended => None,
            State::CleaningUp(clean_up) => Some(clean_up.until),
            State::Asking { extending, .. } => {
                let end = self.fail_safe.patience();
                let extend = self.fail_safe.extend_at().filter(|_| !*extending);
                Some(extend.map_or(end, |at| at.min(end)))
            }
            _ => Some(self.fail_safe.until()),
        }
    }

    /// The device's answer to a command.
    pub fn on_invoke(&mut self, answer: Result<InvokeResponse, ExchangeError>, now: Now) {
        self.answered(answer, now);
    }

    /// The device's answer to a read: all values of all chunks.
    pub fn on_read(
        &mut self,
        answer: Result<Vec<(AttributePath, Value)>, ExchangeError>,
        now: Now,
    ) {
        if matches!(self.state, State::Reading) {
            self.facts_read(answer, now);
        }
    }

    /// Whether CASE was established.
    pub fn on_case(&mut self, result: Result<(), ExchangeError>, now: Now) {
        if matches!(self.state, State::EstablishingCase) {
            self.case_established(result, now);
        }
    }

    /// Whether the node is on disk as *completing*; why not, if not.
    pub fn on_stored(&mut self, result: Result<(), String>, now: Now) {
        if matches!(self.state, State::Storing) {
            self.stored(result, now);
        }
    }

    /// A person's answer to the question. Ignored when none is open.
    pub fn on_answer(&mut self, proceed: bool, now: Now) {
        if let State::Asking { extending, answer } = &mut self.state {
            // An extension under way is waited for: one step is outstanding at a time.
            *answer = Some(proceed);
            if !*extending {
                self.person_answered(proceed, now);
            }
        }
    }

    /// Gives up: voids the outstanding step, cleans up, fails as cancelled.
    pub fn cancel(&mut self, now: Now) {
        if self.is_ending() {
            return;
        }
        self.steps.clear();
        let failure = refusal::cancelled(self.journal.stage());
        self.fail(failure, now);
    }

    /// Whether the job is cleaning up or has ended.
    #[must_use]
    pub const fn is_ending(&self) -> bool {
        matches!(self.state, State::CleaningUp(_) | State::Ended)
    }

    fn handle_timeout(&mut self, now: Now) {
        match &self.state {
            State::Ended => {}
            State::CleaningUp(clean_up) if now.mono >= clean_up.until => self.cleaned_up(),
            State::CleaningUp(_) => {}
            State::Asking { .. } if now.mono >= self.fail_safe.patience() => {
                self.fail(refusal::unanswered(), now);
            }
            State::Asking {
                extending: false, ..
            } if self.fail_safe.extend_at().is_some_and(|at| now.mono >= at) => {
                self.extend_fail_safe(now);
            }
            State::Asking { .. } => {}
            _ if now.mono >= self.fail_safe.until() => {
                self.fail(refusal::expired(self.journal.stage()), now);
            }
            _ => {}
        }
    }

    /// Fails after cleaning up, unless the device cannot be reached for that.
    fn fail(&mut self, failure: JobFailure, now: Now) {
        let mut rest = self.clean_up_steps();
        let Some(step) = rest.pop_front() else {
            return self.end(Step::Failed(failure));
        };
        self.steps.push_back(Step::Invoke(step));
        self.state = State::CleaningUp(CleanUp {
            failure,
            until: now.mono + CLEAN_UP,
            rest,
            confirmed: false,
        });
    }

    /// Fails after an exchange that failed: a lost session allows no clean-up.
    fn fail_exchange(&mut self, what: &str, error: &ExchangeError, now: Now) {
        let failure = refusal::exchange(self.journal.stage(), what, error);
        if *error == ExchangeError::SessionLost {
            self.end(Step::Failed(failure));
        } else {
            self.fail(failure, now);
        }
    }

    fn clean_up_answered(&mut self, confirmed: bool) {
        let State::CleaningUp(clean_up) = &mut self.state else {
            return;
        };
        clean_up.confirmed |= confirmed;
        match clean_up.rest.pop_front() {
            Some(step) => self.steps.push_back(Step::Invoke(step)),
            None => self.cleaned_up(),
        }
    }

    fn cleaned_up(&mut self) {
        let State::CleaningUp(clean_up) = &self.state else {
            return;
        };
        let mut failure = clean_up.failure.clone();
        if !clean_up.confirmed {
            failure
                .detail
                .push_str("; the device did not confirm the clean-up");
        }
        self.end(Step::Failed(failure));
    }

    fn end(&mut self, step: Step) {
        self.steps.push_back(step);
        self.state = State::Ended;
    }

    fn pass(&mut self, note: String, next: Option<Stage>, now: Now) {
        self.steps
            .push_back(Step::Update(self.journal.passed(note, now.mono)));
        if let Some(next) = next {
            self.steps.push_back(Step::Update(JobUpdate::Started(next)));
            self.journal = Journal::begin(next, now.mono);
        }
    }
}

/// How long to wait for the answer to a clean-up.
const CLEAN_UP: Duration = Duration::from_secs(5);
/// How long to try to complete what a stopped hub left completing: past any fail-safe.
const RESUME_S: u16 = 120;

#[cfg(test)]
mod tests;
