//! How the recording is, for people and for those who count.

use hub_model::Timestamp;
use hub_runtime::{Counter, Gauge, Meters};
use tokio::sync::watch;

/// How the recording is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What is wrong, when something is.
    pub trouble: Option<Trouble>,
    /// Whether the hub's clock shows something that cannot be.
    pub clock_doubted: bool,
    /// When something was written down last.
    pub written_at: Option<Timestamp>,
}

/// What is wrong with the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Since when.
    pub since: Timestamp,
    /// Why, in words.
    pub why: String,
    /// Samples that wait to be written down.
    pub waiting: usize,
    /// Samples for which there was no room.
    pub lost: u64,
}

/// The recorder's side of its health.
pub(crate) struct Pulse {
    told: watch::Sender<Health>,
    written: Counter,
    failures: Counter,
    lost: Counter,
    waiting: Gauge,
}

impl Pulse {
    pub(crate) fn new(meters: &Meters) -> (Self, watch::Receiver<Health>) {
        let (told, health) = watch::channel(Health::default());
        let counter = |name, help| meters.counter(name, help, &[]);
        let pulse = Self {
            told,
            written: counter(
                "ingle_history_samples_written_total",
                "Samples that were written down.",
            ),
            failures: counter(
                "ingle_history_write_failures_total",
                "Times that samples could not be written down.",
            ),
            lost: counter(
                "ingle_history_samples_lost_total",
                "Samples that were lost, since they could not be written down for too long.",
            ),
            waiting: meters.gauge(
                "ingle_history_samples_waiting",
                "Samples that wait to be written down.",
                &[],
            ),
        };
        (pulse, health)
    }

    #[expect(clippy::cast_precision_loss, reason = "a bounded number of samples")]
    pub(crate) fn waiting(&self, samples: usize) {
        self.waiting.set(samples as f64);
    }

    pub(crate) fn wrote(&self, samples: usize, at: Timestamp) {
        self.written.add(u64::try_from(samples).unwrap_or(u64::MAX));
        self.told.send_modify(|health| {
            health.trouble = None;
            health.written_at = Some(at);
        });
    }

    pub(crate) fn failed(&self, why: String, waiting: usize, at: Timestamp) {
        self.failures.increment();
        self.told.send_modify(|health| {
            let trouble = health.trouble.get_or_insert_with(|| Trouble {
                since: at,
                why: String::new(),
                waiting: 0,
                lost: 0,
            });
            trouble.why = why;
            trouble.waiting = waiting;
        });
    }

    pub(crate) fn lost(&self, samples: u64) {
        self.lost.add(samples);
        self.told.send_modify(|health| {
            if let Some(trouble) = &mut health.trouble {
                trouble.lost += samples;
            }
        });
    }

    pub(crate) fn clock(&self, is_doubted: bool) {
        self.told.send_if_modified(|health| {
            let is_new = health.clock_doubted != is_doubted;
            health.clock_doubted = is_doubted;
            is_new
        });
    }
}
