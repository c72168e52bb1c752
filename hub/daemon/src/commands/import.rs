//! `ingle rules import`: automations of Home Assistant.

use std::process::ExitCode;

use crate::cli::ImportArgs;
use crate::client::{Client, ClientError};
use crate::output::Output;

pub(crate) async fn run(
    args: &ImportArgs,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    let _ = (args, client, output);
    Err(ClientError::Usage("not yet".into()))
}
