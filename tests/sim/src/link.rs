//! The link between the hub and the lamps.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hub_model::{CauseId, NodeId, Report};

use crate::chance::Chance;
use crate::lamp::Ask;

/// How bad the link is.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Parcels lost, of a hundred.
    pub loss: u8,
    /// Parcels that come twice, of a hundred.
    pub repeats: u8,
    /// The longest delay; each parcel has its own, so they overtake each other.
    pub delay: Duration,
}

/// What travels.
#[derive(Clone, Debug)]
pub enum Parcel {
    /// The hub asks a lamp.
    Ask(NodeId, CauseId, Ask),
    /// A lamp answers that it obeyed.
    Answer(NodeId, CauseId),
    /// A lamp tells its state.
    Tell(Report),
}

/// See the module.
#[derive(Debug)]
pub struct Link {
    weather: Weather,
    chance: Chance,
    sent: u64,
    travelling: BTreeMap<(Instant, u64), Parcel>,
}

impl Parcel {
    /// The lamp at its one end.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        match self {
            Self::Ask(node, ..) | Self::Answer(node, _) => *node,
            Self::Tell(report) => report.node,
        }
    }
}

impl Link {
    /// A link with nothing on it.
    #[must_use]
    pub const fn new(weather: Weather, chance: Chance) -> Self {
        Self {
            weather,
            chance,
            sent: 0,
            travelling: BTreeMap::new(),
        }
    }

    /// From now on it loses, repeats and delays nothing; what travels still comes.
    pub const fn heal(&mut self) {
        self.weather = Weather {
            loss: 0,
            repeats: 0,
            delay: Duration::ZERO,
        };
    }

    /// Takes a parcel at a moment.
    pub fn send(&mut self, parcel: &Parcel, at: Instant) {
        if self.chance.in_hundred(self.weather.loss) {
            return;
        }
        self.carry(parcel, at);
        if self.chance.in_hundred(self.weather.repeats) {
            self.carry(parcel, at);
        }
    }

    /// Loses all that travels to or from a lamp.
    pub fn cut(&mut self, node: NodeId) {
        self.travelling.retain(|_, parcel| parcel.node() != node);
    }

    /// When the next parcel comes.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.travelling.keys().next().map(|(at, _)| *at)
    }

    /// A parcel that has come.
    pub fn arrived(&mut self, now: Instant) -> Option<Parcel> {
        let first = self.travelling.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    fn carry(&mut self, parcel: &Parcel, at: Instant) {
        let longest = u64::try_from(self.weather.delay.as_millis()).unwrap_or(u64::MAX);
        let delay = Duration::from_millis(self.chance.below(longest.saturating_add(1)));
        self.sent += 1;
        self.travelling
            .insert((at + delay, self.sent), parcel.clone());
    }
}
