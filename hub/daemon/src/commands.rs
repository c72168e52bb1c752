//! The client commands: each asks the running hub over its local socket.

mod add;
mod changes;
mod energy;
mod history;
mod import;
mod jobs;
mod nodes;
mod room;
mod rules;
mod scenes;
mod simulate;
mod status;
pub(crate) mod trace_text;
mod values;
mod watch;

use std::process::ExitCode;

use crate::cli::Command;
use crate::client::{Client, ClientError};
use crate::output::Output;

/// Runs a client command and gives the exit code of the program.
pub(crate) async fn run(command: Command, client: &Client, output: Output) -> ExitCode {
    match dispatch(command, client, output).await {
        Ok(code) => code,
        Err(error) => {
            tell(&error, output);
            ExitCode::from(error.exit_code())
        }
    }
}

async fn dispatch(
    command: Command,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    match command {
        Command::Add(args) => return add::add(args, client, output).await,
        Command::Nodes => nodes::list(client, output).await?,
        Command::Node { node } => nodes::show(&node, client, output).await?,
        Command::Rename { node, name } => nodes::rename(&node, &name, client, output).await?,
        Command::Remove { node, forget } => {
            return nodes::remove(&node, forget, client, output).await;
        }
        Command::Read { paths, cached } => values::read(&paths, cached, client, output).await?,
        Command::Write { path, value } => values::write(&path, &value, client, output).await?,
        Command::Invoke {
            path,
            fields,
            confirm,
        } => {
            values::invoke(&path, fields.as_deref(), confirm, client, output).await?;
        }
        Command::Watch { paths } => watch::watch(&paths, client, output).await?,
        Command::Room(command) => room::run(command, client, output).await?,
        Command::Jobs => jobs::list(client, output).await?,
        Command::Answer { job, answer } => jobs::answer(&job, answer, client).await?,
        Command::Cancel { job } => jobs::cancel(&job, client).await?,
        Command::Why { path, at } => changes::why(&path, at.as_deref(), client, output).await?,
        Command::History(args) => history::run(args, client, output).await?,
        Command::Revisions { limit } => changes::list(limit, client, output).await?,
        Command::Undo { revision } => changes::undo(revision, client, output).await?,
        Command::Rules(command) => return rules::run(command, client, output).await,
        Command::Notices => scenes::notices(client, output).await?,
        Command::Scenes(command) => return scenes::run(command, client, output).await,
        Command::Variables(command) => scenes::variables(command, client, output).await?,
        Command::Energy(args) => return energy::run(args, client, output).await,
        Command::Status => status::show(client, output).await?,
        Command::Serve(_) | Command::Demo(_) | Command::Replay { .. } | Command::VirtualHome(_) => {
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what went wrong: for people on stderr, for programs as JSON on stdout too.
fn tell(error: &ClientError, output: Output) {
    eprintln!("ingle: {error}");
    if let (true, ClientError::Problem(problem)) = (output.is_json(), error) {
        output.answer(problem, |_| String::new());
    }
}
