//! Bringing over what a damaged file still holds: its blocks and roll-ups whose checksums are right, little
//! by little. What was salvaged counts as older than all that was written since.
//!
//! A part of the file that cannot be read is stepped over: the first key behind it is searched for.

mod rows;
mod source;

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use history::codec::block;
use history::rollup::Period;
use rusqlite::{Connection, Transaction, params};
use tracing::{info, warn};

pub(super) use source::Source;

use self::rows::{Place, Row, Rows};
use super::fault::Fault;
use super::past::Past;
use super::rollups;
use super::segment::{BUILDING, LIVE, Segment, Writer};

/// A file from which all that can be read is brought over.
pub(super) struct Salvage {
    source: Source,
    /// The highest number of a series that was known then: what is of others is not brought over.
    known: u32,
    /// The segments that are done, by their place.
    done: i64,
    work: Option<Work>,
    samples: u64,
    lost: u64,
}

/// What is left to do.
struct Work {
    segments: VecDeque<Segment>,
    chunks: VecDeque<(Period, i64)>,
    /// What is being brought over, and how far it is.
    at: Option<At>,
}

enum At {
    Segment(Writer, Rows),
    Chunk(Period, i64, Rows),
}

impl Salvage {
    /// Of what is known by now, series up to `known`.
    pub(super) const fn new(source: Source, known: u32) -> Self {
        Self {
            source,
            known,
            done: i64::MIN,
            work: None,
            samples: 0,
            lost: 0,
        }
    }

    /// Those that were under way when the file was closed.
    pub(super) fn left(connection: &Connection, path: &Path) -> rusqlite::Result<VecDeque<Self>> {
        let mut statement = connection.prepare("SELECT file, known, done FROM salvage")?;
        let rows = statement.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
        })?;
        let mut left = VecDeque::new();
        for row in rows {
            let (name, known, done) = row?;
            match Source::of_file(&path.with_file_name(&name)) {
                Ok(source) => left.push_back(Self {
                    done,
                    ..Self::new(source, known)
                }),
                Err(error) => {
                    warn!(%error, aside = name, "nothing of the damaged history can be read")
                }
            }
        }
        Ok(left)
    }

    /// Says in a file what is to be brought over to it.
    pub(super) fn save(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        let Some(name) = self.source.name() else {
            return Ok(());
        };
        let sql = "INSERT OR REPLACE INTO salvage (file, known, done) VALUES (?1, ?2, ?3)";
        to.execute(sql, params![name, self.known, self.done])?;
        Ok(())
    }

    /// Brings over the notes and the late days.
    pub(super) fn bring_notes(&self, to: &Transaction<'_>) -> rusqlite::Result<()> {
        for (name, text) in self.source.notes() {
            let sql = "INSERT OR IGNORE INTO note (name, text) VALUES (?1, ?2)";
            to.execute(sql, [name, text])?;
        }
        for (series, day, stamp) in self.source.late() {
            let sql = "INSERT OR IGNORE INTO late (series, day, stamp) VALUES (?1, ?2, ?3)";
            to.execute(sql, params![series, day, stamp])?;
        }
        Ok(())
    }

    fn work(&mut self) -> &mut Work {
        let (source, done) = (&self.source, self.done);
        self.work.get_or_insert_with(|| Work {
            segments: source
                .segments()
                .into_iter()
                .filter(|segment| segment.seq > done)
                .collect(),
            chunks: source.chunks().into(),
            at: None,
        })
    }

    /// Brings over rows until the deadline. Returns a segment that became whole, or whether all is done.
    fn step(&mut self, to: &Transaction<'_>, deadline: Instant) -> Result<Step, Fault> {
        while hub_runtime::clock::now().mono < deadline {
            let Some(at) = self.next_at(to)? else {
                if let Some(name) = self.source.name() {
                    to.execute("DELETE FROM salvage WHERE file = ?1", [name])?;
                }
                return Ok(Step::Done);
            };
            match at {
                At::Segment(mut writer, mut rows) => {
                    let Some(some) = rows.next(self.source.connection(), &mut self.lost) else {
                        return self.end_segment(to, writer);
                    };
                    for row in some {
                        self.bring_block(to, &mut writer, &row)?;
                    }
                    self.work().at = Some(At::Segment(writer, rows));
                }
                At::Chunk(period, chunk, mut rows) => {
                    let Some(some) = rows.next(self.source.connection(), &mut self.lost) else {
                        continue;
                    };
                    for row in some {
                        self.bring_rollups(to, period, chunk, &row)?;
                    }
                    self.work().at = Some(At::Chunk(period, chunk, rows));
                }
            }
        }
        Ok(Step::Some)
    }

    fn next_at(&mut self, to: &Transaction<'_>) -> Result<Option<At>, Fault> {
        let work = self.work();
        if let Some(at) = work.at.take() {
            return Ok(Some(at));
        }
        if let Some(segment) = work.segments.pop_front() {
            let writer = Writer::new(segment.id, segment.seq, segment.level);
            writer.segment.save(to, BUILDING)?;
            let rows = Rows::of(Place::Segment(segment.id));
            return Ok(Some(At::Segment(writer, rows)));
        }
        Ok(work.chunks.pop_front().map(|(period, chunk)| {
            let place = Place::Chunk(rollups::code(period), chunk);
            At::Chunk(period, chunk, Rows::of(place))
        }))
    }

    fn end_segment(&mut self, to: &Transaction<'_>, writer: Writer) -> Result<Step, Fault> {
        let segment = writer.segment;
        self.done = segment.seq;
        self.samples += segment.samples;
        self.save(to)?;
        if segment.samples == 0 {
            to.execute("DELETE FROM segment WHERE id = ?1", [segment.id])?;
            return Ok(Step::Some);
        }
        segment.save(to, LIVE)?;
        Ok(Step::Segment(segment))
    }

    fn bring_block(
        &mut self,
        to: &Transaction<'_>,
        writer: &mut Writer,
        row: &Row,
    ) -> Result<(), Fault> {
        let head = block::head(&row.octets).ok();
        let head = head.filter(|head| head.first.as_millis() == row.first);
        let Some(head) = head.filter(|_| (1..=self.known).contains(&row.series)) else {
            self.lost += 1;
            return Ok(());
        };
        let span = (row.first, head.last.as_millis());
        writer.put_block(to, row.series, span, head.samples, &row.octets)
    }

    fn bring_rollups(
        &mut self,
        to: &Transaction<'_>,
        period: Period,
        chunk: i64,
        row: &Row,
    ) -> Result<(), Fault> {
        let mut all = rollups::decode(&row.octets, period, chunk, row.series);
        if all.is_empty() || !(1..=self.known).contains(&row.series) {
            self.lost += 1;
            return Ok(());
        }
        // What was written since stands.
        all.extend(rollups::load(to, period, chunk, row.series)?);
        rollups::save(to, period, chunk, row.series, all)
    }
}

enum Step {
    Some,
    Segment(Segment),
    Done,
}

impl Past {
    /// Brings over some of what a damaged file holds; returns whether there was something.
    pub(super) fn salvage_some(&mut self, deadline: Instant) -> Result<bool, Fault> {
        let Some(mut salvage) = self.salvage.pop_front() else {
            return Ok(false);
        };
        let step = self.salvage_step(&mut salvage, deadline);
        match step {
            Ok(Step::Done) => {
                let (samples, lost) = (salvage.samples, salvage.lost);
                info!(
                    samples,
                    lost, "what could be read of the damaged history is brought over"
                );
                return Ok(true);
            }
            Ok(Step::Segment(segment)) => {
                self.segments.push(segment);
                self.segments
                    .sort_by_key(|segment| (segment.seq, segment.id));
            }
            Ok(Step::Some) => {}
            Err(_) => salvage.start_segment_again(),
        }
        self.salvage.push_front(salvage);
        step.map(|_| true)
    }

    fn salvage_step(&mut self, salvage: &mut Salvage, deadline: Instant) -> Result<Step, Fault> {
        let transaction = self.begin()?;
        let step = salvage.step(&transaction, deadline)?;
        transaction.commit()?;
        Ok(step)
    }
}

impl Salvage {
    /// What was written in a step that failed is not there: its segment is brought over anew.
    fn start_segment_again(&mut self) {
        self.work = None;
    }
}
