//! What every store of history must keep, as a suite that each one runs against itself.
//!
//! A store's tests give the suite a [`Subject`]: how to open a store at a place. Each check has places
//! of its own and says in words what was broken. The longest check does a thousand random things to
//! the store and to [`MemoryHistory`](crate::MemoryHistory), and compares what they answer.

mod chance;
mod checks;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::store::{HistoryStore, StoreError};

/// A store that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Arc<dyn HistoryStore>> + Send>>;

/// A kind of store under test.
pub struct Subject<'a> {
    /// Opens the store at a place: an empty one, when nothing was opened there before. The one that
    /// was open there is closed by then.
    pub open: &'a (dyn Fn(u32) -> Opening + Sync),
    /// Whether what was kept is there when a place is opened again.
    pub lasts: bool,
}

/// What a store did not keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {what}")]
pub struct Broken {
    /// The check.
    pub check: &'static str,
    /// What was wrong.
    pub what: String,
}

/// Runs every check.
///
/// # Errors
/// The first thing that the store does not keep.
pub async fn run_all(subject: &Subject<'_>) -> Result<(), Broken> {
    checks::ids_stay(subject).await?;
    checks::the_last_of_a_millisecond_stands(subject).await?;
    checks::every_value_comes_back_as_it_was(subject).await?;
    checks::stray_ids_are_refused_and_nothing_is_kept(subject).await?;
    checks::long_reads_come_in_pieces(subject).await?;
    checks::late_days_are_told_until_mended(subject).await?;
    checks::rollups_take_each_others_place(subject).await?;
    checks::what_expires_is_gone_and_the_rest_is_not(subject).await?;
    checks::extreme_moments_are_kept(subject).await?;
    checks::a_closed_store_refuses(subject).await?;
    for seed in 1..=3 {
        chance::answers_as_the_plainest_does(subject, seed).await?;
    }
    Ok(())
}

/// One check, at work.
struct Check<'a> {
    name: &'static str,
    subject: &'a Subject<'a>,
    place: u32,
    store: Arc<dyn HistoryStore>,
}

impl<'a> Check<'a> {
    async fn begin(name: &'static str, subject: &'a Subject<'a>, place: u32) -> Self {
        let store = (subject.open)(place).await;
        Self {
            name,
            subject,
            place,
            store,
        }
    }

    /// Closes the store and opens it again, when it lasts.
    async fn reopen(&mut self) {
        if self.subject.lasts {
            self.store.close().await;
            self.store = (self.subject.open)(self.place).await;
        }
    }

    /// What a call gave, which must not fail.
    fn done<T>(&self, answer: Result<T, StoreError>) -> Result<T, Broken> {
        answer.map_err(|error| self.broken(error.to_string()))
    }

    fn same<T: PartialEq + fmt::Debug>(
        &self,
        what: &str,
        found: &T,
        wanted: &T,
    ) -> Result<(), Broken> {
        if found == wanted {
            return Ok(());
        }
        Err(self.broken(format!("{what}: {found:?} instead of {wanted:?}")))
    }

    const fn broken(&self, what: String) -> Broken {
        Broken {
            check: self.name,
            what,
        }
    }

    async fn end(self) -> Result<(), Broken> {
        self.store.close().await;
        Ok(())
    }
}
