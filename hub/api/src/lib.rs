//! HTTP, WebSocket and the Unix socket: the hub's interface for pages, programs and people.
//!
//! A thin shell around the hub's handle: it reads what is asked, submits it in the name of whoever
//! asks, and answers in the words of [`dto`]. Every error is a [`Problem`] with the next action.
//! Nothing here decides; who may do what is the hub's business.
//!
//! Not here: the page's files (given as [`Assets`]), users and sessions (until there are, the two
//! doors open for the machine's own console only).

mod assets;
mod body;
pub mod dto;
mod events;
mod guard;
mod handler;
mod history;
mod metrics;
mod openapi;
mod path;
mod problem;
mod routes;
mod secure;
mod server;
mod state;
mod words;

pub use self::history::KeptHistory;
pub use self::history::import::{HistoryImport, ImportAsked, ImportState, NoImport};
pub use assets::{Asset, Assets, NoAssets};
pub use body::parse;
pub use openapi::description;
pub use problem::{Findings, Problem};
pub use server::{About, ApiConfig, BadFiles, Bound, ServeError, serve};
