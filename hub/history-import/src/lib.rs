//! The recorded past of Home Assistant as samples and roll-ups of ours, with an honest report.
//!
//! The entities of the other hub and a table that says which of our devices they are (the same table
//! that the import of automations uses) make a [`Plan`]: which series each becomes. An [`Importer`]
//! then takes the rows of states and statistics, in pages, and gives samples and hours of the series;
//! at the end a [`Report`] says what became of each entity and what was left out, and why.
//!
//! What has no place in the home is kept under its own name, if that is wanted. What was only guessed
//! from names waits until someone confirms the table. Nothing is given for times for which the hub has
//! a record of its own, and the same rows given again make the same samples.
//!
//! ```text
//! entities, statistics, table, home → Plan → keys(): when does our own record of them begin?
//! rows, an entity's in time order   → Importer::states, Importer::hours → samples, hours
//!                                     Importer::finish → last samples, Report
//! ```
//!
//! Pure: what was read from the database comes in as rows. What the other hub's database says was
//! taken from its public schema, editions 2023.4 to 2026.11.
//!
//! Not here: reading the database (`hub-store`); its events, logbook and five-minute statistics, which
//! are of the same days as its states.

mod course;
mod hours;
mod importer;
mod number;
mod places;
mod plan;
mod quantity;
mod report;
mod row;
mod source;
mod target;
#[cfg(test)]
mod testing;
mod word;

pub use importer::{Finished, Importer, Past};
pub use plan::{Foreign, Guesses, Plan, Settings};
pub use report::{Dropped, Entry, Outcome, Report, Series, Totals};
pub use row::{Entity, EntityRef, Outage, StateRow, Statistic, StatisticRef, StatisticRow, moment};
pub use rules_import::EntityTable;
