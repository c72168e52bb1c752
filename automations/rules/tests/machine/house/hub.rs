//! How it goes on: what the engine and the machine want is carried out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_engine::{Principal, PrincipalKind, Request, RevisionId, Transmit as EngineTransmit};
use hub_model::{BridgeInput, BridgeOutput, CauseId, CommandProgress, Refusal};
use rules::machine::{self, Transmit, Write};

use super::{BRIDGE, Given, House};
use crate::device::Manner;

impl House {
    pub(super) fn bridge(&mut self, output: BridgeOutput) {
        self.engine.handle_bridge(BRIDGE, output, self.now);
        self.pump();
    }

    /// Carries out all that the engine and the machine want.
    pub(super) fn pump(&mut self) {
        loop {
            if let Some(transmit) = self.engine.poll_transmit() {
                self.carry_out(transmit);
                continue;
            }
            if self.is_down {
                return;
            }
            let Some(event) = self.engine.poll_event() else {
                return;
            };
            self.machine.handle_event(&event, self.now);
            self.after_machine();
        }
    }

    pub(super) fn after_machine(&mut self) {
        let writes = self.machine.take_writes();
        while let Some(told) = self.machine.poll_event() {
            self.told.push(told);
        }
        let is_lost = self.fuse && !writes.is_empty();
        if !is_lost {
            self.written.extend(writes.iter().cloned());
            writes.into_iter().for_each(|write| self.store(write));
        }
        while let Some(transmit) = self.machine.poll_transmit() {
            match transmit {
                Transmit::Command(command) if !(is_lost && command.when_stored) => {
                    self.give(*command);
                }
                Transmit::Withdraw { token } => self.withdrawn.push(token),
                _ => {}
            }
        }
        if is_lost {
            self.crash();
        }
    }

    pub(super) fn store(&mut self, write: Write) {
        match write {
            Write::Put { key, body } => drop(self.disk.kept.insert(key, body)),
            Write::Delete { key } => drop(self.disk.kept.remove(&key)),
            Write::Trace(trace) => drop(self.disk.traces.insert(trace.id, trace)),
        }
    }

    pub(super) fn give(&mut self, command: machine::Command) {
        self.given.push(Given {
            at: self.now.wall,
            token: command.token,
            author: command.author.to_string(),
            command: command.command.clone(),
            when_stored: command.when_stored,
            boot: self.boot,
            run: None,
            place: "".into(),
        });
        let owner = match &command.owner {
            Some(owner) => Principal::new(PrincipalKind::Person, Arc::clone(owner)),
            None => Principal::console(),
        };
        let who = Principal::rule(command.author, owner);
        let request = Request::Command {
            command: command.command,
            parent: command.parent,
        };
        let id = self.engine.handle_request(&who, request, self.now);
        self.asked.insert(id, command.token);
    }

    pub(super) fn carry_out(&mut self, transmit: EngineTransmit) {
        match transmit {
            EngineTransmit::Bridge { input, .. } => self.obey(input),
            EngineTransmit::Commit { commit, revision } => {
                for change in revision.changes {
                    let key = (change.kind.as_str().to_owned(), change.id);
                    match change.after {
                        Some(body) => drop(self.disk.objects.insert(key, body)),
                        None => drop(self.disk.objects.remove(&key)),
                    }
                }
                self.disk.revisions += 1;
                let id = RevisionId(self.disk.revisions);
                self.engine.handle_committed(commit, Ok(id), self.now);
            }
            EngineTransmit::Answer { request, answer } => match self.asked.remove(&request) {
                Some(token) => {
                    let taken = match answer {
                        Ok(taken) => Ok(taken.cause.unwrap()),
                        Err(error) => Err(error.to_string()),
                    };
                    let cause = taken.clone().ok();
                    if !self.is_down {
                        self.machine.handle_taken(token, taken, self.now);
                        self.attribute(token, cause);
                        self.after_machine();
                    }
                }
                None => self
                    .refused
                    .extend(answer.err().map(|error| error.to_string())),
            },
            _ => {}
        }
    }

    /// Notes which run and step gave a command that was taken.
    pub(super) fn attribute(&mut self, token: u64, cause: Option<CauseId>) {
        let run = cause.and_then(|cause| self.machine.run_of(cause));
        let trace = run.and_then(|run| self.machine.trace(run));
        let steps = trace.iter().flat_map(|trace| &trace.steps);
        let mut place = steps
            .filter(|step| step.cause == cause)
            .map(|step| Arc::clone(&step.place));
        let place = place.next_back().unwrap_or_default();
        let boot = self.boot;
        let given = self.given.iter_mut().rev();
        if let Some(given) = given
            .into_iter()
            .find(|g| g.token == token && g.boot == boot)
        {
            (given.run, given.place) = (run, place);
        }
    }

    /// The bridge's and the device's part.
    pub(super) fn obey(&mut self, input: BridgeInput) {
        let BridgeInput::Command { cause, command, .. } = input else {
            return;
        };
        let progress = |progress| BridgeOutput::Progress { cause, progress };
        self.engine
            .handle_bridge(BRIDGE, progress(CommandProgress::Sent), self.now);
        let now = self.now;
        let device = self.device(command.node);
        let answer_at = now.mono + device.slow;
        let ack = CommandProgress::Acknowledged { response: None };
        match device.manner {
            _ if !device.present => {}
            Manner::Silent => {}
            Manner::Pretends => self.send(answer_at, progress(ack)),
            Manner::Refuses => {
                let refusal = Refusal::Status {
                    status: 0x87,
                    cluster_status: None,
                };
                self.send(answer_at, progress(CommandProgress::Refused(refusal)));
            }
            Manner::Obeys => {
                let changed = device.obey(cause, &command.operation);
                let at = now.wall + device.slow;
                let reports = changed
                    .into_iter()
                    .filter_map(|(c, a)| device.report(c, a, at));
                let reports = reports.collect();
                self.send(answer_at, progress(ack));
                let told_at = answer_at + Duration::from_millis(10);
                self.send(told_at, BridgeOutput::Reports(reports));
            }
        }
    }

    pub(super) fn send(&mut self, at: Instant, output: BridgeOutput) {
        self.sent += 1;
        self.link.insert((at, self.sent), output);
    }
}
