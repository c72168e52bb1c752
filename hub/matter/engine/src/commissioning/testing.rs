//! A scripted device and the driver of a commissioning, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_model::{JobFailure, JobUpdate, NodeId, Now, Secret, Stage, Timestamp};
use hub_pki::{Fabric, P256Key, Random};
use matter_codec::{Tag, TlvReader, TlvWriter, Value};
use matter_interaction::{AttributePath, CommandPath, ImStatus, InvokeResponse};

use super::{
    Commissioned, Commissioning, CommissioningConfig, CommissioningParams, ExchangeError, Invoke,
    Over, Read, Step,
};
use crate::attestation::TrustStore;
use crate::attestation::minted::{Flaw, IDENTITY, Maker};

/// The same bytes for the same seed: an xorshift generator.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2) + 1)
    }
}

impl Random for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            *byte = self.0.to_le_bytes()[3];
        }
    }
}

/// The node id given to the device.
pub(crate) const NODE: NodeId = NodeId(5);
pub(crate) const CHALLENGE: [u8; 16] = [3; 16];

/// What the device does wrong with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answers with this error code in its response.
    Code(u8),
    /// Answers with a bare status.
    Status(u8),
    /// Does not answer, or not by an answer.
    Silent(ExchangeError),
    /// Answers with bytes that are no response.
    Garbage,
    /// Signs an answer to an older question.
    OldNonce,
    /// Asks for a certificate for a key that it does not hold.
    StolenKey,
}

/// A device that answers by script.
pub(crate) struct Device {
    pub(crate) maker: Maker,
    key: P256Key,
    other_key: P256Key,
    /// Faults by command; taken when they strike, unless they last.
    pub(crate) faults: BTreeMap<&'static str, Fault>,
    pub(crate) faults_last: bool,
    /// Attributes that it leaves out of its answers.
    pub(crate) lacks: Vec<(u32, u32)>,
    /// Fail-safe armed until.
    pub(crate) armed: bool,
    pub(crate) has_noc: bool,
    pub(crate) complete: bool,
    /// Commands taken, in order, with the session.
    pub(crate) log: Vec<(Over, &'static str)>,
    pub(crate) terms: Vec<u64>,
}

impl Device {
    pub(crate) fn new() -> Self {
        let mut random = Seeded::new(77);
        Self {
            maker: Maker::mint(Flaw::None, &mut random),
            key: P256Key::generate(&mut random),
            other_key: P256Key::generate(&mut random),
            faults: BTreeMap::new(),
            faults_last: false,
            lacks: Vec::new(),
            armed: true,
            has_noc: false,
            complete: false,
            log: Vec::new(),
            terms: Vec::new(),
        }
    }

    pub(crate) fn with(command: &'static str, fault: Fault) -> Self {
        let mut device = Self::new();
        device.faults.insert(command, fault);
        device
    }

    fn read(&mut self, read: &Read) -> Result<Vec<(AttributePath, Value)>, ExchangeError> {
        self.log.push((read.over, "Read"));
        if let Some(Fault::Silent(error)) = self.faults.get("Read") {
            return Err(error.clone());
        }
        let has = |path: &&AttributePath| !self.lacks.contains(&(path.cluster, path.attribute));
        let answers = read.attributes.iter().filter(has);
        Ok(answers
            .filter_map(|path| Some((*path, value(path)?)))
            .collect())
    }

    fn invoke(&mut self, asked: &Invoke) -> Result<InvokeResponse, ExchangeError> {
        let name = name(asked);
        let fields = fields(asked);
        self.log.push((asked.over, name));
        let fault = self.faults.get(name).cloned();
        if fault.is_some() && !self.faults_last {
            self.faults.remove(name);
        }
        let code = match &fault {
            Some(Fault::Silent(error)) => {
                // It may have acted all the same: its answer was lost.
                self.complete |= name == "CommissioningComplete";
                return Err(error.clone());
            }
            Some(Fault::Status(status)) => {
                return Ok(InvokeResponse::Status(ImStatus::Failure(*status)));
            }
            Some(Fault::Garbage) => return Ok(respond(asked, vec![0x15, 0x24])),
            Some(Fault::Code(code)) => *code,
            _ => 0,
        };
        Ok(self.act(asked, name, &fields, (fault.as_ref(), code)))
    }

    fn act(
        &mut self,
        asked: &Invoke,
        name: &str,
        fields: &Value,
        (fault, code): (Option<&Fault>, u8),
    ) -> InvokeResponse {
        let nonce = match super::command::field(fields, 0) {
            Some(Value::Bytes(nonce)) if fault != Some(&Fault::OldNonce) => nonce.clone(),
            _ => vec![0; 32],
        };
        match name {
            "ArmFailSafe" => {
                if let Some(Value::Uint(term)) = super::command::field(fields, 0) {
                    self.armed = *term > 0;
                    self.has_noc &= self.armed;
                    self.terms.push(*term);
                }
                general(asked, code)
            }
            "CommissioningComplete" => {
                let code = if self.complete { 3 } else { code };
                self.complete |= code == 0;
                general(asked, code)
            }
            "SetRegulatoryConfig" => general(asked, code),
            "AddNOC" => {
                self.has_noc = code == 0;
                noc(asked, code)
            }
            "RemoveFabric" => {
                (self.has_noc, self.complete) = (false, false);
                noc(asked, 0)
            }
            "PAI" => respond(asked, bytes(&[&self.maker.pai])),
            "DAC" => respond(asked, bytes(&[&self.maker.dac])),
            "AttestationRequest" => {
                let (elements, signature) = self.maker.attest(&nonce, &CHALLENGE);
                respond(asked, bytes(&[&elements, &signature]))
            }
            "CSRRequest" => {
                let stolen = fault == Some(&Fault::StolenKey);
                let signer = if stolen { &self.other_key } else { &self.key };
                let keys = (&self.key, signer);
                let (elements, signature) = self.maker.request(keys, &nonce, &CHALLENGE);
                respond(asked, bytes(&[&elements, &signature]))
            }
            _ => InvokeResponse::Status(ImStatus::Success),
        }
    }
}

/// A run of the sequencer against a device.
pub(crate) struct Run {
    pub(crate) commissioning: Commissioning,
    pub(crate) device: Device,
    pub(crate) now: Now,
    pub(crate) updates: Vec<JobUpdate>,
    pub(crate) persisted: Option<Commissioned>,
    pub(crate) outcome: Option<Result<Commissioned, JobFailure>>,
    /// Answers to `EstablishCase`, first to last; then success.
    pub(crate) case: Vec<Result<(), ExchangeError>>,
    pub(crate) store: Result<(), String>,
    /// What a person answers, and how long that takes.
    pub(crate) person: Option<(bool, Duration)>,
    /// After how many steps with answers the job is cancelled, instead of answering.
    pub(crate) cancel_at: Option<usize>,
    answered: usize,
    asked_at: Option<Instant>,
}

impl Run {
    pub(crate) fn configured(
        device: Device,
        trust: TrustStore,
        config: CommissioningConfig,
    ) -> Self {
        let now = start();
        let params = params(trust, config);
        let commissioning = Commissioning::new(params, &mut Seeded::new(4), now);
        Self::of(commissioning, device, now)
    }

    pub(crate) fn of(commissioning: Commissioning, device: Device, now: Now) -> Self {
        Self {
            commissioning,
            device,
            now,
            updates: Vec::new(),
            persisted: None,
            outcome: None,
            case: Vec::new(),
            store: Ok(()),
            person: None,
            cancel_at: None,
            answered: 0,
            asked_at: None,
        }
    }

    /// Drives it to its end.
    pub(crate) fn finish(mut self) -> Self {
        for _ in 0..MOST_STEPS {
            match self.commissioning.next_step(self.now) {
                Some(step) => self.carry_out(step),
                None if self.outcome.is_some() => return self,
                None => self.wait(),
            }
        }
        panic!("no end after {MOST_STEPS} steps: {:?}", self.commissioning);
    }

    pub(crate) fn failure(&self) -> &JobFailure {
        match &self.outcome {
            Some(Err(failure)) => failure,
            outcome => panic!("{outcome:?}"),
        }
    }

    pub(crate) fn commissioned(&self) -> &Commissioned {
        match &self.outcome {
            Some(Ok(commissioned)) => commissioned,
            outcome => panic!("{outcome:?}"),
        }
    }

    pub(crate) fn passed(&self) -> Vec<(Stage, &str)> {
        let passed = self.updates.iter().filter_map(|update| match update {
            JobUpdate::Passed { stage, note, .. } => Some((*stage, note.as_str())),
            _ => None,
        });
        passed.collect()
    }

    /// Steps that had an answer, or would have had but for the cancelling.
    pub(crate) const fn answered(&self) -> usize {
        self.answered
    }

    fn carry_out(&mut self, step: Step) {
        let waits = !matches!(step, Step::Update(_) | Step::Done(_) | Step::Failed(_));
        if waits {
            self.answered += 1;
            self.now = self.now + ROUND_TRIP;
            if self.cancel_at == Some(self.answered) {
                return self.commissioning.cancel(self.now);
            }
        }
        match step {
            Step::Update(update) => {
                if matches!(update, JobUpdate::Asks { .. }) {
                    self.asked_at = Some(self.now.mono);
                }
                self.updates.push(update);
            }
            Step::Read(read) => {
                let answer = self.device.read(&read);
                self.commissioning.on_read(answer, self.now);
            }
            Step::Invoke(invoke) => {
                let answer = self.device.invoke(&invoke);
                self.commissioning.on_invoke(answer, self.now);
            }
            Step::EstablishCase { node } => {
                assert_eq!(node, NODE);
                let answer = if self.case.is_empty() {
                    Ok(())
                } else {
                    self.case.remove(0)
                };
                self.commissioning.on_case(answer, self.now);
            }
            Step::Persist(commissioned) => {
                self.persisted = Some(*commissioned);
                self.commissioning.on_stored(self.store.clone(), self.now);
            }
            Step::Done(commissioned) => self.outcome = Some(Ok(*commissioned)),
            Step::Failed(failure) => self.outcome = Some(Err(failure)),
        }
    }

    /// Lets time pass until the person answers or the sequencer wants to be called.
    fn wait(&mut self) {
        let until = self
            .commissioning
            .poll_timeout()
            .expect("it waits for something");
        let answers = self.person.zip(self.asked_at);
        if let Some(((proceed, after), asked_at)) = answers
            && asked_at + after <= until
        {
            self.pass_to(asked_at + after);
            self.person = None;
            return self.commissioning.on_answer(proceed, self.now);
        }
        self.pass_to(until);
    }

    fn pass_to(&mut self, until: Instant) {
        self.now = self.now + until.saturating_duration_since(self.now.mono);
    }
}

pub(crate) fn params(trust: TrustStore, config: CommissioningConfig) -> CommissioningParams {
    let founded = Fabric::found(&mut Seeded::new(11)).unwrap();
    CommissioningParams {
        node: NODE,
        fabric: Arc::new(Fabric::open(&founded.parts).unwrap()),
        trust: Arc::new(trust),
        config,
        challenge: Secret::new(CHALLENGE),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "any instant will do to count from"
)]
pub(crate) fn start() -> Now {
    Now {
        mono: Instant::now(),
        wall: Timestamp::from_secs(1_780_000_000),
    }
}

fn name(asked: &Invoke) -> &'static str {
    match (asked.cluster.0, asked.command.0) {
        (0x30, 0x00) => "ArmFailSafe",
        (0x30, 0x02) => "SetRegulatoryConfig",
        (0x30, 0x04) => "CommissioningComplete",
        (0x38, 0x00) => "SetUTCTime",
        (0x38, 0x02) => "SetTimeZone",
        (0x3E, 0x00) => "AttestationRequest",
        (0x3E, 0x02) if fields(asked) == one_number(2) => "PAI",
        (0x3E, 0x02) => "DAC",
        (0x3E, 0x04) => "CSRRequest",
        (0x3E, 0x06) => "AddNOC",
        (0x3E, 0x0A) => "RemoveFabric",
        (0x3E, 0x0B) => "AddTrustedRootCertificate",
        other => panic!("unexpected command {other:x?}"),
    }
}

fn one_number(number: u64) -> Value {
    Value::Structure(vec![(Tag::Context(0), Value::Uint(number))])
}

fn fields(asked: &Invoke) -> Value {
    let mut reader = TlvReader::new(asked.fields.expose());
    let (_, value) = reader.read_value().unwrap();
    reader.finish().unwrap();
    value
}

fn value(path: &AttributePath) -> Option<Value> {
    let pair = |a, b| {
        Value::Structure(vec![
            (Tag::Context(0), Value::Uint(a)),
            (Tag::Context(1), Value::Uint(b)),
        ])
    };
    Some(match (path.cluster, path.attribute) {
        (0x28, 0x02) => Value::Uint(IDENTITY.0.into()),
        (0x28, 0x04) => Value::Uint(IDENTITY.1.into()),
        (0x30, 0x00) => Value::Uint(0),
        (0x30, 0x01) => pair(60, 900),
        (0x30, 0x02) => Value::Uint(0),
        (0x30, 0x03) => Value::Uint(2),
        (0x30, 0x04) => Value::Bool(true),
        (0x1D, 0x01) => Value::Array([0x1D, 0x28, 0x38].map(Value::Uint).to_vec()),
        (0x38, 0xFFFC) => Value::Uint(1),
        _ => return None,
    })
}

fn respond(asked: &Invoke, fields_tlv: Vec<u8>) -> InvokeResponse {
    let command = match asked.command.0 {
        0x06 | 0x0A => 0x08,
        other => other + 1,
    };
    let path = CommandPath {
        endpoint: 0,
        cluster: asked.cluster.0,
        command,
    };
    InvokeResponse::Command { path, fields_tlv }
}

fn general(asked: &Invoke, code: u8) -> InvokeResponse {
    let fields = structure(|to| {
        to.put_uint(Tag::Context(0), code.into()).unwrap();
        to.put_utf8(Tag::Context(1), "").unwrap();
    });
    respond(asked, fields)
}

fn noc(asked: &Invoke, code: u8) -> InvokeResponse {
    let fields = structure(|to| {
        to.put_uint(Tag::Context(0), code.into()).unwrap();
        if code == 0 {
            to.put_uint(Tag::Context(1), 2).unwrap();
        } else {
            to.put_utf8(Tag::Context(2), "no").unwrap();
        }
    });
    respond(asked, fields)
}

fn bytes(fields: &[&[u8]]) -> Vec<u8> {
    structure(|to| {
        for (tag, field) in (0..).zip(fields) {
            to.put_bytes(Tag::Context(tag), field).unwrap();
        }
    })
}

fn structure(fields: impl FnOnce(&mut TlvWriter<'_>)) -> Vec<u8> {
    let mut tlv = Vec::new();
    let mut to = TlvWriter::new(&mut tlv);
    to.start_structure(Tag::Anonymous).unwrap();
    fields(&mut to);
    to.end_container().unwrap();
    tlv
}

/// A round trip and the device's work.
const ROUND_TRIP: Duration = Duration::from_millis(20);
const MOST_STEPS: usize = 300;
