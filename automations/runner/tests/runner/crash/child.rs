//! The process that is killed: a hub whose toys move by themselves, its rules, and a reader that
//! says what it has seen on disk.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bridge::{Bridge, BridgeError, BridgeLink, BridgeSource};
use hub_engine::{ConsoleOnly, Principal};
use hub_model::{BridgeInput, BridgeOutput, CauseId, Report};
use hub_runtime::{HubConfig, Supervisor, clock};
use hub_store::{HomeDb, HomeDbOptions, RecordingDir, RunDb};
use rule_runner::{RunStore as _, TraceQuery};
use rules::machine::VARIABLE;
use rules::trace::RunId;
use tokio_util::sync::CancellationToken;

use super::Chance;
use super::home::{RuleOf, SENSORS, Shape, button, number_of, sensor, toys};
use crate::rig::{all_ready, config, put, put_rule, see_all};
use crate::toys::{Toy, acknowledge, announce, occupied, pressed, tell};

/// How often the toys move; each time one of the sensors or buttons does.
const MOVES_EVERY: Duration = Duration::from_millis(2);
/// Moves in one life at most: fewer starts of a rule than would pause it.
const MOST_MOVES: u64 = 220;
/// How often the disk is read.
const READ_EVERY: Duration = Duration::from_millis(20);
/// Traces that are read at once.
const READ: usize = 60;

/// What a life is to be.
pub(super) struct Life {
    pub(super) dir: PathBuf,
    pub(super) number: u64,
    pub(super) seed: u64,
    /// It ends what is under way, then itself.
    pub(super) is_last: bool,
}

impl Life {
    /// Lives until it is killed, or all is done.
    pub(super) fn live(self) {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(self.run());
    }

    async fn run(self) {
        let now = clock::now().wall;
        let home = HomeDb::open(&HomeDbOptions::new(&self.dir), now).unwrap();
        let store = RunDb::open(&self.dir).unwrap();
        let recorder = RecordingDir::open(&self.dir).unwrap();
        let supervisor = Supervisor::new();
        let hub = HubConfig::new(Arc::new(home), Arc::new(ConsoleOnly));
        let hub = hub.with_bridge(self.bridge());
        let hub = hub_runtime::start(hub, &supervisor).await.unwrap();
        if self.number == 0 {
            see_all(&hub, toys().len()).await;
            for rule in RuleOf::all() {
                let declared = r#"{"type":"number","initial":0}"#;
                put(&hub, VARIABLE, &rule.variable(), declared).await;
                put_rule(&hub, &rule.text()).await;
            }
        }
        let config = config(Arc::new(store.clone()), Arc::new(recorder));
        let rules = rule_runner::start(config, hub, &supervisor).await.unwrap();
        if self.number == 0 {
            all_ready(&rules).await;
        }
        say("ready");
        if self.is_last {
            end_all(&store).await;
            let all = rules.traces(&Principal::console(), query(1)).await.unwrap();
            assert!(!all.is_empty());
            supervisor.shutdown(Duration::from_secs(30)).await.unwrap();
            say("ended");
            return;
        }
        read_for_ever(&store).await;
    }

    fn bridge(&self) -> BridgeSource {
        let (dir, number, is_last) = (self.dir.clone(), self.number, self.is_last);
        let seed = self.seed;
        BridgeSource::new("toys", move || {
            Ok(Box::new(Moving {
                toys: toys(),
                journal: journal(&dir),
                chance: Chance(seed ^ 0x5EED),
                life: number,
                moves: if is_last { MOST_MOVES } else { 0 },
                seen: [false; SENSORS as usize],
                late: Vec::new(),
            }))
        })
    }
}

fn journal(dir: &Path) -> File {
    File::options()
        .append(true)
        .create(true)
        .open(dir.join("journal"))
        .unwrap()
}

fn query(limit: usize) -> TraceQuery {
    TraceQuery {
        rule: None,
        before: None,
        limit,
    }
}

/// Waits until all runs that are on disk have come to an end, but for those that began since.
async fn end_all(store: &RunDb) {
    let newest = store
        .traces(query(1))
        .await
        .unwrap()
        .first()
        .map_or(RunId(0), |trace| trace.id);
    loop {
        let kept = store.load().await.unwrap();
        let ids = kept.iter().filter_map(|(key, _)| {
            let id = key
                .strip_prefix("run/")
                .or_else(|| key.strip_prefix("trace/"))?;
            id.parse().ok().map(RunId)
        });
        if ids.filter(|id| *id <= newest).count() == 0 {
            return;
        }
        tokio::time::sleep(READ_EVERY).await;
    }
}

/// Says of every trace that it is on disk, as often as it is another.
async fn read_for_ever(store: &RunDb) {
    let mut said = std::collections::BTreeMap::new();
    loop {
        for trace in store.traces(query(READ)).await.unwrap() {
            let text = serde_json::to_string(&trace).unwrap();
            if said.get(&trace.id) != Some(&text) {
                say(&format!("trace {text}"));
                said.insert(trace.id, text);
            }
        }
        tokio::time::sleep(READ_EVERY).await;
    }
}

/// One line to whoever started this; a line is whole or not there.
fn say(line: &str) {
    let line = format!("\n{}{line}\n", super::MARK);
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .unwrap();
}

/// Toys that move by themselves, and write down each command that they carry out.
struct Moving {
    toys: Vec<Toy>,
    journal: File,
    chance: Chance,
    life: u64,
    moves: u64,
    seen: [bool; SENSORS as usize],
    /// Answers that come with a later move.
    late: Vec<(CauseId, Vec<Report>)>,
}

#[async_trait]
impl Bridge for Moving {
    fn name(&self) -> &'static str {
        "toys"
    }

    async fn run(
        mut self: Box<Self>,
        mut link: BridgeLink,
        stop: CancellationToken,
    ) -> Result<(), BridgeError> {
        announce(&self.toys, &link).await;
        let mut moves = tokio::time::interval(MOVES_EVERY);
        loop {
            // All branches are cancel safe.
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                input = link.input.recv() => match input {
                    Some(BridgeInput::Command { cause, command, .. }) => {
                        self.obey(&link, cause, &command).await;
                    }
                    Some(_) => {}
                    None => return Ok(()),
                },
                _ = moves.tick() => self.tick(&link).await,
            }
        }
    }
}

impl Moving {
    /// Carries a command out: that is the line in the journal. A kill of the process leaves what was
    /// handed to the kernel, so it needs no sync.
    async fn obey(&mut self, link: &BridgeLink, cause: CauseId, command: &hub_model::Command) {
        let number = number_of(&command.operation);
        let line = format!("{} {} {number}\n", cause.0, command.node.0);
        self.journal.write_all(line.as_bytes()).unwrap();
        let Some(toy) = self.toys.iter_mut().find(|toy| toy.node == command.node) else {
            return;
        };
        let reports = toy.obey(cause, command);
        let is_ensured = RuleOf::of_lamp(command.node).shape == Shape::Ensure;
        match self.chance.below(4) {
            // It did it, but nobody hears of it.
            0 if is_ensured => {}
            0 => self.late.push((cause, reports)),
            _ => acknowledge(link, cause, reports).await,
        }
    }

    async fn tick(&mut self, link: &BridgeLink) {
        if self.chance.below(4) == 0 || self.moves >= MOST_MOVES {
            for (cause, reports) in std::mem::take(&mut self.late) {
                acknowledge(link, cause, reports).await;
            }
        }
        if self.moves >= MOST_MOVES {
            return;
        }
        self.moves += 1;
        let at = self.chance.below(SENSORS);
        let reports = if self.chance.below(8) == 0 {
            pressed(button(at), self.life * MOST_MOVES + self.moves)
        } else {
            let seen = &mut self.seen[at as usize];
            *seen = !*seen;
            vec![occupied(sensor(at), *seen)]
        };
        tell(link, BridgeOutput::Reports(reports)).await;
    }
}
