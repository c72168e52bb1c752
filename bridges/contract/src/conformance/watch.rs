//! A bridge that runs under the eyes of a check.

use hub_model::{BridgeInput, BridgeOutput, CauseId, Command, CommandProgress, JobId, NodeId};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{Broken, JobUpdate, PATIENCE, STOP_WITHIN, Subject};
use crate::{BridgeError, BridgeLink, HubLink, INPUT_CAPACITY};

/// A running bridge; dropping it ends the bridge's task.
pub(super) struct Running {
    check: &'static str,
    link: HubLink,
    stop: CancellationToken,
    task: JoinSet<Result<(), BridgeError>>,
}

impl Running {
    pub(super) fn start(check: &'static str, subject: &Subject<'_>) -> Self {
        Self::with_outputs(check, subject, crate::OUTPUT_CAPACITY)
    }

    /// With room for one output only, so that the bridge soon has to wait.
    pub(super) fn start_narrow(check: &'static str, subject: &Subject<'_>) -> Self {
        Self::with_outputs(check, subject, 1)
    }

    fn with_outputs(check: &'static str, subject: &Subject<'_>, outputs: usize) -> Self {
        let (input, input_rx) = mpsc::channel(INPUT_CAPACITY);
        let (output_tx, output) = mpsc::channel(outputs);
        let theirs = BridgeLink {
            input: input_rx,
            output: output_tx,
        };
        let stop = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn((subject.make)().run(theirs, stop.clone()));
        Self {
            check,
            link: HubLink { input, output },
            stop,
            task,
        }
    }

    pub(super) fn broken<T>(&self, what: String) -> Result<T, Broken> {
        let check = self.check;
        Err(Broken { check, what })
    }

    /// The next output.
    pub(super) async fn next(&mut self) -> Result<BridgeOutput, Broken> {
        match timeout(PATIENCE, self.link.output.recv()).await {
            Ok(Some(output)) => Ok(output),
            Ok(None) => self.broken("the bridge stopped by itself".to_owned()),
            Err(_) => self.broken(format!("nothing came within {PATIENCE:?}")),
        }
    }

    /// Waits until the node has joined.
    pub(super) async fn await_node(&mut self, node: NodeId) -> Result<(), Broken> {
        while self.next().await? != (BridgeOutput::Joined { node }) {}
        Ok(())
    }

    pub(super) async fn ask(&self, input: BridgeInput) -> Result<(), Broken> {
        match timeout(PATIENCE, self.link.input.send(input)).await {
            Ok(Ok(())) => Ok(()),
            _ => self.broken("the bridge takes no input".to_owned()),
        }
    }

    pub(super) async fn command(&self, cause: CauseId, command: &Command) -> Result<(), Broken> {
        self.ask(BridgeInput::Command {
            cause,
            command: command.clone(),
            deadline: (Instant::now() + PATIENCE).into_std(),
        })
        .await
    }

    /// The answer to a command.
    pub(super) async fn answer(&mut self, wanted: CauseId) -> Result<CommandProgress, Broken> {
        loop {
            if let BridgeOutput::Progress { cause, progress } = self.next().await?
                && cause == wanted
                && progress.is_answer()
            {
                return Ok(progress);
            }
        }
    }

    /// Waits for the end of a job, which must be a failure with this code.
    pub(super) async fn failed_with(&mut self, wanted: JobId, code: &str) -> Result<(), Broken> {
        loop {
            let BridgeOutput::Job { job, update } = self.next().await? else {
                continue;
            };
            if job != wanted || !is_end(&update) {
                continue;
            }
            return match update {
                JobUpdate::Failed(failure) if failure.code == code => Ok(()),
                other => self.broken(format!("failed with {code} was expected, {other:?} came")),
            };
        }
    }

    /// Lets the bridge run on until it has to wait for room.
    pub(super) async fn let_it_fill(&self) {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    /// Tells the bridge to stop while its last words are heard.
    pub(super) async fn stop(mut self) -> Result<(), Broken> {
        self.stop.cancel();
        let heard = async { while self.link.output.recv().await.is_some() {} };
        let ended = async { self.task.join_next().await };
        let both = async { tokio::join!(heard, ended).1 };
        let result = timeout(STOP_WITHIN, both).await;
        self.ended(result.ok().flatten())
    }

    /// Tells the bridge to stop while nobody takes its outputs.
    pub(super) async fn stop_unheard(mut self) -> Result<(), Broken> {
        self.let_it_fill().await;
        self.stop.cancel();
        let result = timeout(STOP_WITHIN, self.task.join_next()).await;
        self.ended(result.ok().flatten())
    }

    fn ended(
        &self,
        result: Option<Result<Result<(), BridgeError>, tokio::task::JoinError>>,
    ) -> Result<(), Broken> {
        match result {
            Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => self.broken(format!("it stopped with an error: {error}")),
            Some(Err(error)) => self.broken(format!("it panicked: {error}")),
            None => self.broken(format!("it did not stop within {STOP_WITHIN:?}")),
        }
    }
}

/// Whether an update ends its job.
pub(super) const fn is_end(update: &JobUpdate) -> bool {
    matches!(update, JobUpdate::Done | JobUpdate::Failed(_))
}
