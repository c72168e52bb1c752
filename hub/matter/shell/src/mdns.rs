//! A small multicast DNS querier: one for the whole hub.
//!
//! It exists because a controller needs two things that ready-made ones do not give: to hear that
//! a device announces itself *again* with the same records, which is how a restarted device makes
//! itself known, and to ask for one instance without browsing a whole service.
//!
//! Not here: answering. The hub's own services are advertised by those who offer them.
//! Spec: RFC 6762 (multicast DNS), RFC 6763 (service discovery).

pub(crate) mod message;
pub(crate) mod network;
pub(crate) mod resolver;
