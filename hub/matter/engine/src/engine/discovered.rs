//! What DNS-SD heard, handed to whom it concerns.

use std::net::SocketAddr;

use hub_model::Now;
use tracing::debug;

use super::Engine;
use crate::discovery::{Discovered, Location};

impl Engine {
    pub(super) fn discovered(&mut self, discovered: Discovered, now: Now) {
        match discovered {
            Discovered::Commissionable {
                job,
                instance,
                at,
                vendor_product,
                open,
            } => {
                if open {
                    self.found(job, instance, &at, vendor_product, now);
                }
            }
            Discovered::Operational { node, at, fresh } => self.heard_at(node, &at, fresh, now),
            // It may be a goodbye in somebody else's name: what counts is whether it answers.
            Discovered::Gone { node } => {
                debug!(%node, "it said goodbye");
                self.probe(node, now);
            }
        }
    }
}

impl Location {
    /// Where to send datagrams, the likeliest first.
    pub(crate) fn socket_addrs(&self) -> Vec<SocketAddr> {
        self.addresses
            .iter()
            .map(|address| address.with_port(self.port))
            .collect()
    }
}
