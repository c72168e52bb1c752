//! Summing up atoms into a period.

use std::collections::BTreeMap;

use super::carrier::{Atom, Carriers};
use super::result::{
    Balance, BandUse, Basis, Battery, Cost, DeviceUse, Grid, Missing, Part, Rest, RoomUse,
};
use crate::amount::MilliwattHours;
use crate::meter_id::MeterId;
use crate::money::{Currency, Money};
use crate::price_line::Priced;
use crate::range::Range;
use crate::settings::Role;
use crate::slice::Quality;
use crate::tariff::Rate;

/// What a period has so far.
pub(super) struct Tally {
    range: Range,
    grid: Grid,
    solar: MilliwattHours,
    battery: Battery,
    devices: MilliwattHours,
    /// One for each carrier, in the same order.
    meters: Vec<MeterTally>,
    cost: BTreeMap<Currency, Cost>,
    unpriced: MilliwattHours,
}

#[derive(Clone, Default)]
struct MeterTally {
    used: MilliwattHours,
    own: MilliwattHours,
    cost: BTreeMap<Currency, Money>,
    missing_us: i64,
    partial_us: i64,
}

impl Tally {
    pub(super) fn new(range: Range, carriers: &Carriers<'_>) -> Self {
        Self {
            range,
            grid: Grid::default(),
            solar: MilliwattHours::ZERO,
            battery: Battery::default(),
            devices: MilliwattHours::ZERO,
            meters: vec![MeterTally::default(); carriers.iter().count()],
            cost: BTreeMap::new(),
            unpriced: MilliwattHours::ZERO,
        }
    }

    /// Adds an atom at its prices.
    pub(super) fn add(&mut self, carriers: &Carriers<'_>, atom: &Atom, prices: Option<Priced<'_>>) {
        let mut bought = MilliwattHours::ZERO;
        let mut sold = MilliwattHours::ZERO;
        let is_balanced = carriers.basis() == Basis::Balance;
        let each = carriers.iter().zip(&atom.flows).zip(&mut self.meters);
        for ((carrier, flow), meter) in each {
            match carrier.role() {
                Role::Grid => {
                    self.grid.imported += flow.imported;
                    self.grid.exported += flow.exported;
                    bought += flow.imported;
                    sold += flow.exported;
                }
                Role::Solar => self.solar += flow.exported,
                Role::Battery => {
                    self.battery.charged += flow.imported;
                    self.battery.discharged += flow.exported;
                }
                Role::Device => {
                    if carrier.is_top_device() {
                        self.devices += flow.used;
                        bought += if is_balanced {
                            MilliwattHours::ZERO
                        } else {
                            flow.used
                        };
                    }
                    meter.add(flow.used, flow.used - flow.behind, prices);
                }
                Role::Ignore => {}
            }
            match flow.quality {
                None => meter.missing_us += atom.length_us,
                Some(Quality::Partial) => meter.partial_us += atom.length_us,
                Some(Quality::Complete) => {}
            }
        }
        self.pay(bought, sold, prices);
    }

    fn pay(&mut self, bought: MilliwattHours, sold: MilliwattHours, prices: Option<Priced<'_>>) {
        let Some(prices) = prices else {
            self.unpriced += bought;
            return;
        };
        let cost = self.cost.entry(prices.tariff.currency).or_default();
        cost.imported += trade(&mut cost.import, prices.import, bought);
        if let Some(rate) = prices.export {
            cost.exported += trade(&mut cost.export, rate, sold);
        }
    }

    /// The period, with the charges of its days.
    pub(super) fn finish(
        mut self,
        carriers: &Carriers<'_>,
        charges: BTreeMap<Currency, Money>,
    ) -> Part {
        for (currency, charge) in charges {
            self.cost.entry(currency).or_default().standing += charge;
        }
        for cost in self.cost.values_mut() {
            cost.net = cost.imported + cost.standing - cost.exported;
        }
        let home = self.balance(carriers);
        Part {
            range: self.range,
            home,
            rest: rest(home.consumption, self.devices),
            rooms: self.rooms(carriers),
            missing: self.missing(carriers),
            devices: self.device_uses(carriers),
            cost: self.cost,
            unpriced: self.unpriced,
        }
    }

    fn balance(&self, carriers: &Carriers<'_>) -> Balance {
        let Self {
            grid,
            solar,
            battery,
            devices,
            ..
        } = self;
        let has_grid = carriers.has(Role::Grid);
        let has_solar = carriers.has(Role::Solar);
        let gained = grid.imported + *solar + battery.discharged;
        let given = grid.exported + battery.charged;
        let consumption = if has_grid { gained - given } else { *devices };
        let share = |without, of| has_grid.then(|| share_without(without, of)).flatten();
        Balance {
            grid: has_grid.then_some(*grid),
            solar: has_solar.then_some(*solar),
            battery: carriers.has(Role::Battery).then_some(*battery),
            consumption,
            self_consumption: share(grid.exported, *solar),
            self_sufficiency: share(grid.imported, consumption).filter(|_| has_solar),
        }
    }

    fn device_uses(&self, carriers: &Carriers<'_>) -> Vec<DeviceUse> {
        let mut uses: Vec<DeviceUse> = self
            .of_devices(carriers)
            .map(|(meter, _, tally)| DeviceUse {
                meter,
                used: tally.used,
                own: tally.own,
                cost: tally.cost.clone(),
            })
            .collect();
        uses.sort_by_key(|device| device.meter);
        uses
    }

    fn rooms(&self, carriers: &Carriers<'_>) -> Vec<RoomUse> {
        let mut rooms: BTreeMap<Option<&str>, MeterTally> = BTreeMap::new();
        for (_, room, tally) in self.of_devices(carriers) {
            let sum = rooms.entry(room).or_default();
            sum.own += tally.own;
            for (currency, money) in &tally.cost {
                *sum.cost.entry(*currency).or_default() += *money;
            }
        }
        let room = |(room, sum): (Option<&str>, MeterTally)| RoomUse {
            room: room.map(str::to_owned),
            used: sum.own,
            cost: sum.cost,
        };
        rooms.into_iter().map(room).collect()
    }

    fn of_devices<'c>(
        &'c self,
        carriers: &'c Carriers<'_>,
    ) -> impl Iterator<Item = (MeterId, Option<&'c str>, &'c MeterTally)> {
        let each = carriers.iter().zip(&self.meters);
        each.filter(|(carrier, _)| carrier.role() == Role::Device)
            .map(|(carrier, tally)| (carrier.id(), carrier.room(), tally))
    }

    fn missing(&self, carriers: &Carriers<'_>) -> Vec<Missing> {
        let each = carriers.iter().zip(&self.meters);
        let mut missing: Vec<Missing> = each
            .filter(|(_, tally)| tally.missing_us > 0 || tally.partial_us > 0)
            .map(|(carrier, tally)| Missing {
                meter: carrier.id(),
                missing_s: tally.missing_us / 1_000_000,
                partial_s: tally.partial_us / 1_000_000,
            })
            .collect();
        missing.sort_by_key(|missing| missing.meter);
        missing
    }
}

impl MeterTally {
    fn add(&mut self, used: MilliwattHours, own: MilliwattHours, prices: Option<Priced<'_>>) {
        self.used += used;
        self.own += own;
        if let Some(prices) = prices {
            let money = prices.import.price.of(own);
            *self.cost.entry(prices.tariff.currency).or_default() += money;
        }
    }
}

/// Adds energy to its band; what it is worth.
fn trade(bands: &mut BTreeMap<String, BandUse>, rate: Rate<'_>, energy: MilliwattHours) -> Money {
    let money = rate.price.of(energy);
    if energy == MilliwattHours::ZERO {
        return money;
    }
    if !bands.contains_key(rate.band) {
        bands.insert(rate.band.to_owned(), BandUse::default());
    }
    if let Some(band) = bands.get_mut(rate.band) {
        band.energy += energy;
        band.money += money;
    }
    money
}

fn rest(home: MilliwattHours, devices: MilliwattHours) -> Rest {
    Rest {
        used: (home - devices).max(MilliwattHours::ZERO),
        excess: (devices - home).max(MilliwattHours::ZERO),
    }
}

/// The share of `of` that is left without `without`, 0 to 1; none of nothing.
fn share_without(without: MilliwattHours, of: MilliwattHours) -> Option<f64> {
    let share = 1.0 - without.kwh() / of.kwh();
    (of > MilliwattHours::ZERO).then_some(share.clamp(0.0, 1.0))
}
