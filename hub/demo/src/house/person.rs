//! The one person of the house: where they are and what they touch.

use super::{Reading, Room};
use crate::random::Random;

/// How many seconds a motion sensor holds.
const HOLD: f64 = 20.0;

/// The one who lives here.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// None is out.
    room: Option<Room>,
    /// Seconds until they do something else.
    left: f64,
    /// Seconds that sensors still see them in each room.
    seen: [f64; 6],
    /// Seconds until the front door is closed.
    door: f64,
    /// What the bedside button still does: seconds from now, and whether it goes down.
    button: Vec<(f64, bool)>,
}

impl Person {
    /// At home, in the living room.
    pub(super) const fn new() -> Self {
        Self {
            room: Some(Room::Living),
            left: 8.0,
            seen: [0.0; 6],
            door: 0.0,
            button: Vec::new(),
        }
    }

    /// Whether they are in the room.
    pub(super) fn is_in(&self, room: Room) -> bool {
        self.room == Some(room)
    }

    /// The person: where they are and what they touch.
    pub(super) fn live(
        &mut self,
        seconds: f64,
        dark: bool,
        random: &mut Random,
        readings: &mut Vec<Reading>,
    ) {
        for room in Room::ALL {
            let here = self.room == Some(room);
            let Some(seen) = self.seen.get_mut(room.index()) else {
                continue;
            };
            let was = *seen > 0.0;
            *seen = if here {
                HOLD
            } else {
                (*seen - seconds).max(0.0)
            };
            if was != (*seen > 0.0) {
                readings.push(Reading::Occupied(room, !was));
            }
        }
        if self.door > 0.0 {
            self.door -= seconds;
            if self.door <= 0.0 {
                readings.push(Reading::DoorOpen(false));
                if self.room.is_none() {
                    readings.push(Reading::Locked(true));
                }
            }
        }
        self.press(seconds, readings);
        self.left -= seconds;
        if self.left <= 0.0 {
            self.go(dark, random, readings);
        }
    }

    fn press(&mut self, seconds: f64, readings: &mut Vec<Reading>) {
        for (left, _) in &mut self.button {
            *left -= seconds;
        }
        // One edge a step, so that a sensor sees each.
        if let Some((left, down)) = self.button.first().copied()
            && left <= 0.0
        {
            readings.push(Reading::Button(down));
            self.button.remove(0);
        }
    }

    /// Goes to another room, out, or home again.
    fn go(&mut self, dark: bool, random: &mut Random, readings: &mut Vec<Reading>) {
        self.left = random.within(25.0, 110.0);
        let from = self.room;
        let next = match from {
            None => Some(Room::Hall),
            Some(Room::Hall) if random.happens(0.35) => None,
            Some(_) => random.pick(&Room::ALL).copied(),
        };
        self.room = next;
        if from.is_none() || next.is_none() {
            if from.is_none() {
                readings.push(Reading::Locked(false));
            }
            readings.push(Reading::DoorOpen(true));
            self.door = random.within(4.0, 9.0);
        }
        match next {
            Some(Room::Bedroom) if self.button.is_empty() => self.plan_press(random),
            Some(Room::Living) if dark || random.happens(0.3) => {
                readings.push(Reading::Switched(true));
            }
            _ => {}
        }
        match from {
            Some(Room::Living) if random.happens(0.5) => {
                readings.push(Reading::Switched(false));
            }
            _ => {}
        }
    }

    /// A short press, two, or a long one.
    fn plan_press(&mut self, random: &mut Random) {
        let begin = random.within(2.0, 6.0);
        let kind = random.unit();
        self.button = if kind < 0.6 {
            vec![(begin, true), (begin + 0.2, false)]
        } else if kind < 0.8 {
            vec![
                (begin, true),
                (begin + 0.1, false),
                (begin + 0.3, true),
                (begin + 0.4, false),
            ]
        } else {
            vec![(begin, true), (begin + 1.6, false)]
        };
    }
}
