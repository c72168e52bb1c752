//! Who may dial now: a bounded number of nodes at a time, in the order they asked.
//!
//! A place is held from the first handshake message to the live subscription. It is given up
//! after a second of silence, so dead nodes, however many, do not keep living ones waiting.

use std::collections::{BTreeSet, VecDeque};

use hub_model::NodeId;

/// The queue and the places.
#[derive(Debug)]
pub(crate) struct Dials {
    places: usize,
    taken: BTreeSet<NodeId>,
    urgent: VecDeque<NodeId>,
    ordinary: VecDeque<NodeId>,
}

impl Dials {
    pub(crate) const fn new(places: usize) -> Self {
        Self {
            places,
            taken: BTreeSet::new(),
            urgent: VecDeque::new(),
            ordinary: VecDeque::new(),
        }
    }

    /// Waits for a place; an urgent one before all ordinary ones.
    pub(crate) fn enter(&mut self, node: NodeId, urgent: bool) {
        self.leave_queue(node);
        if urgent {
            self.urgent.push_back(node);
        } else {
            self.ordinary.push_back(node);
        }
    }

    /// The next node, if there is a place for it; it has taken the place.
    pub(crate) fn next(&mut self) -> Option<NodeId> {
        if self.taken.len() >= self.places {
            return None;
        }
        let node = self
            .urgent
            .pop_front()
            .or_else(|| self.ordinary.pop_front())?;
        self.taken.insert(node);
        Some(node)
    }

    /// Gives the place up.
    pub(crate) fn release(&mut self, node: NodeId) {
        self.taken.remove(&node);
    }

    /// Neither waits nor holds a place any longer.
    pub(crate) fn forget(&mut self, node: NodeId) {
        self.release(node);
        self.leave_queue(node);
    }

    fn leave_queue(&mut self, node: NodeId) {
        self.urgent.retain(|waiting| *waiting != node);
        self.ordinary.retain(|waiting| *waiting != node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_urgent_nodes_go_first() {
        let mut dials = Dials::new(2);
        for node in 1..=4 {
            dials.enter(NodeId(node), false);
        }
        dials.enter(NodeId(5), true);
        assert_eq!(dials.next(), Some(NodeId(5)));
        assert_eq!(dials.next(), Some(NodeId(1)));
        assert_eq!(dials.next(), None);
        dials.release(NodeId(5));
        dials.forget(NodeId(2));
        dials.enter(NodeId(3), true);
        assert_eq!(dials.next(), Some(NodeId(3)));
        dials.forget(NodeId(3));
        assert_eq!(dials.next(), Some(NodeId(4)));
    }
}
