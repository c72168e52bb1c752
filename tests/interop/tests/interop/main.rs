//! What must hold between the built hub and devices of other makes. One module a concern.

mod attestation;
mod bridges;
mod codes;
mod control;
mod history;
mod interruption;
mod recovery;
mod removal;
mod rules;
mod virtual_home;
