//! `ingle history import`: begins it at the hub, shows how it goes, and tells what came of it.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use hub_api::{ImportAsked, ImportState};
use hyper::Method;

use crate::cli::HistoryImportArgs;
use crate::client::{Client, ClientError};
use crate::output::Output;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

pub(super) async fn run(
    args: &HistoryImportArgs,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let table = match &args.table {
        Some(file) if file.exists() => Some(fs::read_to_string(file).map_err(|error| {
            ClientError::Usage(format!("{} cannot be read: {error}", file.display()))
        })?),
        _ => None,
    };
    let file = fs::canonicalize(&args.file)
        .map_err(|error| ClientError::Usage(format!("{}: {error}", args.file.display())))?;
    let asked = ImportAsked {
        file: file.display().to_string(),
        table,
        dry_run: args.dry_run,
        take_guesses: args.take_guesses,
        skip_foreign: args.skip_foreign,
    };
    let _: ImportState = client.send(Method::POST, "/history/import", &asked).await?;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        match client.get("/history/import").await? {
            ImportState::Running { done, total } => show(done, total, output),
            ImportState::Done {
                text,
                report,
                table,
            } => {
                clear(output);
                if let Some(file) = &args.table {
                    fs::write(file, table).map_err(|error| {
                        ClientError::Usage(format!("{} cannot be written: {error}", file.display()))
                    })?;
                }
                output.answer(&report, |_| text + &advice(args));
                return Ok(());
            }
            ImportState::Failed { why, text } => {
                clear(output);
                if let Some(text) = text {
                    output.progress(&text);
                }
                return Err(ClientError::Usage(why));
            }
            ImportState::Idle => {
                let why = "the hub was started anew meanwhile; import again".to_owned();
                return Err(ClientError::Usage(why));
            }
        }
    }
}

fn advice(args: &HistoryImportArgs) -> String {
    let table = match &args.table {
        Some(file) => format!(
            "\n{} says which device each entity is; edit it and import again.",
            file.display()
        ),
        None => "\nName a file with --table to say which device each entity is.".to_owned(),
    };
    match args.dry_run {
        true => table + "\nNothing was kept: leave out --dry-run to keep it.",
        false => table,
    }
}

/// Shows how far it is, where people look.
fn show(done: u64, total: u64, output: Output) {
    if output.is_json() || !io::stderr().is_terminal() {
        return;
    }
    let share = (done * 100).checked_div(total).unwrap_or(0);
    // A terminal that has gone is none of our business.
    let _ = write!(io::stderr(), "\r{share:>3} %  {done} of {total} rows");
}

fn clear(output: Output) {
    if !output.is_json() && io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}
