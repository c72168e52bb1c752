//! What becomes of a recorder's database that Home Assistant made, in a home without devices:
//! `cargo run --release -p hub-store --example ha_recorder FILE`. Nothing is kept.
#![expect(clippy::print_stdout, reason = "a report for people")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use history_import::{EntityTable, Importer, Past, Plan, Settings};
use hub_engine::{Home, Snapshot};
use hub_store::HaRecorder;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("name the file")?;
    let recorder = HaRecorder::open(Path::new(&file))?;
    let (entities, statistics) = (recorder.entities()?, recorder.statistics()?);
    let home = Snapshot {
        seq: 0,
        home: Arc::new(Home::default()),
        nodes: Vec::new(),
        jobs: Vec::new(),
    };
    let (table, settings) = (EntityTable::empty(), Settings::default());
    let plan = Plan::new(&table, &home, &entities, &statistics, settings);
    let past = Past {
        outages: recorder.outages()?,
        unmigrated: recorder.unmigrated()?,
        ..Past::default()
    };
    let mut importer = Importer::new(plan, &past);
    let mut pages = recorder.states(&entities);
    while let Some(page) = pages.next_page()? {
        importer.states(page);
    }
    let mut pages = recorder.hours(&statistics);
    while let Some(page) = pages.next_page()? {
        importer.hours(page);
    }
    println!(
        "schema {}, {} outages",
        recorder.schema(),
        past.outages.len()
    );
    println!("{}", importer.finish().report);
    Ok(())
}
