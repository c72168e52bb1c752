//! Samples as they were recorded: listed for people, or handed on to other programs as they come.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use hub_api::dto::{QualityWord, Recorded};
use serde_json::json;

use super::parquet::Table;
use super::query;
use crate::cli::ShowArgs;
use crate::client::{Client, ClientError, Download};
use crate::clock_text;
use crate::output::{Output, print};

const LINES: &str = "application/x-ndjson";

/// Copies samples to standard output as the hub writes them.
pub(super) async fn copy(args: &ShowArgs, client: &Client) -> Result<(), ClientError> {
    let media_type = if args.csv { "text/csv" } else { LINES };
    let mut samples = samples(args, client, media_type).await?;
    let mut stdout = io::stdout().lock();
    while let Some(piece) = samples.piece().await? {
        if stdout.write_all(&piece).is_err() {
            // A closed pipe ends the program quietly, as it does other tools.
            return Ok(());
        }
    }
    let _ = stdout.flush();
    Ok(())
}

/// Lists samples for people.
pub(super) async fn list(args: &ShowArgs, client: &Client) -> Result<(), ClientError> {
    let mut samples = samples(args, client, LINES).await?;
    let mut series = String::new();
    while let Some(recorded) = samples.line::<Recorded>().await? {
        if recorded.series != series {
            series.clone_from(&recorded.series);
            print(&series);
        }
        let sample = &recorded.sample;
        let stale = match sample.quality {
            QualityWord::Known => "",
            QualityWord::Stale => "  (stale)",
        };
        let cause = sample
            .cause
            .map_or_else(String::new, |cause| format!("  c{cause}"));
        let at = clock_text::moment_to_ms(sample.at_ms);
        print(&format!("  {at}  {}{stale}{cause}", sample.text));
    }
    if series.is_empty() {
        print("nothing was recorded in this time");
    }
    Ok(())
}

/// Writes samples to a Parquet file. It is there when it is whole.
pub(super) async fn parquet(
    args: &ShowArgs,
    file: &Path,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let mut samples = samples(args, client, LINES).await?;
    let failed = |source| ClientError::File {
        path: file.to_owned(),
        source,
    };
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    let mut table = Table::new(fs::File::create(part).map_err(failed)?).map_err(failed)?;
    let rows = async {
        let mut rows = 0u64;
        while let Some(recorded) = samples.line::<Recorded>().await? {
            table.add(&recorded).map_err(failed)?;
            rows += 1;
        }
        table.finish().map_err(failed)?;
        fs::rename(part, file).map_err(failed)?;
        Ok(rows)
    };
    let rows = match rows.await {
        Ok(rows) => rows,
        Err(error) => {
            let _ = fs::remove_file(part);
            return Err(error);
        }
    };
    let told = json!({ "file": file, "rows": rows });
    output.answer(&told, |_| format!("{rows} rows in {}", file.display()));
    Ok(())
}

async fn samples(
    args: &ShowArgs,
    client: &Client,
    media_type: &str,
) -> Result<Download, ClientError> {
    let query = query(args);
    let query = query.trim_start_matches('&');
    client
        .download(&format!("/history/samples?{query}"), media_type)
        .await
}
