//! The recent links of causal chains, bounded; what people and rules did outlives what devices did.

use std::collections::VecDeque;
use std::sync::Arc;

use hub_model::{Cause, CauseId, Command, CommandProgress, Now, Origin};

use crate::view::Link;

/// Links kept of each sort.
const LINKS_KEPT: usize = 4096;
/// A chain longer than this is told in part.
const LONGEST_ANSWER: usize = 32;

/// The recent links.
#[derive(Debug)]
pub(crate) struct Causes {
    next: u64,
    /// Ids below this are ours for good, also after a crash.
    reserved: u64,
    asked: VecDeque<Link>,
    told: VecDeque<Link>,
}

impl Causes {
    /// Links from `first` on, of which all below `reserved` are stored as given out.
    pub(crate) const fn new(first: u64, reserved: u64) -> Self {
        Self {
            next: first,
            reserved,
            asked: VecDeque::new(),
            told: VecDeque::new(),
        }
    }

    /// More ids are stored as given out.
    pub(crate) fn reserve(&mut self, reserved: u64) {
        self.reserved = self.reserved.max(reserved);
    }

    /// How many ids are left of those reserved.
    pub(crate) const fn left(&self) -> u64 {
        self.reserved.saturating_sub(self.next)
    }

    /// A new link for something asked of the hub.
    pub(crate) fn ask(
        &mut self,
        origin: Origin,
        parent: Option<CauseId>,
        command: Option<Arc<Command>>,
        now: Now,
    ) -> CauseId {
        let cause = self.cause(origin, parent, now);
        let id = cause.id;
        keep(&mut self.asked, cause, command);
        id
    }

    /// A new link for something that a device told by itself.
    pub(crate) fn tell(&mut self, origin: Origin, now: Now) -> CauseId {
        let cause = self.cause(origin, None, now);
        let id = cause.id;
        keep(&mut self.told, cause, None);
        id
    }

    /// How deep a link under this one would be.
    pub(crate) fn depth_under(&self, parent: Option<CauseId>) -> u16 {
        let parent = parent.and_then(|parent| self.find(parent));
        parent.map_or(0, |link| link.cause.depth.saturating_add(1))
    }

    /// Notes how a command goes.
    pub(crate) fn note(&mut self, id: CauseId, progress: &CommandProgress) {
        let at = self.asked.binary_search_by_key(&id, |link| link.cause.id);
        if let Some(link) = at.ok().and_then(|at| self.asked.get_mut(at)) {
            link.progress = Some(progress.clone());
        }
    }

    /// The chain from this link up, as far as it is remembered.
    pub(crate) fn chain(&self, id: Option<CauseId>) -> Vec<Link> {
        let first = id.and_then(|id| self.find(id));
        let up = |link: &&Link| link.cause.parent.and_then(|parent| self.find(parent));
        std::iter::successors(first, up)
            .take(LONGEST_ANSWER)
            .cloned()
            .collect()
    }

    pub(crate) fn find(&self, id: CauseId) -> Option<&Link> {
        let find = |links: &VecDeque<Link>| {
            let at = links.binary_search_by_key(&id, |link| link.cause.id);
            at.ok()
        };
        match find(&self.asked) {
            Some(at) => self.asked.get(at),
            None => find(&self.told).and_then(|at| self.told.get(at)),
        }
    }

    fn cause(&mut self, origin: Origin, parent: Option<CauseId>, now: Now) -> Cause {
        let id = CauseId(self.next);
        self.next += 1;
        Cause {
            id,
            parent,
            depth: self.depth_under(parent),
            origin,
            at: now.wall,
        }
    }
}

fn keep(links: &mut VecDeque<Link>, cause: Cause, command: Option<Arc<Command>>) {
    if links.len() >= LINKS_KEPT {
        links.pop_front();
    }
    links.push_back(Link {
        cause,
        command,
        progress: None,
    });
}
