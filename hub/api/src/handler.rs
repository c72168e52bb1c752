//! The handlers, by what they are about. Each is short: read what was asked, ask the hub, answer.

#![expect(unused_qualifications, reason = "utoipa's path macro writes them")]

pub(crate) mod command;
pub(crate) mod device;
pub(crate) mod edit;
pub(crate) mod energy;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod job;
pub(crate) mod node;
pub(crate) mod revision;
pub(crate) mod rule;
pub(crate) mod scene;
pub(crate) mod status;
pub(crate) mod value;
pub(crate) mod why;
