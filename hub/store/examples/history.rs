//! What the history costs: time, memory, and octets on disk and written to it.
//!
//! `cargo run --release -p hub-store --example history [mix|long|slow|wide]`
//!
//! - `mix`: 200,000 changes of 200 series of all sorts, a thousand at a time.
//! - `long`: ten days of 500 sensors, five million samples; then how fast they are read.
//! - `slow`: a day of a home with 50 changes a minute, kept every five seconds.
//! - `wide`: 250,000 series, of which 5,000 change each second, for five minutes.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use history::rollup::{Numbers, Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, EndpointId, NodeId, Timestamp, Value,
};
use hub_runtime::clock;
use hub_store::HistoryDb;
use recorder::{Entry, HistoryStore, SeriesId};

type Done = Result<(), Box<dyn Error>>;

/// When the samples begin.
const START: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let which: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| which.is_empty() || which.iter().any(|which| which == name);
    if wants("mix") {
        mix().await?;
    }
    if wants("long") {
        long().await?;
    }
    if wants("slow") {
        slow().await?;
    }
    if wants("wide") {
        wide().await?;
    }
    Ok(())
}

fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn open(dir: &Path) -> Result<HistoryDb, Box<dyn Error>> {
    Ok(HistoryDb::open(dir, Timestamp::from_millis(START))?)
}

/// Rows of blocks and of the journal.
fn rows(dir: &Path) -> Result<i64, Box<dyn Error>> {
    let file = rusqlite::Connection::open(dir.join("history.db"))?;
    let sql = "SELECT (SELECT count(*) FROM block) + (SELECT count(*) FROM journal)";
    Ok(file.query_row(sql, [], |row| row.get(0))?)
}

async fn tidied(store: &HistoryDb) -> Result<(u32, Duration), Box<dyn Error>> {
    let (mut steps, mut longest) = (0, Duration::ZERO);
    loop {
        let began = clock::now().mono;
        let more = store.tidy().await?;
        longest = longest.max(clock::now().mono - began);
        steps += 1;
        if !more {
            return Ok((steps, longest));
        }
    }
}

/// xorshift64: what looks like chance and is always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % below).unwrap_or(0)
    }
}

fn key(number: u32) -> SeriesKey {
    SeriesKey::Attribute(AttributePath {
        node: NodeId(u64::from(number / 50) + 1),
        endpoint: EndpointId(1),
        cluster: ClusterId(0x0402),
        attribute: AttributeId(number % 50),
    })
}

async fn enrolled(store: &HistoryDb, count: u32) -> Result<Vec<SeriesId>, Box<dyn Error>> {
    Ok(store.enrol((0..count).map(key).collect()).await?)
}

/// The next value of a series: each number is a sensor of its own sort.
fn next(dice: &mut Dice, number: usize, state: &mut i64) -> Value {
    match number % 8 {
        0..=2 => {
            *state += dice.roll(7) - 3;
            Value::Int(2_150 + *state)
        }
        3 => {
            *state = 1 - *state;
            Value::Bool(*state == 1)
        }
        4 | 5 => Value::Int(1_500_000 + dice.roll(40_000)),
        6 => Value::Uint((dice.roll(200) / 2).unsigned_abs()),
        _ => {
            *state += dice.roll(50);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let shown = *state as f64 / 1_000.0;
            Value::Double(shown)
        }
    }
}

async fn mix() -> Done {
    const SERIES: u32 = 200;
    const CHANGES: usize = 200_000;
    let dir = tempfile::tempdir()?;
    let store = open(dir.path())?;
    let ids = enrolled(&store, SERIES).await?;
    let mut dice = Dice(42);
    let mut states = vec![0; ids.len()];
    let mut at = START;
    let mut batches = Vec::new();
    for _ in 0..CHANGES / 1_000 {
        let batch = (0..1_000).map(|_| {
            at += dice.roll(600);
            let number = usize::try_from(dice.roll(SERIES.into())).unwrap_or(0);
            let value = states
                .get_mut(number)
                .map(|state| next(&mut dice, number, state));
            let mut sample =
                Sample::known(Timestamp::from_millis(at), value.unwrap_or(Value::Null));
            if number % 8 == 3 && dice.roll(2) == 0 {
                sample.cause = Some(CauseId((1 << 40) + at.unsigned_abs()));
            }
            Entry {
                series: SeriesId(u32::try_from(number).unwrap_or(0) + 1),
                sample,
            }
        });
        batches.push(batch.collect::<Vec<_>>());
    }
    let (cpu, written, began) = (cpu(), written(), clock::now().mono);
    for batch in batches {
        store.append(batch).await?;
    }
    let (appended, cpu_of_append) = (clock::now().mono - began, self::cpu() - cpu);
    let (steps, longest) = tidied(&store).await?;
    store.close().await;
    let spent = self::cpu() - cpu;
    let size = file_size(dir.path());
    let rows = rows(dir.path())?;
    say(format_args!(
        "mix: {CHANGES} changes of {SERIES} series in {rows} rows\n  append: {appended:?}, {cpu_of_append:.2} s of a core, \
         {:.0} changes/s\n  append, tidy and close: {spent:.2} s of a core, {:.0} changes/s \
         ({steps} steps, the longest {longest:?})\n  on disk: {:.2} octets a change; written: {:.1} octets a change",
        per(CHANGES, cpu_of_append),
        per(CHANGES, spent),
        size / count(CHANGES),
        (self::written() - written) / count(CHANGES),
    ));
    Ok(())
}

async fn long() -> Done {
    const SERIES: u32 = 500;
    const SAMPLES: usize = 5_000_000;
    let dir = tempfile::tempdir()?;
    let store = open(dir.path())?;
    let ids = enrolled(&store, SERIES).await?;
    let mut dice = Dice(42);
    let mut states = vec![0; ids.len()];
    let (began, cpu, mut longest) = (clock::now().mono, cpu(), Duration::ZERO);
    let each = u64::try_from(10 * DAY).unwrap_or(0) / (SAMPLES as u64 / 1_000);
    for batch in 0..SAMPLES as u64 / 1_000 {
        let entries = (0..1_000).map(|n| {
            let number = usize::try_from(dice.roll(SERIES.into())).unwrap_or(0);
            let at = START + i64::try_from(batch * each + n * each / 1_000).unwrap_or(0);
            let value = states
                .get_mut(number)
                .map(|state| next(&mut dice, number, state));
            let sample = Sample::known(Timestamp::from_millis(at), value.unwrap_or(Value::Null));
            Entry {
                series: SeriesId(u32::try_from(number).unwrap_or(0) + 1),
                sample,
            }
        });
        store.append(entries.collect()).await?;
        let before = clock::now().mono;
        store.tidy().await?;
        longest = longest.max(clock::now().mono - before);
    }
    let (steps, last) = tidied(&store).await?;
    let spent = self::cpu() - cpu;
    say(format_args!(
        "long: {SAMPLES} samples of {SERIES} series over ten days\n  built in {:?}, {spent:.1} s of a core, \
         {:.0} samples/s; the longest tidying {:?}, {steps} steps at the end",
        clock::now().mono - began,
        per(SAMPLES, spent),
        longest.max(last),
    ));
    store.close().await;
    say(format_args!(
        "  on disk: {:.2} octets a sample",
        file_size(dir.path()) / count(SAMPLES)
    ));
    rollups(dir.path()).await?;
    read(dir.path()).await
}

/// The roll-ups by five minutes and by hour of a month of all sensors, each day at its end.
async fn rollups(dir: &Path) -> Done {
    const DAYS: i64 = 30;
    let store = open(dir)?;
    let before = store.size().await?.octets;
    let (began, written, mut dice) = (clock::now().mono, written(), Dice(9));
    let ids: Vec<u32> = (1..=500).collect();
    for day in 0..DAYS {
        for (period, spans) in [(Period::FiveMinutes, 288), (Period::Hour, 24)] {
            let of_day = |id: u32| {
                let length = DAY / spans;
                let from = START / DAY * DAY + day * DAY;
                let rollups =
                    (0..spans).map(|span| rollup(&mut dice, from + span * length, length));
                (SeriesId(id), rollups.collect::<Vec<_>>())
            };
            let all: Vec<_> = ids.iter().copied().map(of_day).collect();
            for some in all.chunks(200) {
                store.put_rollups(period, some.to_vec()).await?;
            }
        }
    }
    let put = clock::now().mono - began;
    let began = clock::now().mono;
    let from = Timestamp::from_millis(START / DAY * DAY);
    let end = Timestamp(i64::MAX);
    let found = store
        .rollups(Period::FiveMinutes, SeriesId(250), from, end)
        .await?;
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let (count, octets) = (
        (DAYS * 312 * 500) as f64,
        store.size().await?.octets.saturating_sub(before) as f64,
    );
    say(format_args!(
        "  roll-ups of {DAYS} days: put in {put:?}, {:.1} octets each on disk, {:.1} written; {} read in {:?}",
        octets / count,
        (self::written() - written) / count,
        found.len(),
        clock::now().mono - began,
    ));
    store.close().await;
    Ok(())
}

/// What a sensor of degrees gives.
#[expect(clippy::cast_precision_loss, reason = "small")]
fn rollup(dice: &mut Dice, from: i64, length: i64) -> Rollup {
    let lowest = 2_150 + dice.roll(30);
    let degrees = |hundredths: i64| hundredths as f64 / 100.0;
    let (samples, sum) = (
        length / 45_000,
        (0..7).map(|n| degrees(lowest + n)).sum::<f64>(),
    );
    Rollup {
        from: Timestamp::from_millis(from),
        samples: u32::try_from(samples).unwrap_or(0),
        known_ms: length.unsigned_abs(),
        numbers: Some(Numbers {
            first: degrees(lowest + dice.roll(9)),
            last: degrees(lowest + dice.roll(9)),
            min: degrees(lowest),
            max: degrees(lowest + 9),
            sum,
            count: u32::try_from(samples).unwrap_or(0),
            weighted: sum / 7.0 * length as f64,
            ms: length.unsigned_abs(),
            increase: 0.0,
            resets: 0,
        }),
        states: Vec::new(),
        other_ms: 0,
    }
}

async fn read(dir: &Path) -> Done {
    let began = clock::now().mono;
    let mut store = open(dir)?;
    say(format_args!("  opened in {:?}", clock::now().mono - began));
    let mut cold = Vec::new();
    for id in 1..=20 {
        cold.push(timed(&store, id, 1).await?.0);
        store.close().await;
        store = open(dir)?;
    }
    cold.sort();
    let (mut warm, mut count) = (Vec::new(), 0);
    for _ in 0..20 {
        let (time, found) = timed(&store, 77, 1).await?;
        warm.push(time);
        count = found;
    }
    warm.sort();
    say(format_args!(
        "  24 h of one: cold {:?} (the slowest {:?}), warm {:?}, {count} samples",
        cold.get(10).copied().unwrap_or_default(),
        cold.last().copied().unwrap_or_default(),
        warm.get(10).copied().unwrap_or_default(),
    ));
    let began = clock::now().mono;
    for id in 101..=110 {
        timed(&store, id, 1).await?;
    }
    say(format_args!(
        "  24 h of ten: {:?}",
        clock::now().mono - began
    ));
    let (time, found) = timed(&store, 200, 7).await?;
    say(format_args!("  7 days of one: {time:?}, {found} samples"));
    let began = clock::now().mono;
    for id in 1..=500 {
        store
            .before(SeriesId(id), Timestamp::from_millis(START + 10 * DAY))
            .await?;
    }
    say(format_args!(
        "  the last of each of 500: {:?}",
        clock::now().mono - began
    ));
    store.close().await;
    Ok(())
}

async fn timed(store: &HistoryDb, id: u32, days: i64) -> Result<(Duration, usize), Box<dyn Error>> {
    let to = START + 9 * DAY + DAY / 2;
    let from = Timestamp::from_millis(to - days * DAY);
    let began = clock::now().mono;
    let found = store
        .read(SeriesId(id), from, Timestamp::from_millis(to), usize::MAX)
        .await?;
    Ok((clock::now().mono - began, found.len()))
}

async fn slow() -> Done {
    const SERIES: u32 = 300;
    const ROUNDS: usize = 86_400 / 5;
    let dir = tempfile::tempdir()?;
    let store = open(dir.path())?;
    let ids = enrolled(&store, SERIES).await?;
    let mut dice = Dice(42);
    let mut states = vec![0; ids.len()];
    let (cpu, written, mut changes) = (cpu(), written(), 0);
    for round in 0..ROUNDS {
        let mut entries = Vec::new();
        for n in 0..dice.roll(9) {
            let at = START + i64::try_from(round).unwrap_or(0) * 5_000 + n * 300;
            let number = usize::try_from(dice.roll(SERIES.into())).unwrap_or(0);
            let value = states
                .get_mut(number)
                .map(|state| next(&mut dice, number, state));
            let sample = Sample::known(Timestamp::from_millis(at), value.unwrap_or(Value::Null));
            entries.push(Entry {
                series: SeriesId(u32::try_from(number).unwrap_or(0) + 1),
                sample,
            });
        }
        changes += entries.len();
        store.append(entries).await?;
        if round % 12 == 0 {
            tidied(&store).await?;
        }
    }
    store.close().await;
    say(format_args!(
        "slow: {changes} changes of {SERIES} series in {ROUNDS} calls: {:.2} s of a core, {:.2} octets a change \
         on disk, {:.1} MB written a day",
        self::cpu() - cpu,
        file_size(dir.path()) / count(changes),
        (self::written() - written) / 1e6,
    ));
    Ok(())
}

async fn wide() -> Done {
    const SERIES: u32 = 250_000;
    const SECONDS: i64 = 300;
    let dir = tempfile::tempdir()?;
    let store = open(dir.path())?;
    let began = clock::now().mono;
    enrolled(&store, SERIES).await?;
    say(format_args!(
        "wide: {SERIES} series enrolled in {:?}, {}",
        clock::now().mono - began,
        memory()
    ));
    let mut dice = Dice(42);
    let (cpu, written, began) = (cpu(), written(), clock::now().mono);
    let mut slowest = Duration::ZERO;
    for second in 0..SECONDS {
        let entries = (0..5_000).map(|n| {
            let number = dice.roll(SERIES.into());
            let at = Timestamp::from_millis(START + second * 1_000 + n / 5);
            let sample = Sample::known(at, Value::Int(2_150 + dice.roll(100)));
            Entry {
                series: SeriesId(u32::try_from(number).unwrap_or(0) + 1),
                sample,
            }
        });
        let before = clock::now().mono;
        store.append(entries.collect()).await?;
        slowest = slowest.max(clock::now().mono - before);
        for _ in 0..4 {
            store.tidy().await?;
        }
    }
    let took = clock::now().mono - began;
    let (steps, longest) = tidied(&store).await?;
    store.close().await;
    let (changes, spent) = (1_500_000, self::cpu() - cpu);
    say(format_args!(
        "  {changes} changes in {took:?}, {spent:.1} s of a core, {:.0} changes/s; the slowest append {slowest:?}\n  \
         tidied in {steps} more steps, the longest {longest:?}; {}\n  on disk: {:.1} octets a change; written: {:.0} octets a change",
        per(changes, spent),
        memory(),
        file_size(dir.path()) / count(changes),
        (self::written() - written) / count(changes),
    ));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "small")]
fn count(number: usize) -> f64 {
    number as f64
}

fn per(number: usize, seconds: f64) -> f64 {
    count(number) / seconds.max(0.01)
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn file_size(dir: &Path) -> f64 {
    let size = |name: &str| std::fs::metadata(dir.join(name)).map_or(0, |file| file.len());
    (size("history.db") + size("history.db-wal")) as f64
}

/// Seconds of a core that this process took so far.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Octets that this process had written to the disk so far.
fn written() -> f64 {
    field("/proc/self/io", "write_bytes:")
        .parse()
        .unwrap_or(0.0)
}

fn memory() -> String {
    let of = |name| field("/proc/self/status", name);
    format!("memory {} kB, at most {} kB", of("VmRSS:"), of("VmHWM:"))
}

fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let field = line.and_then(|line| line.split_whitespace().next());
    field.unwrap_or_default().to_owned()
}
