//! What every bridge must keep, as a suite that each one runs against itself.
//!
//! A bridge's tests give the suite a [`Subject`]: how to make a bridge whose network has at least
//! one node, and commands and codes that mean something there. Each check starts a bridge of its
//! own and says in words what was broken. The checks wait on the bridge with a generous deadline
//! on tokio's clock, so a bridge without real sockets can run them with the clock paused.

mod watch;

use std::collections::BTreeSet;
use std::time::Duration;

use hub_model::{
    BridgeInput, BridgeOutput, CauseId, Command, CommandProgress, CommissionRequest, JobId,
    JobUpdate, NodeId, Secret,
};

use crate::Bridge;
use watch::Running;

/// How long a bridge may take for anything; real networks are slow.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a bridge may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Commands sent at once by the checks that need many.
const MANY: u64 = 64;

/// A bridge under test, and what can be asked of it.
pub struct Subject<'a> {
    /// Makes a bridge to the same network each time.
    pub make: &'a (dyn Fn() -> Box<dyn Bridge> + Sync),
    /// A node that the network has, and that answers.
    pub node: NodeId,
    /// A command that the node carries out.
    pub command: Command,
    /// A setup code whose job is still running when it is cancelled, if the bridge adds devices.
    pub slow_code: Option<&'a str>,
    /// A setup code that cannot be read, if the bridge adds devices.
    pub bad_code: Option<&'a str>,
}

/// What a bridge did not keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {what}")]
pub struct Broken {
    /// The check.
    pub check: &'static str,
    /// What was wrong.
    pub what: String,
}

/// Runs every check.
///
/// # Errors
/// The first check that the bridge does not pass.
pub async fn run_all(subject: &Subject<'_>) -> Result<(), Broken> {
    joins_before_it_reports(subject).await?;
    answers_each_command_once(subject).await?;
    answers_for_unknown_nodes(subject).await?;
    waits_when_nobody_listens(subject).await?;
    ends_a_cancelled_job(subject).await?;
    ends_a_job_with_a_bad_code(subject).await?;
    stops_when_told(subject).await
}

/// A node is told of before anything is told about it, at each start.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn joins_before_it_reports(subject: &Subject<'_>) -> Result<(), Broken> {
    for _ in 0..2 {
        let mut running = Running::start("joins before it reports", subject);
        let mut joined = BTreeSet::new();
        loop {
            let output = running.next().await?;
            for node in nodes_of(&output) {
                if !joined.contains(&node) {
                    return running.broken(format!("{node} was told about before it joined"));
                }
            }
            match output {
                BridgeOutput::Joined { node } => drop(joined.insert(node)),
                BridgeOutput::Left { node } => drop(joined.remove(&node)),
                BridgeOutput::Reports(reports)
                    if reports.iter().any(|report| report.node == subject.node) =>
                {
                    break;
                }
                _ => {}
            }
        }
        running.stop().await?;
    }
    Ok(())
}

/// Every command gets exactly one answer, under its own cause, and nothing after it.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn answers_each_command_once(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut running = Running::start("answers each command once", subject);
    running.await_node(subject.node).await?;
    for cause in 1..=MANY {
        running.command(CauseId(cause), &subject.command).await?;
    }
    let mut open: BTreeSet<_> = (1..=MANY).map(CauseId).collect();
    let mut acknowledged = 0;
    while !open.is_empty() {
        let BridgeOutput::Progress { cause, progress } = running.next().await? else {
            continue;
        };
        if !open.contains(&cause) {
            return running.broken(format!(
                "{cause} was told of after its answer, or never asked"
            ));
        }
        match progress {
            CommandProgress::Sent => continue,
            CommandProgress::Confirmed => {
                return running.broken(format!("{cause} was confirmed, which only the hub does"));
            }
            CommandProgress::Acknowledged { .. } => acknowledged += 1,
            _ => {}
        }
        open.remove(&cause);
    }
    if acknowledged == 0 {
        return running.broken("no command was acknowledged".to_owned());
    }
    running.stop().await
}

/// A command to a node that the bridge does not know is refused, not swallowed.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn answers_for_unknown_nodes(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut running = Running::start("answers for unknown nodes", subject);
    running.await_node(subject.node).await?;
    let command = Command {
        node: NodeId(0xDEAD_0000_0001),
        ..subject.command.clone()
    };
    running.command(CauseId(1), &command).await?;
    match running.answer(CauseId(1)).await? {
        CommandProgress::Refused(_) => running.stop().await,
        other => running.broken(format!("refused was expected, {other:?} came")),
    }
}

/// A bridge whose outputs nobody takes for a while waits, and loses none.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn waits_when_nobody_listens(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut running = Running::start_narrow("waits when nobody listens", subject);
    running.await_node(subject.node).await?;
    for cause in 1..=MANY {
        running.command(CauseId(cause), &subject.command).await?;
    }
    running.let_it_fill().await;
    let mut open: BTreeSet<_> = (1..=MANY).map(CauseId).collect();
    while !open.is_empty() {
        if let BridgeOutput::Progress { cause, progress } = running.next().await?
            && progress.is_answer()
        {
            open.remove(&cause);
        }
    }
    running.stop().await
}

/// A cancelled job ends as failed with `cancelled`, and the bridge works on.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn ends_a_cancelled_job(subject: &Subject<'_>) -> Result<(), Broken> {
    let Some(code) = subject.slow_code else {
        return Ok(());
    };
    let mut running = Running::start("ends a cancelled job", subject);
    running.await_node(subject.node).await?;
    let job = JobId(1);
    running.ask(commission(job, code)).await?;
    running.ask(BridgeInput::Cancel { job }).await?;
    running.failed_with(job, "cancelled").await?;
    running.command(CauseId(1), &subject.command).await?;
    running.answer(CauseId(1)).await?;
    running.stop().await
}

/// A job with a code that cannot be read ends at once as failed with `bad-code`, and adds nothing.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn ends_a_job_with_a_bad_code(subject: &Subject<'_>) -> Result<(), Broken> {
    let Some(code) = subject.bad_code else {
        return Ok(());
    };
    let mut running = Running::start("ends a job with a bad code", subject);
    running.await_node(subject.node).await?;
    let job = JobId(1);
    running.ask(commission(job, code)).await?;
    running.failed_with(job, "bad-code").await?;
    running.stop().await
}

/// A bridge that is told to stop does so soon, also with work under way and nobody listening.
///
/// # Errors
/// When the bridge does not keep that.
pub async fn stops_when_told(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut running = Running::start_narrow("stops when told", subject);
    running.await_node(subject.node).await?;
    for cause in 1..=MANY {
        running.command(CauseId(cause), &subject.command).await?;
    }
    running.stop_unheard().await
}

fn commission(job: JobId, code: &str) -> BridgeInput {
    BridgeInput::Commission(CommissionRequest {
        job,
        node: NodeId(0xC0FF_EE00),
        code: Secret::new(code.to_owned()),
        policy: None,
    })
}

/// The nodes that an output tells something about, other than that they joined.
fn nodes_of(output: &BridgeOutput) -> Vec<NodeId> {
    match output {
        BridgeOutput::Left { node }
        | BridgeOutput::Reachable { node, .. }
        | BridgeOutput::Info { node, .. } => vec![*node],
        BridgeOutput::Reports(reports) => reports.iter().map(|report| report.node).collect(),
        BridgeOutput::Joined { .. } | BridgeOutput::Progress { .. } | BridgeOutput::Job { .. } => {
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use hub_model::{ClusterId, CommandId, EndpointId, Operation, Value};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::echo::{EchoBridge, EchoHome};
    use crate::{BridgeError, BridgeLink};

    const NODE: NodeId = NodeId(0x10);

    fn toggle() -> Command {
        Command {
            node: NODE,
            operation: Operation::Invoke {
                endpoint: EndpointId(1),
                cluster: ClusterId(6),
                command: CommandId(2),
                fields: Value::structure([]),
                timed: false,
            },
            within: Duration::from_secs(10),
        }
    }

    fn subject<'a>(make: &'a (dyn Fn() -> Box<dyn Bridge> + Sync)) -> Subject<'a> {
        Subject {
            make,
            node: NODE,
            command: toggle(),
            slow_code: Some("slow"),
            bad_code: Some("?"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_echo_bridge_conforms() {
        let home = EchoHome::with_lamps([NODE]);
        let make = || Box::new(EchoBridge::new(home.clone())) as Box<dyn Bridge>;
        assert_eq!(run_all(&subject(&make)).await, Ok(()));
    }

    /// Tells of its node and nothing else, whatever it is asked.
    struct Mute;

    #[async_trait]
    impl Bridge for Mute {
        fn name(&self) -> &'static str {
            "mute"
        }

        async fn run(
            self: Box<Self>,
            mut link: BridgeLink,
            _: CancellationToken,
        ) -> Result<(), BridgeError> {
            let joined = BridgeOutput::Joined { node: NODE };
            let _ = link.output.send(joined).await;
            while link.input.recv().await.is_some() {}
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_bridge_that_swallows_commands_does_not_conform() {
        let make = || Box::new(Mute) as Box<dyn Bridge>;
        let subject = subject(&make);
        assert!(answers_each_command_once(&subject).await.is_err());
        assert!(ends_a_cancelled_job(&subject).await.is_err());
        assert!(stops_when_told(&subject).await.is_err());
    }
}
