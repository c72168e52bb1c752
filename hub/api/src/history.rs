//! The past, as the API tells it: which series are meant, their names, and what they were.
//!
//! Not here: what a series was (`recorder`), and the routes (`handler`).

pub(crate) mod choose;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod moment;
pub(crate) mod question;
pub(crate) mod tell;
pub(crate) mod then;
pub(crate) mod title;

use std::sync::Arc;

use recorder::{HistoryHandle, Retention};

use self::import::HistoryImport;

/// The past that the API answers for.
#[derive(Clone)]
pub struct KeptHistory {
    /// Who knows it.
    pub handle: HistoryHandle,
    /// How long what is kept, as it was set up.
    pub retention: Retention,
    /// Who takes in the past of another hub.
    pub import: Arc<dyn HistoryImport>,
}

impl std::fmt::Debug for KeptHistory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptHistory")
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
