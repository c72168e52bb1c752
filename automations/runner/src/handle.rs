//! A client's hold on the rules.

use std::sync::Arc;

use hub_engine::Principal;
use hub_model::{AttributePath, CauseId};
use hub_runtime::{Door, HubError, HubHandle};
use rules::machine::{
    Config, Machine, Order, Person, Refused, RuleView, SceneView, Tally, Told, VariableView,
};
use rules::problem::Problem;
use rules::scene::Scene;
use rules::trace::{RunId, Trace};
use rules::tree::Rule;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::notices::{Notice, Notices};
use crate::past::PastError;
use crate::recording::Recorder;
use crate::store::{RunStore, RunStoreError, TraceQuery};

/// Why the rules did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// The hub refused.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The machine refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] RunStoreError),
    /// What was to be made cannot be.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// The past cannot be looked at.
    #[error(transparent)]
    Past(#[from] PastError),
    /// The rules have stopped.
    #[error("the rules have stopped")]
    Stopped,
}

/// Work that is done with the machine, between two inputs.
pub(crate) type Look = Box<dyn FnOnce(&mut Machine, Option<String>) + Send>;

/// What a handle asks.
pub(crate) enum Ask {
    Look(Look),
    Order(
        Order,
        Person,
        oneshot::Sender<Result<Option<RunId>, Refused>>,
    ),
    /// A copy of the recording so far, and the traces of the same moment.
    Copy(oneshot::Sender<(oneshot::Receiver<String>, Vec<Arc<Trace>>)>),
}

/// A client's hold on the rules. Clones are cheap.
#[derive(Clone)]
pub struct RulesHandle {
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) told: broadcast::Sender<Told>,
    pub(crate) notices: Notices,
    pub(crate) store: Arc<dyn RunStore>,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) config: Arc<Config>,
    pub(crate) hub: HubHandle,
}

impl std::fmt::Debug for RulesHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RulesHandle").finish_non_exhaustive()
    }
}

/// How the rules are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesStatus {
    /// How many there are.
    pub rules: usize,
    /// Whether the wall clock is trusted; rules that go by it are held else.
    pub clock_trusted: bool,
    /// Why runs cannot be stored at present, if so.
    pub store_failure: Option<String>,
}

impl RulesHandle {
    /// All rules, by id.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn rules(&self, who: &Principal) -> Result<Vec<RuleView>, RulesError> {
        self.see(who, |machine, _| machine.rules().collect()).await
    }

    /// The rule of this id.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn rule(&self, who: &Principal, id: &str) -> Result<Option<RuleView>, RulesError> {
        let id = id.to_owned();
        self.see(who, move |machine, _| machine.rule(&id)).await
    }

    /// All scenes, by id.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn scenes(&self, who: &Principal) -> Result<Vec<SceneView>, RulesError> {
        self.see(who, |machine, _| machine.scenes().collect()).await
    }

    /// All variables of the home, by name.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn variables(
        &self,
        who: &Principal,
    ) -> Result<Vec<(Arc<str>, VariableView)>, RulesError> {
        self.see(who, |machine, _| machine.variables().into_iter().collect())
            .await
    }

    /// How the rules are.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn status(&self, who: &Principal) -> Result<RulesStatus, RulesError> {
        self.see(who, |machine, failure| RulesStatus {
            rules: machine.rules().count(),
            clock_trusted: machine.is_clock_trusted(),
            store_failure: failure,
        })
        .await
    }

    /// How many rules there are, how they stand, and what came of their starts.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn tally(&self, who: &Principal) -> Result<Tally, RulesError> {
        self.see(who, |machine, _| machine.tally()).await
    }

    /// What is wrong with a rule in this home. It is not kept.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn check_rule(
        &self,
        who: &Principal,
        rule: Rule,
    ) -> Result<Vec<Problem>, RulesError> {
        self.see(who, move |machine, _| machine.check_rule(&rule))
            .await
    }

    /// What is wrong with a scene in this home. It is not kept.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn check_scene(
        &self,
        who: &Principal,
        scene: Scene,
    ) -> Result<Vec<Problem>, RulesError> {
        self.see(who, move |machine, _| machine.check_scene(&scene))
            .await
    }

    /// The scene that these devices or rooms make at present. It is not kept.
    ///
    /// # Errors
    /// When one is not there, none has anything to set, that is not allowed, or the rules have
    /// stopped.
    pub async fn capture(
        &self,
        who: &Principal,
        id: &str,
        name: &str,
        targets: &[String],
    ) -> Result<Scene, RulesError> {
        let (id, name, targets) = (id.to_owned(), name.to_owned(), targets.to_vec());
        let captured = self.see(who, move |machine, _| machine.capture(&id, &name, &targets));
        captured.await?.map_err(RulesError::Problem)
    }

    /// Asks for something to be done; the run that does it, if one does.
    ///
    /// # Errors
    /// When it cannot be done, that is not allowed, or the rules have stopped.
    pub async fn order(&self, who: &Principal, order: Order) -> Result<Option<RunId>, RulesError> {
        self.hub.may(who, Door::Order).await?;
        let person = match who.kind {
            hub_engine::PrincipalKind::Console | hub_engine::PrincipalKind::Hub => Person(None),
            _ => Person(Some(Arc::clone(&who.name))),
        };
        let (reply, answer) = oneshot::channel();
        let sent = self.asks.send(Ask::Order(order, person, reply)).await;
        sent.map_err(|_| RulesError::Stopped)?;
        Ok(answer.await.map_err(|_| RulesError::Stopped)??)
    }

    /// One trace, of a run under way or of the past.
    ///
    /// # Errors
    /// When that is not allowed, the store fails, or the rules have stopped.
    pub async fn trace(&self, who: &Principal, id: RunId) -> Result<Option<Trace>, RulesError> {
        let known = self.see(who, move |machine, _| machine.trace(id)).await?;
        match known {
            Some(trace) => Ok(Some(Trace::clone(&trace))),
            None => Ok(self.store.trace(id).await?),
        }
    }

    /// Traces, newest first.
    ///
    /// # Errors
    /// When that is not allowed, the store fails, or the rules have stopped.
    pub async fn traces(
        &self,
        who: &Principal,
        query: TraceQuery,
    ) -> Result<Vec<Trace>, RulesError> {
        let (rule, limit, before) = (query.rule.clone(), query.limit, query.before);
        let known = self.see(who, move |machine, _| {
            machine.traces(rule.as_deref(), limit)
        });
        let known = known.await?;
        let mut all: std::collections::BTreeMap<RunId, Trace> = self
            .store
            .traces(query)
            .await?
            .into_iter()
            .map(|trace| (trace.id, trace))
            .collect();
        // What is in memory is as new or newer.
        let newer = known
            .iter()
            .filter(|trace| before.is_none_or(|before| trace.id < before));
        all.extend(newer.map(|trace| (trace.id, Trace::clone(trace))));
        Ok(all.into_values().rev().take(limit).collect())
    }

    /// The run that gave the command of this cause.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn run_of(
        &self,
        who: &Principal,
        cause: CauseId,
    ) -> Result<Option<RunId>, RulesError> {
        self.see(who, move |machine, _| machine.run_of(cause)).await
    }

    /// The rules that could have set an attribute, each with what became of its last starts.
    ///
    /// # Errors
    /// When that is not allowed, or the rules have stopped.
    pub async fn could_set(
        &self,
        who: &Principal,
        path: AttributePath,
    ) -> Result<Vec<(RuleView, Vec<Arc<Trace>>)>, RulesError> {
        self.see(who, move |machine, _| machine.could_set(&path))
            .await
    }

    /// What rules had to say to people, newest first.
    ///
    /// # Errors
    /// When that is not allowed, or the hub has stopped.
    pub async fn notices(&self, who: &Principal) -> Result<Vec<Notice>, RulesError> {
        self.hub.may(who, Door::See).await?;
        Ok(self.notices.list())
    }

    /// What the rules tell from now on.
    ///
    /// # Errors
    /// When that is not allowed, or the hub has stopped.
    pub async fn subscribe(
        &self,
        who: &Principal,
    ) -> Result<broadcast::Receiver<Told>, RulesError> {
        self.hub.may(who, Door::See).await?;
        Ok(self.told.subscribe())
    }

    /// Looks at the machine between two of its inputs.
    async fn see<T: Send + 'static>(
        &self,
        who: &Principal,
        look: impl FnOnce(&mut Machine, Option<String>) -> T + Send + 'static,
    ) -> Result<T, RulesError> {
        self.hub.may(who, Door::See).await?;
        let (reply, answer) = oneshot::channel();
        let look: Look = Box::new(move |machine, failure| {
            // Who no longer waits for the answer is none of our business.
            let _ = reply.send(look(machine, failure));
        });
        let sent = self.asks.send(Ask::Look(look)).await;
        sent.map_err(|_| RulesError::Stopped)?;
        answer.await.map_err(|_| RulesError::Stopped)
    }
}
