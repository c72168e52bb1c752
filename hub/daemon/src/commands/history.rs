//! `ingle history`: what was, as charts, tables, or rows for other programs.

mod export;
mod import;
mod parquet;
mod picture;
mod table;

use std::io::{self, IsTerminal};

use hub_api::dto::{History, HistoryStatus, Recomputed, SeriesList};
use hyper::Method;
use jiff::tz::TimeZone;

use self::picture::Canvas;
use crate::cli::{HistoryArgs, HistoryCommand, ShowArgs};
use crate::client::{Client, ClientError, encode};
use crate::clock_text;
use crate::output::{self, Output};

/// Slices of a chart: some for each dot of the widest terminals.
const SLICES: u32 = 2_000;
/// Characters of a line where there is no terminal.
const USUAL_WIDTH: usize = 80;

pub(crate) async fn run(
    args: HistoryArgs,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    match args.command {
        Some(HistoryCommand::Series { path }) => series(path.as_deref(), client, output).await,
        Some(HistoryCommand::Status) => status(client, output).await,
        Some(HistoryCommand::Import(args)) => import::run(&args, client, output).await,
        Some(HistoryCommand::Recompute { from, to }) => {
            recompute(from.as_deref(), to.as_deref(), client, output).await
        }
        None => show(&args.show, client, output).await,
    }
}

async fn show(args: &ShowArgs, client: &Client, output: Output) -> Result<(), ClientError> {
    if let Some(file) = &args.parquet {
        return export::parquet(args, file, client, output).await;
    }
    if args.csv || (args.samples && output.is_json()) {
        return export::copy(args, client).await;
    }
    if args.samples {
        return export::list(args, client).await;
    }
    let how = match args.every {
        Some(every) => format!("every={}", every.word()),
        None => format!("points={SLICES}"),
    };
    let history: History = client
        .get(&format!("/history?{how}{}", query(args)))
        .await?;
    output.answer(&history, |history| {
        let canvas = Canvas {
            zone: zone(&history.zone),
            width: width(),
            colour: is_coloured(args),
        };
        match args.every {
            Some(every) => table::tables(history, every, &canvas),
            None => picture::pictures(history, &canvas),
        }
    });
    Ok(())
}

/// What is asked for, as the rest of a query.
fn query(args: &ShowArgs) -> String {
    let paths = args.paths.iter().map(|path| ("path", path));
    let ends = [("from", &args.from), ("to", &args.to)];
    let ends = ends
        .into_iter()
        .filter_map(|(name, at)| Some((name, at.as_ref()?)));
    paths
        .chain(ends)
        .map(|(name, text)| format!("&{name}={}", encode(text)))
        .collect()
}

async fn series(path: Option<&str>, client: &Client, output: Output) -> Result<(), ClientError> {
    let asked = path.map_or_else(String::new, |path| format!("?path={}", encode(path)));
    let list: SeriesList = client.get(&format!("/history/series{asked}")).await?;
    output.answer(&list, |list| {
        let rows = list.series.iter().map(|series| {
            let unit = series.unit.clone().unwrap_or_default();
            vec![series.path.clone(), series.name.clone(), unit]
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        output::table(&rows)
    });
    Ok(())
}

async fn recompute(
    from: Option<&str>,
    to: Option<&str>,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let ends = [("from", from), ("to", to)];
    let ends = ends.into_iter().filter_map(|(name, at)| Some((name, at?)));
    let asked: Vec<_> = ends
        .map(|(name, at)| format!("{name}={}", encode(at)))
        .collect();
    let path = format!("/history/recompute?{}", asked.join("&"));
    let done: Recomputed = client
        .send(Method::POST, &path, &serde_json::json!({}))
        .await?;
    output.answer(&done, |done| match done.days {
        1 => "1 day was rolled up anew".to_owned(),
        days => format!("{days} days were rolled up anew"),
    });
    Ok(())
}

async fn status(client: &Client, output: Output) -> Result<(), ClientError> {
    let status: HistoryStatus = client.get("/history/status").await?;
    output.answer(&status, describe);
    Ok(())
}

/// How the recording is, in one line: `1.2 M samples since 3 Nov, 14 MB`.
pub(crate) fn brief(status: &HistoryStatus) -> String {
    if let Some(trouble) = &status.trouble {
        let since = clock_text::moment(trouble.since_ms);
        return format!("trouble since {since}: {}", trouble.why);
    }
    let doubt = match status.clock_doubted {
        true => "; the clock shows what cannot be",
        false => "",
    };
    let samples = samples_text(status.samples.unwrap_or(0));
    let size = octets_text(status.octets.unwrap_or(0));
    match status.oldest_ms {
        Some(oldest) => format!("{samples} since {}, {size}{doubt}", clock_text::day(oldest)),
        None => format!("nothing recorded yet{doubt}"),
    }
}

fn describe(status: &HistoryStatus) -> String {
    let mut rows = vec![vec!["history".to_owned(), brief(status)]];
    let mut row = |name: &str, text: String| rows.push(vec![name.to_owned(), text]);
    if let Some(trouble) = &status.trouble {
        let held = format!(
            "{} samples wait, {} are lost",
            trouble.waiting, trouble.lost
        );
        row("", held);
    }
    let written = status.written_at_ms.map(clock_text::moment);
    row("written", written.unwrap_or_else(|| "not yet".to_owned()));
    let kept = &status.kept;
    row(
        "kept",
        format!(
            "samples for {} days, five minutes for {} days, hours and days for good; at most {}",
            kept.samples_days,
            kept.five_minutes_days,
            octets_text(kept.octets)
        ),
    );
    row("time zone", status.zone.clone());
    output::table(&rows)
}

fn samples_text(samples: u64) -> String {
    match samples {
        1 => "1 sample".to_owned(),
        0..10_000 => format!("{samples} samples"),
        _ => format!(
            "{} samples",
            scaled(samples, 1_000, &["", " k", " M", " G"])
        ),
    }
}

fn octets_text(octets: u64) -> String {
    scaled(octets, 1_000, &[" B", " kB", " MB", " GB", " TB"])
}

/// A number with two digits or more, and the name of its size.
fn scaled(number: u64, step: u64, names: &[&str]) -> String {
    let (mut size, mut name) = (1, 0);
    while number / size >= step && name + 1 < names.len() {
        size *= step;
        name += 1;
    }
    let tenths = u128::from(number) * 10 / u128::from(size);
    let text = match tenths < 100 && size > 1 {
        true => format!("{}.{}", tenths / 10, tenths % 10),
        false => (tenths / 10).to_string(),
    };
    text + names.get(name).copied().unwrap_or_default()
}

/// The home's time zone, else the machine's.
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| TimeZone::system())
}

fn width() -> usize {
    let terminal = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal());
    terminal.map_or(USUAL_WIDTH, |(width, _)| width.0.into())
}

fn is_coloured(args: &ShowArgs) -> bool {
    let refused = args.no_color.as_deref().is_some_and(|set| !set.is_empty());
    io::stdout().is_terminal() && !refused
}

#[cfg(test)]
mod tests {
    use hub_api::dto::{HistoryTrouble, Retention};

    use super::*;

    fn healthy() -> HistoryStatus {
        HistoryStatus {
            trouble: None,
            clock_doubted: false,
            written_at_ms: Some(0),
            samples: Some(1_234_567),
            octets: Some(14_300_000),
            oldest_ms: Some(1_793_707_200_000),
            kept: Retention {
                samples_days: 365,
                five_minutes_days: 730,
                octets: 2_000_000_000,
            },
            zone: "UTC".to_owned(),
        }
    }

    #[test]
    fn how_it_is_takes_one_line() {
        let told = brief(&healthy());
        assert!(told.starts_with("1.2 M samples since "), "{told}");
        assert!(told.ends_with(", 14 MB"), "{told}");
        let full = HistoryStatus {
            trouble: Some(HistoryTrouble {
                since_ms: 0,
                why: "the disk is full".to_owned(),
                waiting: 3,
                lost: 0,
            }),
            ..healthy()
        };
        assert!(brief(&full).ends_with(": the disk is full"));
        assert!(describe(&full).contains("3 samples wait"));
    }

    #[test]
    fn sizes_are_told_in_two_digits_or_more() {
        assert_eq!(octets_text(999), "999 B");
        assert_eq!(octets_text(1_500), "1.5 kB");
        assert_eq!(octets_text(2_000_000_000), "2.0 GB");
        assert_eq!(octets_text(u64::MAX), "18446744 TB");
        assert_eq!(samples_text(9_999), "9999 samples");
        assert_eq!(samples_text(123_456), "123 k samples");
    }
}
