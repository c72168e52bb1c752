//! How the home lives: weather, warmth, one person, and what they do. Pure: the same seed and the
//! same steps give the same life.
//!
//! [`House::step`] lets time pass and tells what changed; [`House::told`] takes what controllers
//! did to devices.

mod person;

use std::time::Duration;

use crate::random::Random;
use person::Person;

/// The rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// With the thermostat.
    Living,
    /// With the plug and the motion sensor.
    Kitchen,
    /// With the bedside button.
    Bedroom,
    /// With the front door.
    Hall,
    /// With the fan.
    Bath,
    /// With the climate sensor.
    Study,
}

impl Room {
    /// All rooms.
    pub const ALL: [Self; 6] = [
        Self::Living,
        Self::Kitchen,
        Self::Bedroom,
        Self::Hall,
        Self::Bath,
        Self::Study,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Living => "Living room",
            Self::Kitchen => "Kitchen",
            Self::Bedroom => "Bedroom",
            Self::Hall => "Hall",
            Self::Bath => "Bath",
            Self::Study => "Study",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// Something that draws power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Load {
    /// In the kitchen; heats when somebody is there, and now and then while it is on.
    CoffeeMachine,
    /// On the bridge: draws a little, always.
    Router,
    /// On the bridge: its compressor comes and goes.
    Fridge,
}

impl Load {
    const ALL: [Self; 3] = [Self::CoffeeMachine, Self::Router, Self::Fridge];

    const fn index(self) -> usize {
        self as usize
    }
}

/// What changed in the house.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Outdoors, in °C.
    Outdoor(f64),
    /// Of a room, in °C.
    Temperature(Room, f64),
    /// Of a room, in percent.
    Humidity(Room, f64),
    /// Whether somebody is in a room.
    Occupied(Room, bool),
    /// Whether the front door is open.
    DoorOpen(bool),
    /// Whether the front door was locked by hand.
    Locked(bool),
    /// The bedside button is held down, or released.
    Button(bool),
    /// What a load draws, in watts.
    Power(Load, f64),
    /// What a load has drawn so far, in watt-hours.
    Energy(Load, f64),
    /// The person switched the reading lamp. The others are the hub's rules' to switch.
    Switched(bool),
    /// The daylight at the window, in lux.
    Daylight(f64),
}

/// What a controller did to a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// The thermostat heats or not.
    Heat(bool),
    /// A load has power or not.
    Powered(Load, bool),
    /// The bathroom fan runs at so many percent.
    Fan(f64),
}

/// The house at one moment.
#[derive(Clone, Debug)]
pub struct House {
    random: Random,
    /// Since midnight.
    day: Duration,
    outdoor: f64,
    temperature: [f64; 6],
    humidity: [f64; 6],
    heating: bool,
    fan: f64,
    loads: [LoadState; 3],
    person: Person,
    told: Told,
}

#[derive(Clone, Copy, Debug, Default)]
struct LoadState {
    powered: bool,
    watts: f64,
    watt_hours: f64,
    /// Until the draw is drawn anew.
    left: f64,
}

/// What was last told, so that only what a sensor would report is.
#[derive(Clone, Debug, Default)]
struct Told {
    outdoor: Option<f64>,
    temperature: [Option<f64>; 6],
    humidity: [Option<f64>; 6],
    daylight: Option<f64>,
    watts: [Option<f64>; 3],
    watt_hours: [Option<f64>; 3],
}

const DAY: f64 = 86_400.0;
/// Seconds in which a room loses two thirds of its difference to the outdoors.
const LOSS: f64 = 3_600.0;
/// How much the heating warms, in °C a second.
const HEATING: f64 = 0.012;
/// Lux below which lamps are wanted.
const DARK: f64 = 200.0;

impl House {
    /// A house with its own life, at this time of day.
    #[must_use]
    pub fn new(seed: u64, day: Duration) -> Self {
        let mut random = Random::new(seed);
        let temperature = Room::ALL.map(|_| random.within(19.0, 20.6));
        let humidity = Room::ALL.map(|_| random.within(42.0, 52.0));
        let mut loads = [LoadState::default(); 3];
        loads.iter_mut().for_each(|load| load.powered = true);
        Self {
            outdoor: outdoor(day.as_secs_f64()),
            random,
            day,
            temperature,
            humidity,
            heating: true,
            fan: 0.0,
            loads,
            person: Person::new(),
            told: Told::default(),
        }
    }

    /// Takes what a controller did.
    pub fn told(&mut self, wish: Wish) {
        match wish {
            Wish::Heat(on) => self.heating = on,
            Wish::Fan(percent) => self.fan = percent,
            Wish::Powered(load, on) => {
                if let Some(load) = self.loads.get_mut(load.index()) {
                    load.powered = on;
                    load.left = 0.0;
                }
            }
        }
    }

    /// Lets time pass; what sensors would report.
    pub fn step(&mut self, dt: Duration) -> Vec<Reading> {
        let mut readings = Vec::new();
        let seconds = dt.as_secs_f64();
        self.day += dt;
        self.weather(&mut readings);
        self.climate(seconds, &mut readings);
        let dark = daylight(self.day.as_secs_f64()) < DARK;
        self.person
            .live(seconds, dark, &mut self.random, &mut readings);
        self.draw(seconds, &mut readings);
        readings
    }

    fn weather(&mut self, readings: &mut Vec<Reading>) {
        let now = self.day.as_secs_f64();
        self.outdoor = outdoor(now);
        if moved(&mut self.told.outdoor, self.outdoor, 0.1) {
            readings.push(Reading::Outdoor(self.outdoor));
        }
        let light = daylight(now);
        let step = (self.told.daylight.unwrap_or(0.0) * 0.1).max(20.0);
        if moved(&mut self.told.daylight, light, step) {
            readings.push(Reading::Daylight(light));
        }
    }

    fn climate(&mut self, seconds: f64, readings: &mut Vec<Reading>) {
        for room in Room::ALL {
            let i = room.index();
            let (Some(t), Some(h)) = (self.temperature.get_mut(i), self.humidity.get_mut(i)) else {
                continue;
            };
            let someone = self.person.is_in(room);
            let heat = if self.heating { HEATING } else { 0.0 };
            let body = if someone { 0.000_8 } else { 0.0 };
            *t += seconds * ((self.outdoor - *t) / LOSS + heat + body);
            let shower = if someone && room == Room::Bath {
                0.15
            } else {
                0.0
            };
            let fan = if room == Room::Bath {
                self.fan / 100.0 * 0.2
            } else {
                0.0
            };
            let rest = 47.0 + self.random.within(-6.0, 6.0);
            *h += seconds * ((rest - *h) / 600.0 + shower - fan * (*h - 40.0) / 40.0);
            *h = h.clamp(25.0, 95.0);
            let (t, h) = (*t, *h);
            if self
                .told
                .temperature
                .get_mut(i)
                .is_some_and(|told| moved(told, t, 0.05))
            {
                readings.push(Reading::Temperature(room, t));
            }
            if self
                .told
                .humidity
                .get_mut(i)
                .is_some_and(|told| moved(told, h, 0.5))
            {
                readings.push(Reading::Humidity(room, h));
            }
        }
    }

    fn draw(&mut self, seconds: f64, readings: &mut Vec<Reading>) {
        for load in Load::ALL {
            let i = load.index();
            let Some(state) = self.loads.get_mut(i) else {
                continue;
            };
            // Who is in the kitchen makes coffee; else it is kept warm.
            let heats = match self.person.is_in(Room::Kitchen) {
                true => 0.5,
                false => 0.03,
            };
            state.left -= seconds;
            if state.left <= 0.0 {
                state.left = self.random.within(8.0, 25.0);
                state.watts = match (state.powered, load) {
                    (false, _) => 0.0,
                    (_, Load::CoffeeMachine) if self.random.happens(heats) => {
                        self.random.within(950.0, 1350.0)
                    }
                    (_, Load::CoffeeMachine) => self.random.within(1.5, 3.0),
                    (_, Load::Router) => self.random.within(8.0, 13.0),
                    (_, Load::Fridge) if self.random.happens(0.4) => {
                        self.random.within(70.0, 110.0)
                    }
                    (_, Load::Fridge) => self.random.within(1.0, 2.0),
                };
            }
            state.watt_hours += state.watts * seconds / 3600.0;
            let (watts, watt_hours) = (state.watts, state.watt_hours);
            if self
                .told
                .watts
                .get_mut(i)
                .is_some_and(|told| moved(told, watts, 0.1))
            {
                readings.push(Reading::Power(load, watts));
            }
            if self
                .told
                .watt_hours
                .get_mut(i)
                .is_some_and(|told| moved(told, watt_hours, 0.5))
            {
                readings.push(Reading::Energy(load, watt_hours));
            }
        }
    }
}

/// Whether a value has moved by a step since it was told; then it is told.
fn moved(told: &mut Option<f64>, now: f64, step: f64) -> bool {
    let moved = told.is_none_or(|told| (told - now).abs() >= step);
    if moved {
        *told = Some(now);
    }
    moved
}

/// °C outdoors: coldest at five, warmest at three in the afternoon.
fn outdoor(second: f64) -> f64 {
    let turn = (second / DAY - 15.0 / 24.0) * std::f64::consts::TAU;
    8.0 + 5.0 * turn.cos()
}

/// Lux at the window.
fn daylight(second: f64) -> f64 {
    let turn = (second / DAY - 0.5) * std::f64::consts::TAU;
    (turn.cos() + 0.1).max(0.0) * 9_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Duration = Duration::from_secs(12 * 3600);
    const STEP: Duration = Duration::from_millis(500);

    fn life(seed: u64, steps: usize) -> Vec<Reading> {
        let mut house = House::new(seed, NOON);
        (0..steps).flat_map(|_| house.step(STEP)).collect()
    }

    #[test]
    fn the_same_seed_lives_the_same_life() {
        assert_eq!(life(7, 2000), life(7, 2000));
        assert_ne!(life(7, 2000), life(8, 2000));
    }

    #[test]
    fn temperature_moves_within_a_minute_and_nothing_floods() {
        let minute = life(1, 120);
        let temperatures = minute
            .iter()
            .filter(|r| matches!(r, Reading::Temperature(Room::Living, _)));
        assert!(temperatures.count() >= 3);
        // Six rooms and all else: below four a second.
        assert!(minute.len() < 240, "{} readings", minute.len());
    }

    #[test]
    fn somebody_walks_presses_and_goes_out() {
        let hour = life(3, 7200);
        let has = |wanted: fn(&Reading) -> bool| hour.iter().any(wanted);
        assert!(has(|r| matches!(r, Reading::Occupied(Room::Kitchen, true))));
        assert!(has(|r| matches!(r, Reading::DoorOpen(true))));
        assert!(has(|r| matches!(r, Reading::Button(true))));
        assert!(has(|r| matches!(
            r,
            Reading::Energy(Load::CoffeeMachine, _)
        )));
    }

    #[test]
    fn heating_warms_and_its_end_cools() {
        let mut house = House::new(1, NOON);
        let before = house.temperature[0];
        (0..240).for_each(|_| drop(house.step(STEP)));
        let warm = house.temperature[0];
        house.told(Wish::Heat(false));
        (0..240).for_each(|_| drop(house.step(STEP)));
        assert!(warm > before && house.temperature[0] < warm);
    }

    #[test]
    fn values_stay_sane_for_a_day() {
        let mut house = House::new(5, NOON);
        for _ in 0..24 * 3600 {
            let warm = house.temperature[0] > 21.0;
            house.told(Wish::Heat(!warm));
            house.step(Duration::from_secs(1));
        }
        assert!(house.temperature.iter().all(|t| (10.0..30.0).contains(t)));
        assert!(house.humidity.iter().all(|h| (25.0..=95.0).contains(h)));
    }
}
