//! Taking in the recorder database of Home Assistant: a thread reads it, page by page, and what becomes
//! of the rows is kept as the store takes it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use history_import::{
    Entity, EntityTable, Foreign, Guesses, Importer, Outage, Past, Plan, Settings, StateRow,
    Statistic, StatisticRow,
};
use hub_api::{HistoryImport, ImportAsked, ImportState};
use hub_engine::{Filter, Principal};
use hub_model::Timestamp;
use hub_runtime::{HubHandle, Supervisor};
use hub_store::{HaRecorder, HaRecorderError};
use recorder::HistoryHandle;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{info, warn};

/// Pages that wait to be kept; the reading waits when there are more.
const PAGES: usize = 4;
/// The note of where earlier imports ended.
const ENDS: &str = "imports ended at";

/// Imports of a hub.
pub(crate) struct Imports {
    hub: HubHandle,
    history: HistoryHandle,
    supervisor: Supervisor,
    state: Arc<watch::Sender<ImportState>>,
}

impl Imports {
    pub(crate) fn new(hub: HubHandle, history: HistoryHandle, supervisor: Supervisor) -> Self {
        Self {
            hub,
            history,
            supervisor,
            state: Arc::new(watch::Sender::new(ImportState::Idle)),
        }
    }
}

impl HistoryImport for Imports {
    fn start(&self, who: Principal, asked: ImportAsked) -> bool {
        let is_begun = self.state.send_if_modified(|state| {
            let is_free = !matches!(state, ImportState::Running { .. });
            if is_free {
                *state = ImportState::Running { done: 0, total: 0 };
            }
            is_free
        });
        if is_begun {
            let work = Work {
                hub: self.hub.clone(),
                history: self.history.clone(),
                state: Arc::clone(&self.state),
                who,
                asked,
            };
            let stop = self.supervisor.stop_token();
            self.supervisor.spawn("history import", async move {
                // Both are cancel safe: what is kept is whole, and an import can be repeated.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = work.run() => {}
                }
            });
        }
        is_begun
    }

    fn state(&self) -> ImportState {
        self.state.borrow().clone()
    }
}

/// An import under way.
struct Work {
    hub: HubHandle,
    history: HistoryHandle,
    state: Arc<watch::Sender<ImportState>>,
    who: Principal,
    asked: ImportAsked,
}

/// What the file says before its rows.
struct Listing {
    entities: Vec<Entity>,
    statistics: Vec<Statistic>,
    outages: Vec<Outage>,
    unmigrated: u64,
}

/// What is to be read.
struct Wanted {
    entities: Vec<Entity>,
    statistics: Vec<Statistic>,
}

/// What the reading thread tells.
enum Page {
    States(Vec<StateRow>),
    Hours(Vec<StatisticRow>),
    Progress { done: u64, total: u64 },
    Failed(HaRecorderError),
}

impl Work {
    async fn run(self) {
        info!(
            file = self.asked.file,
            "the history of another hub is taken in"
        );
        let state = Arc::clone(&self.state);
        let ended = match self.import().await {
            Ok(ended) => ended,
            Err(error) => ImportState::Failed {
                why: format!("{error:#}"),
                text: None,
            },
        };
        if let ImportState::Failed { why, .. } = &ended {
            warn!(
                error = why,
                "the history of another hub could not be taken in"
            );
        }
        state.send_replace(ended);
    }

    async fn import(self) -> anyhow::Result<ImportState> {
        let table = match &self.asked.table {
            Some(text) => EntityTable::from_toml(text).context("understand the table")?,
            None => EntityTable::empty(),
        };
        let home = self.hub.snapshot(&self.who, Filter::default()).await?;
        let (mut pages, listing, go) = self.open()?;
        let listing = listing.await.context("read the file")??;
        let settings = Settings {
            foreign: match self.asked.skip_foreign {
                true => Foreign::Skip,
                false => Foreign::Keep,
            },
            guesses: match self.asked.take_guesses {
                true => Guesses::Take,
                false => Guesses::Wait,
            },
        };
        let plan = Plan::new(
            &table,
            &home,
            &listing.entities,
            &listing.statistics,
            settings,
        );
        let keys = plan.keys();
        let past = self.past(&plan, &listing).await?;
        let wanted = Wanted {
            entities: wanted(listing.entities, |entity| plan.wants_states(entity.number)),
            statistics: wanted(listing.statistics, |statistic| {
                plan.wants_hours(statistic.number)
            }),
        };
        let table = plan.table().to_toml();
        let mut importer = Importer::new(plan, &past);
        // The thread has ended when nobody takes this.
        let _ = go.send(wanted);
        while let Some(page) = pages.recv().await {
            match page {
                Page::Progress { done, total } => {
                    self.state
                        .send_replace(ImportState::Running { done, total });
                }
                Page::States(rows) => self.keep(importer.states(rows)).await?,
                Page::Hours(rows) => {
                    let hours = importer.hours(rows);
                    if !self.asked.dry_run {
                        self.history.import_hours(&self.who, hours).await?;
                    }
                }
                Page::Failed(error) => {
                    return Ok(ImportState::Failed {
                        why: error.to_string(),
                        text: Some(importer.report().to_string()),
                    });
                }
            }
        }
        let finished = importer.finish();
        self.keep(finished.samples).await?;
        if !self.asked.dry_run {
            let mut ends = past.earlier_ends;
            ends.extend(finished.end);
            ends.sort_unstable();
            ends.dedup();
            let ends: Vec<String> = ends.iter().map(|end| end.0.to_string()).collect();
            self.history
                .set_note(&self.who, ENDS, &ends.join(" "))
                .await?;
            self.history.finish_import(&self.who, &keys).await?;
        }
        Ok(ImportState::Done {
            text: finished.report.to_string(),
            report: serde_json::to_value(&finished.report).context("tell the report")?,
            table,
        })
    }

    /// What is known beside the rows. Of a dry run nothing is noted.
    async fn past(&self, plan: &Plan, listing: &Listing) -> anyhow::Result<Past> {
        let own = match self.asked.dry_run {
            true => Default::default(),
            false => self.history.own_since(&self.who, &plan.keys()).await?,
        };
        let ends = self
            .history
            .note(&self.who, ENDS)
            .await?
            .unwrap_or_default();
        let ends = ends.split(' ').filter_map(|end| end.parse().ok());
        Ok(Past {
            own,
            outages: listing.outages.clone(),
            unmigrated: listing.unmigrated,
            earlier_ends: ends.map(Timestamp).collect(),
        })
    }

    async fn keep(
        &self,
        samples: Vec<(history::series::SeriesKey, Vec<history::sample::Sample>)>,
    ) -> anyhow::Result<()> {
        if self.asked.dry_run {
            return Ok(());
        }
        let of = |(key, samples): (history::series::SeriesKey, Vec<_>)| {
            samples.into_iter().map(move |sample| (key.clone(), sample))
        };
        let samples = samples.into_iter().flat_map(of).collect();
        Ok(self.history.import_samples(&self.who, samples).await?)
    }

    /// Begins to read the file on a thread of its own.
    #[expect(clippy::type_complexity, reason = "three ends of channels, used once")]
    fn open(
        &self,
    ) -> anyhow::Result<(
        mpsc::Receiver<Page>,
        oneshot::Receiver<Result<Listing, HaRecorderError>>,
        oneshot::Sender<Wanted>,
    )> {
        let (pages, read) = mpsc::channel(PAGES);
        let (told, listing) = oneshot::channel();
        let (go, wanted) = oneshot::channel();
        let file = PathBuf::from(&self.asked.file);
        std::thread::Builder::new()
            .name("history-import".to_owned())
            .spawn(move || read_file(&file, told, wanted, &pages))
            .context("start the thread that reads the file")?;
        Ok((read, listing, go))
    }
}

fn wanted<T>(all: Vec<T>, is: impl Fn(&T) -> bool) -> Vec<T> {
    all.into_iter().filter(is).collect()
}

/// Reads a file, until nobody listens any more.
fn read_file(
    file: &std::path::Path,
    told: oneshot::Sender<Result<Listing, HaRecorderError>>,
    wanted: oneshot::Receiver<Wanted>,
    pages: &mpsc::Sender<Page>,
) {
    let opened = HaRecorder::open(file).and_then(|file| Ok((list(&file)?, file)));
    let (listing, file) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let _ = told.send(Err(error));
            return;
        }
    };
    let (true, Ok(wanted)) = (told.send(Ok(listing)).is_ok(), wanted.blocking_recv()) else {
        return;
    };
    let mut states = file.states(&wanted.entities);
    let mut hours = file.hours(&wanted.statistics);
    let (of_states, of_hours) = (states.progress().total, hours.progress().total);
    let total = of_states + of_hours;
    let pass = |page: Result<Option<Page>, HaRecorderError>, done: u64| match page {
        Ok(Some(page)) => {
            pages.blocking_send(page).is_ok()
                && pages.blocking_send(Page::Progress { done, total }).is_ok()
        }
        Ok(None) => false,
        Err(error) => {
            let _ = pages.blocking_send(Page::Failed(error));
            false
        }
    };
    loop {
        let page = states.next_page().map(|page| page.map(Page::States));
        if !pass(page, states.progress().done) {
            break;
        }
    }
    loop {
        let page = hours.next_page().map(|page| page.map(Page::Hours));
        if !pass(page, of_states + hours.progress().done) {
            break;
        }
    }
}

fn list(file: &HaRecorder) -> Result<Listing, HaRecorderError> {
    Ok(Listing {
        entities: file.entities()?,
        statistics: file.statistics()?,
        outages: file.outages()?,
        unmigrated: file.unmigrated()?,
    })
}
