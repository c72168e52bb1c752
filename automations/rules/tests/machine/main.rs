//! The machine in a home: a real engine, simulated devices, virtual time, and a hub that stops and
//! starts at the worst of moments. One module for each class of bug that automations are known for,
//! then one for each thing that a rule can say.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, and says where"
)]

mod device;
mod house;

mod actions;
mod answers;
mod blink;
mod boot;
mod chance;
mod clock;
mod edits;
mod fights;
mod late_reports;
mod loops;
mod modes;
mod orders;
mod place;
mod queue;
mod references;
mod restart;
mod rights;
mod scenes;
mod snapshots;
mod summer_time;
mod traces;
mod triggers;
mod units;
