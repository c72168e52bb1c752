//! What bridges tell beside reports: nodes that come and go, answers to commands, jobs.

use std::sync::Arc;

use hub_model::{
    BridgeInput, BridgeOutput, CauseId, CommandProgress, CommissionRequest, JobFailure, JobId,
    JobUpdate, NodeId, NodeInfo, Now, Refusal,
};

use super::commits::Pending;
use super::live::Live;
use super::{Engine, Transmit, Undelivered};
use crate::commands::EFFECTS_WITHIN;
use crate::event::EventKind;
use crate::jobs::failure;
use crate::timers::Timer;
use crate::view::{JobKind, JobState, Reachability};

impl Engine {
    /// Takes what a bridge tells; the bridge is named by its place in the configuration.
    pub fn handle_bridge(&mut self, bridge: usize, output: BridgeOutput, now: Now) {
        self.out.present = now;
        match output {
            BridgeOutput::Joined { node } => self.joined(bridge, node),
            BridgeOutput::Left { node } if self.serves(bridge, node) => self.left(node),
            BridgeOutput::Reachable { node, reachable } if self.serves(bridge, node) => {
                self.reachable(node, reachable);
            }
            BridgeOutput::Reports(reports) => self.reports(bridge, reports),
            BridgeOutput::Progress { cause, progress } => {
                let command = self.commands.get(cause);
                let node = command.map(|command| command.command.node);
                if node.is_some_and(|node| self.serves(bridge, node)) {
                    self.progress(cause, &progress);
                }
            }
            BridgeOutput::Job { job, update } => self.job_update(bridge, job, update),
            BridgeOutput::Info { node, info } if self.serves(bridge, node) => {
                self.node_info(node, info);
            }
            BridgeOutput::Left { .. }
            | BridgeOutput::Reachable { .. }
            | BridgeOutput::Info { .. } => {}
        }
        self.settle();
    }

    /// A bridge has stopped, for now or for good: its nodes go after the grace time, its jobs
    /// have failed.
    pub fn handle_bridge_stopped(&mut self, bridge: usize, now: Now) {
        self.out.present = now;
        let served = self.nodes.iter().filter(|(_, l)| l.bridge == Some(bridge));
        let nodes: Vec<_> = served.map(|(id, _)| *id).collect();
        for node in nodes {
            self.reachable(node, false);
        }
        let jobs = self
            .jobs
            .running_where(|job| job.bridge == Some(bridge) && !job.finishing);
        for job in jobs {
            let advice = "Try again when the bridge runs.";
            self.fail_job(
                job,
                failure("bridge-stopped", "The bridge stopped.", advice, ""),
            );
        }
        self.settle();
    }

    /// A bridge could not take what it was to be handed.
    pub fn handle_undelivered(
        &mut self,
        bridge: usize,
        input: BridgeInput,
        why: Undelivered,
        now: Now,
    ) {
        self.out.present = now;
        match input {
            BridgeInput::Command { cause, .. } => {
                let refusal = match why {
                    Undelivered::Full => Refusal::Busy,
                    Undelivered::Stopped => Refusal::NoBridge,
                };
                self.progress(cause, &CommandProgress::Refused(refusal));
            }
            BridgeInput::Commission(CommissionRequest { job, .. })
            | BridgeInput::Remove { job, .. }
            | BridgeInput::Answer { job, .. }
            | BridgeInput::Cancel { job } => self.job_undelivered(bridge, job, why),
        }
        self.settle();
    }

    fn serves(&self, bridge: usize, node: NodeId) -> bool {
        let live = self.nodes.get(&node);
        live.is_some_and(|live| live.bridge == Some(bridge))
    }

    fn joined(&mut self, bridge: usize, node: NodeId) {
        let Some(live) = self.nodes.get_mut(&node) else {
            let live = Live::arriving(bridge, self.out.present, self.config.grace);
            if let Some(at) = live.reach.deadline() {
                self.timers.set(Timer::Away(node), at);
            }
            self.nodes.insert(node, live);
            self.commits.push(Pending::Arrive { node });
            return;
        };
        // A node that another bridge serves now is not this one's: ids are unique.
        if live.joined && live.bridge != Some(bridge) {
            return;
        }
        let stays = live.joined || live.bridge == Some(bridge);
        live.joined = true;
        live.bridge = Some(bridge);
        if std::mem::take(&mut live.orphaned) {
            let orphaned = false;
            self.out.event(EventKind::Orphaned { node, orphaned });
        }
        if !stays || !live.visible {
            self.commits.push(Pending::Arrive { node });
        }
    }

    pub(super) fn left(&mut self, node: NodeId) {
        if let Some(live) = self.nodes.get_mut(&node) {
            live.joined = false;
            self.commits.push(Pending::Depart { node });
        }
    }

    fn reachable(&mut self, node: NodeId, reachable: bool) {
        let Some(live) = self.nodes.get_mut(&node) else {
            return;
        };
        let shown = live
            .reach
            .told(reachable, self.out.present, self.config.grace);
        match live.reach.deadline() {
            Some(at) => self.timers.set(Timer::Away(node), at),
            None => self.timers.clear(Timer::Away(node)),
        }
        self.show_reach(node, shown);
    }

    pub(super) fn grace_ended(&mut self, node: NodeId) {
        let Some(live) = self.nodes.get_mut(&node) else {
            return;
        };
        let shown = live.reach.expire(self.out.present.mono);
        if shown.is_some() {
            live.table.make_stale();
        }
        self.show_reach(node, shown);
    }

    fn show_reach(&mut self, node: NodeId, shown: Option<Reachability>) {
        let visible = self.nodes.get(&node).is_some_and(|live| live.visible);
        if let (true, Some(reachability)) = (visible, shown) {
            self.out
                .event(EventKind::Reachability { node, reachability });
        }
    }

    pub(super) fn find_orphans(&mut self) {
        for (id, live) in &mut self.nodes {
            if live.visible && !live.joined && !live.orphaned {
                live.orphaned = true;
                self.out.event(EventKind::Orphaned {
                    node: *id,
                    orphaned: true,
                });
            }
        }
    }

    fn node_info(&mut self, node: NodeId, info: NodeInfo) {
        let Some(live) = self.nodes.get_mut(&node) else {
            return;
        };
        if *live.info == info {
            return;
        }
        live.info = Arc::new(info);
        if live.visible {
            let info = Arc::clone(&live.info);
            self.out.event(EventKind::NodeInfo { node, info });
        }
    }

    /// Takes how a command goes.
    pub(super) fn progress(&mut self, cause: CauseId, progress: &CommandProgress) {
        let Some(command) = self.commands.get(cause) else {
            return;
        };
        let node = command.command.node;
        let live = self.nodes.get(&node);
        let known = |key| live.and_then(|live| live.known(key).cloned());
        let present = self.out.present.mono;
        let progressed = self.commands.progress(cause, progress, present, known);
        if progressed.news {
            self.tell_progress(cause, node, progress);
        }
        if progressed.confirmed {
            self.tell_progress(cause, node, &CommandProgress::Confirmed);
        }
        if progressed.closed {
            self.out.transmit(Transmit::Closed { cause });
        }
        if let Some(until) = progressed.effects_until {
            self.timers.clear(Timer::Answer(cause));
            self.timers.set(Timer::Effects(cause), until);
        } else if progressed.closed {
            self.timers.clear(Timer::Answer(cause));
            self.commands.end(cause);
        }
    }

    /// A report showed what a command asked for.
    pub(super) fn confirmed(&mut self, cause: CauseId) {
        let Some(command) = self.commands.get(cause) else {
            return;
        };
        let node = command.command.node;
        self.tell_progress(cause, node, &CommandProgress::Confirmed);
        self.out.transmit(Transmit::Closed { cause });
        let until = self.out.present.mono + EFFECTS_WITHIN;
        self.timers.set(Timer::Effects(cause), until);
    }

    /// Stops following a command, answered or not.
    pub(super) fn end_command(&mut self, cause: CauseId) {
        self.timers.clear(Timer::Answer(cause));
        self.timers.clear(Timer::Effects(cause));
        let Some(command) = self.commands.end(cause) else {
            return;
        };
        if !command.is_answered() {
            let refused = CommandProgress::Refused(Refusal::NoBridge);
            self.tell_progress(cause, command.command.node, &refused);
        }
        if !command.is_closed() {
            self.out.transmit(Transmit::Closed { cause });
        }
    }

    pub(super) fn tell_progress(
        &mut self,
        cause: CauseId,
        node: NodeId,
        progress: &CommandProgress,
    ) {
        self.causes.note(cause, progress);
        self.out.transmit(Transmit::Progress {
            cause,
            progress: progress.clone(),
        });
        self.out.event(EventKind::Command {
            cause,
            node,
            progress: progress.clone(),
        });
    }

    fn job_update(&mut self, bridge: usize, id: JobId, update: JobUpdate) {
        let present = self.out.present.wall;
        let Some(job) = self.jobs.running(id).filter(|j| j.bridge == Some(bridge)) else {
            return;
        };
        match update {
            JobUpdate::Failed(failure) => self.fail_job(id, failure),
            JobUpdate::Done => {
                let (kind, node) = (job.view.kind, job.view.node);
                job.finishing = true;
                if let (JobKind::Remove, Some(node)) = (kind, node) {
                    self.left(node);
                }
                self.finish_jobs();
            }
            other => {
                job.advance(other, present);
                self.tell_job(id);
            }
        }
    }

    fn job_undelivered(&mut self, bridge: usize, id: JobId, why: Undelivered) {
        let job = self.jobs.running(id);
        if job.is_some_and(|job| job.bridge == Some(bridge)) {
            self.fail_job(id, undelivered(why));
        }
    }

    pub(super) fn fail_job(&mut self, id: JobId, failure: JobFailure) {
        let present = self.out.present.wall;
        let Some(job) = self.jobs.running(id) else {
            return;
        };
        job.end(JobState::Failed { failure }, present);
        self.tell_job(id);
    }

    /// Ends the jobs whose bridge is done and whose work the home holds.
    pub(super) fn finish_jobs(&mut self) {
        let nodes = &self.nodes;
        let settled = |node: Option<NodeId>, kind: JobKind| {
            let live = node.and_then(|node| nodes.get(&node));
            match kind {
                // A bridge that is done and never told of the node is taken at its word.
                JobKind::Commission => live.is_none_or(|live| live.visible),
                JobKind::Remove => live.is_none_or(|live| live.joined),
            }
        };
        let ended = self
            .jobs
            .running_where(|job| job.finishing && settled(job.view.node, job.view.kind));
        for id in ended {
            let present = self.out.present.wall;
            if let Some(job) = self.jobs.running(id) {
                job.end(JobState::Done, present);
                self.tell_job(id);
            }
        }
    }

    /// Tells all of a job as it is now, and drops old ones.
    pub(super) fn tell_job(&mut self, id: JobId) {
        if let Some(job) = self.jobs.get_mut(id) {
            let view = Arc::clone(&job.view);
            self.out.event(EventKind::Job(view));
        }
        while let Some(job) = self.jobs.drop_oldest() {
            self.out.event(EventKind::JobDropped { job });
        }
    }
}

fn undelivered(why: Undelivered) -> JobFailure {
    let (code, message, advice) = match why {
        Undelivered::Full => (
            "busy",
            "The bridge takes no more work at present.",
            "Try again in a minute.",
        ),
        Undelivered::Stopped => (
            "bridge-stopped",
            "The bridge does not run.",
            "It starts anew by itself; try again in a minute.",
        ),
    };
    failure(code, message, advice, "")
}
