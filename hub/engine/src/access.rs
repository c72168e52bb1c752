//! Who may do what: asked once, at the engine's door, and denied unless allowed.
//!
//! Not here: sessions, passwords, tokens and roles. They belong to whoever implements
//! [`Authorise`]; the engine only guarantees that nothing passes it unasked.

use std::sync::Arc;

use hub_model::{Command, NodeId, Origin};

use crate::edit::Edit;
use crate::home::Home;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name within its kind: a user name, a token's name, a rule's id and revision.
    pub name: Arc<str>,
    /// What it is.
    pub kind: PrincipalKind,
    /// Of a rule: whose rights it has.
    pub owner: Option<Arc<Principal>>,
}

/// What kind of asker a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PrincipalKind {
    /// Whoever has the machine's own console or local socket.
    Console,
    /// A person.
    Person,
    /// An API token.
    Token,
    /// A rule; it acts with its owner's rights.
    Rule,
    /// The hub itself.
    Hub,
}

impl Principal {
    /// A principal of this kind and name.
    pub fn new(kind: PrincipalKind, name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            kind,
            owner: None,
        }
    }

    /// A rule, by id and revision, that acts with its owner's rights.
    pub fn rule(name: impl Into<Arc<str>>, owner: Self) -> Self {
        Self {
            owner: Some(Arc::new(owner)),
            ..Self::new(PrincipalKind::Rule, name)
        }
    }

    /// Whose rights count: a rule's owner's, else its own.
    #[must_use]
    pub fn rights(&self) -> &Self {
        match (self.kind, &self.owner) {
            (PrincipalKind::Rule, Some(owner)) => owner,
            _ => self,
        }
    }

    /// The machine's own console.
    #[must_use]
    pub fn console() -> Self {
        Self::new(PrincipalKind::Console, "console")
    }

    /// The hub itself.
    #[must_use]
    pub fn hub() -> Self {
        Self::new(PrincipalKind::Hub, "hub")
    }

    /// The principal as the origin of what it does.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self.kind {
            PrincipalKind::Console => Origin::Console,
            PrincipalKind::Person => Origin::Person(Arc::clone(&self.name)),
            PrincipalKind::Token => Origin::Token(Arc::clone(&self.name)),
            PrincipalKind::Rule => Origin::Rule(Arc::clone(&self.name)),
            PrincipalKind::Hub => Origin::Hub,
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Action<'a> {
    /// See the home: snapshots, events, causes.
    See,
    /// See the revisions: who changed what.
    SeeRevisions,
    /// Run a rule, apply a scene, set a variable of the home, end a run.
    Order,
    /// Ask a device to do something.
    Command(&'a Command),
    /// Change the home.
    Edit(&'a Edit),
    /// Take a revision back.
    Undo,
    /// Add a device, or go on with or cancel the adding of one.
    Commission,
    /// Remove a node.
    Remove(NodeId),
}

/// Decides. An implementation that does not know an action denies it.
pub trait Authorise: Send + Sync {
    /// Whether `who` may do this in this home.
    ///
    /// # Errors
    /// When not, with the reason.
    fn authorise(&self, who: &Principal, action: &Action<'_>, home: &Home) -> Result<(), Denied>;
}

/// The principal may not do that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{who} may not do that: {reason}")]
pub struct Denied {
    /// Who asked.
    pub who: Arc<str>,
    /// Why not.
    pub reason: String,
}

impl Denied {
    /// A denial of this principal.
    pub fn new(who: &Principal, reason: impl Into<String>) -> Self {
        Self {
            who: Arc::clone(&who.name),
            reason: reason.into(),
        }
    }
}

/// Allows nobody anything: what holds until something else is configured.
#[derive(Clone, Copy, Debug, Default)]
pub struct DenyAll;

impl Authorise for DenyAll {
    fn authorise(&self, who: &Principal, _: &Action<'_>, _: &Home) -> Result<(), Denied> {
        Err(Denied::new(who, "nothing is allowed"))
    }
}

/// Allows the machine's console, the hub itself and the rules of either everything, and nobody else
/// anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsoleOnly;

impl Authorise for ConsoleOnly {
    fn authorise(&self, who: &Principal, _: &Action<'_>, _: &Home) -> Result<(), Denied> {
        match who.rights().kind {
            PrincipalKind::Console | PrincipalKind::Hub => Ok(()),
            _ => Err(Denied::new(who, "only the console may")),
        }
    }
}
