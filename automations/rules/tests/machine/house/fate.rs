//! The hub's own fate: it stops, starts and misses events.

use std::time::Duration;

use hub_model::{Now, Timestamp};

use super::{House, look, start};

impl House {
    /// The hub stops, and starts after a while; the devices say that they are there.
    pub(crate) fn restart(&mut self, off: Duration) {
        self.crash();
        self.boot(self.now + off);
        self.connect();
    }

    /// The hub stops, just like that.
    pub(crate) fn crash(&mut self) {
        if !self.is_down {
            self.keep_values();
        }
        self.is_down = true;
        self.link.clear();
    }

    pub(super) fn keep_values(&mut self) {
        let snapshot = look(&self.engine);
        let paths = snapshot
            .nodes
            .iter()
            .flat_map(|node| node.values.iter().map(|v| v.path));
        self.disk.values = paths
            .filter_map(|path| self.engine.stored_value(&path))
            .collect();
    }

    /// The hub is to stop when next there is something to store, before it is.
    pub(crate) fn crash_before_writes(&mut self) {
        self.fuse = true;
    }

    pub(crate) fn is_down(&self) -> bool {
        self.is_down
    }

    /// The hub starts.
    pub(crate) fn boot(&mut self, now: Now) {
        assert!(self.is_down);
        self.now = now;
        self.is_down = false;
        self.fuse = false;
        self.boot += 1;
        self.asked.clear();
        (self.engine, self.machine) = start(&self.disk, &self.place, now);
        self.after_machine();
        self.pump();
    }

    /// The hub starts after a while.
    pub(crate) fn boot_after(&mut self, off: Duration) {
        self.boot(self.now + off);
    }

    /// The hub starts after a while, by its wall clock at another moment.
    pub(crate) fn boot_at(&mut self, off: Duration, wall: Timestamp) {
        let now = Now {
            mono: self.now.mono + off,
            wall,
        };
        self.boot(now);
    }

    /// The hub missed events of its engine: it takes a fresh look.
    pub(crate) fn gap(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        self.is_down = true;
        meanwhile(self);
        while self.engine.poll_event().is_some() {}
        self.is_down = false;
        self.machine.handle_gap(look(&self.engine), self.now);
        self.after_machine();
        self.pump();
    }

    /// Time passes for the engine and the devices alone.
    pub(crate) fn wait_blind(&mut self, span: Duration) {
        self.now = self.now + span;
        while let Some(first) = self.link.first_entry()
            && first.key().0 <= self.now.mono
        {
            let output = first.remove();
            self.bridge(output);
        }
        self.engine.handle_timeout(self.now);
        self.pump();
    }
}
