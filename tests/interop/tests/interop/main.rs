//! What must hold between the built hub and matter.js devices. One module a concern.

mod attestation;
mod bridges;
mod codes;
mod control;
mod interruption;
mod recovery;
mod removal;
