//! `ingle rules simulate`: a rule tried on the recorded past.

use crate::cli::SimulateArgs;
use crate::client::{Client, ClientError};
use crate::output::Output;

pub(crate) async fn run(
    args: &SimulateArgs,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let _ = (args, client, output);
    Err(ClientError::Usage("not yet".into()))
}
