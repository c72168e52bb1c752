//! The Matter fabric's certificates: our own RCAC, ICAC and NOCs, the request a device makes for
//! one, and all chains made readable.
//!
//! Pure: randomness comes in as [`Random`], time as [`hub_model::Timestamp`]; signatures are
//! deterministic (RFC 6979). So the same inputs found the same fabric, byte for byte.
//!
//! Not here: what a device's attestation is worth (`matter-engine`), sealing of keys at rest
//! (`hub-store`).
//!
//! Spec: Matter 1.6 Core §6.4 (node operational credentials), §6.5 (certificates).

pub mod csr;
pub mod fabric;
pub mod key;
pub mod random;
pub mod serial;
pub mod show;
#[cfg(test)]
mod testing;

pub use csr::{CsrError, verify_csr};
pub use fabric::{Fabric, FabricError, FabricId, FabricParts, Founded, IssuedNoc, NocRequest};
pub use key::{P256Key, PublicKey, SignError, Signer};
pub use random::Random;
pub use serial::Serial;
