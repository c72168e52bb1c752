//! What rules had to say to people: the last of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hub_model::Timestamp;
use rules::machine::Told;
use rules::trace::RunId;

/// Notices that are kept.
const KEPT: usize = 200;

/// Something that a rule, or the hub about a rule, had to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// The rule.
    pub rule: Arc<str>,
    /// The run that said it; none when it is about the rule itself.
    pub run: Option<RunId>,
    /// Whom it is for; everybody when none.
    pub to: Option<Arc<str>>,
    /// What.
    pub message: Arc<str>,
}

/// The last notices. Clones are the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(Arc<Mutex<VecDeque<Notice>>>);

impl Notices {
    /// Keeps what is a notice.
    pub(crate) fn hear(&self, told: &Told, at: Timestamp) {
        let notice = match told {
            Told::Notice {
                rule,
                run,
                to,
                message,
            } => Notice {
                at,
                rule: Arc::clone(rule),
                run: Some(*run),
                to: to.clone(),
                message: Arc::clone(message),
            },
            Told::Paused { rule, owner, why } => Notice {
                at,
                rule: Arc::clone(rule),
                run: None,
                to: owner.clone(),
                message: format!("the rule is paused: {why}").into(),
            },
            _ => return,
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(notice);
    }

    /// The last ones, newest first.
    pub(crate) fn list(&self) -> Vec<Notice> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().cloned().collect()
    }
}
