//! The meters of a reckoning: their order, which is behind which, and what each measured in an atom.

use std::collections::BTreeMap;

use hub_model::Timestamp;

use super::Measured;
use super::result::{Basis, MeterInfo};
use crate::amount::MilliwattHours;
use crate::meter_id::MeterId;
use crate::range::Range;
use crate::settings::{MeterSettings, Role, Settings};
use crate::slice::{Quality, Slice};

/// The meters that are not ignored, those behind others before those.
pub(super) struct Carriers<'a> {
    list: Vec<Carrier<'a>>,
}

/// A meter on its way through time.
pub(super) struct Carrier<'a> {
    measured: &'a Measured,
    told: MeterSettings,
    /// The place in the list of the meter behind which it is, which is later.
    parent: Option<usize>,
    /// The slices that are not over yet.
    rest: &'a [Slice],
}

/// What was in a stretch of time over which no meter's slice begins or ends.
pub(super) struct Atom {
    pub(super) length_us: i64,
    /// One for each carrier, in the same order.
    pub(super) flows: Vec<Flow>,
}

/// What one meter measured in an atom.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    /// What the meter itself said, turned round if it is reversed.
    pub(super) imported: MilliwattHours,
    pub(super) exported: MilliwattHours,
    /// Of a device: all that went through it.
    pub(super) used: MilliwattHours,
    /// Of a device: what went through the meters behind it.
    pub(super) behind: MilliwattHours,
    /// None when it said nothing.
    pub(super) quality: Option<Quality>,
}

impl<'a> Carriers<'a> {
    pub(super) fn new(settings: &Settings, measured: &'a [Measured]) -> Self {
        let told: BTreeMap<MeterId, MeterSettings> = settings
            .meters()
            .iter()
            .map(|told| (told.meter, *told))
            .collect();
        let of = |meter| {
            told.get(&meter)
                .copied()
                .unwrap_or(MeterSettings::of(meter))
        };
        let mut present: BTreeMap<MeterId, &Measured> = measured
            .iter()
            .map(|measured| (measured.meter, measured))
            .collect();
        present.retain(|meter, _| of(*meter).role != Role::Ignore);
        let ancestors = |meter: MeterId| {
            let parents = std::iter::successors(of(meter).parent, |parent| of(*parent).parent);
            parents.filter(|parent| present.contains_key(parent))
        };
        let mut order: Vec<(usize, MeterId)> = present
            .keys()
            .map(|meter| (ancestors(*meter).count(), *meter))
            .collect();
        order.sort_by_key(|(depth, meter)| (std::cmp::Reverse(*depth), *meter));
        let places: BTreeMap<MeterId, usize> =
            (0..).zip(&order).map(|(n, (_, m))| (*m, n)).collect();
        let carrier = |(_, meter): &(usize, MeterId)| {
            let measured = *present.get(meter)?;
            let parent = ancestors(*meter).next();
            Some(Carrier {
                measured,
                told: of(*meter),
                parent: parent.and_then(|parent| places.get(&parent).copied()),
                rest: &measured.slices,
            })
        };
        Self {
            list: order.iter().filter_map(carrier).collect(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Carrier<'a>> {
        self.list.iter()
    }

    pub(super) fn has(&self, role: Role) -> bool {
        self.iter().any(|carrier| carrier.role() == role)
    }

    pub(super) fn basis(&self) -> Basis {
        if self.has(Role::Grid) {
            Basis::Balance
        } else {
            Basis::Devices
        }
    }

    /// Who they are, by their ids.
    pub(super) fn infos(&self) -> Vec<MeterInfo> {
        let info = |carrier: &Carrier<'_>| MeterInfo {
            meter: carrier.id(),
            name: carrier.measured.name.clone(),
            room: carrier.room().map(str::to_owned),
            role: carrier.role(),
            parent: carrier
                .parent
                .and_then(|place| self.list.get(place))
                .map(Carrier::id),
        };
        let mut infos: Vec<MeterInfo> = self.iter().map(info).collect();
        infos.sort_by_key(|info| info.meter);
        infos
    }

    /// Where the first slice after that moment begins or ends, at most `latest`. Moments must ascend.
    pub(super) fn next_border(&mut self, at: Timestamp, latest: Timestamp) -> Timestamp {
        let borders = self
            .list
            .iter_mut()
            .filter_map(|carrier| carrier.border_after(at));
        borders.fold(latest, Timestamp::min)
    }

    /// What was in that atom, which [`Carriers::next_border`] ended.
    pub(super) fn measure(&self, atom: Range) -> Atom {
        let mut flows: Vec<Flow> = self.iter().map(|carrier| carrier.flow(atom)).collect();
        for (place, carrier) in (0..).zip(&self.list) {
            let Some(flow) = flows.get_mut::<usize>(place) else {
                continue;
            };
            if carrier.role() != Role::Device {
                continue;
            }
            flow.used = match flow.quality {
                Some(Quality::Complete) => flow.imported,
                Some(Quality::Partial) | None => flow.imported.max(flow.behind),
            };
            let used = flow.used;
            if let Some(parent) = carrier.parent.and_then(|parent| flows.get_mut(parent)) {
                parent.behind += used;
            }
        }
        Atom {
            length_us: atom.length_us(),
            flows,
        }
    }
}

impl Carrier<'_> {
    pub(super) fn id(&self) -> MeterId {
        self.measured.meter
    }

    pub(super) fn role(&self) -> Role {
        self.told.role
    }

    pub(super) fn room(&self) -> Option<&str> {
        self.measured.room.as_deref()
    }

    /// Whether it is a device that is behind no other.
    pub(super) fn is_top_device(&self) -> bool {
        self.role() == Role::Device && self.parent.is_none()
    }

    fn border_after(&mut self, at: Timestamp) -> Option<Timestamp> {
        let over = self.rest.iter().take_while(|slice| slice.to <= at).count();
        self.rest = self.rest.get(over..).unwrap_or_default();
        let next = self.rest.first()?;
        Some(if next.from > at { next.from } else { next.to })
    }

    fn flow(&self, atom: Range) -> Flow {
        let current = self.rest.first().filter(|slice| slice.from <= atom.from());
        let Some(slice) = current else {
            return Flow::default();
        };
        let since = |at: Timestamp| at.0.saturating_sub(slice.from.0);
        let part = |energy: MilliwattHours| {
            energy.between(since(atom.from()), since(atom.to()), slice.length_us())
        };
        let (imported, exported) = (part(slice.imported), part(slice.exported));
        let (imported, exported) = if self.told.reversed {
            (exported, imported)
        } else {
            (imported, exported)
        };
        Flow {
            imported,
            exported,
            quality: Some(slice.quality),
            ..Flow::default()
        }
    }
}
