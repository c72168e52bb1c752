//! What passes between the engine and its shell, beside datagrams and the hub's own messages.
//!
//! Not here: finding devices (`discovery`), what a stored record holds (`record`).

use std::net::SocketAddr;

use hub_model::{BridgeOutput, Secret};

use crate::discovery::Discover;

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// To whom.
    pub to: SocketAddr,
    /// All of it.
    pub datagram: Vec<u8>,
}

/// What the engine wants done or known.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// For the hub, in order.
    Bridge(BridgeOutput),
    /// For the DNS-SD querier.
    Discover(Discover),
    /// Carry out all changes or none; answer with [`crate::Engine::handle_stored`]. Several may
    /// be asked for before the first is answered: they must be carried out in order.
    Store {
        /// Names the request.
        token: StoreToken,
        /// What to change, in this bridge's space.
        changes: Vec<RecordChange>,
    },
}

/// Names one request to store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreToken(pub u64);

/// One change of a stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// Write the record, new or not.
    Put {
        /// Its key.
        key: String,
        /// Its value; holds session secrets.
        value: Secret<Vec<u8>>,
    },
    /// Delete the record, if there.
    Delete {
        /// Its key.
        key: String,
    },
}
