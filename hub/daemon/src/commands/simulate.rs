//! `ingle rules simulate`: a rule tried on the recorded past.

use hub_api::dto::{Incident, Tried, Try};
use hyper::Method;

use super::rules::read;
use crate::cli::SimulateArgs;
use crate::client::{Client, ClientError};
use crate::output::Output;

pub(crate) async fn run(
    args: &SimulateArgs,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let asked = Try {
        text: read(&args.file)?,
        from: args.from.clone(),
        to: args.to.clone(),
        compare: args.diff,
    };
    let tried: Tried = client.send(Method::POST, "/rules/try", &asked).await?;
    match output.is_json() {
        true => output.answer(&tried.outcome, |_| String::new()),
        false => output.answer(&tried, |tried| tried.text.clone()),
    }
    Ok(())
}

/// `ingle rules incident`: the recording since it began last, to be repeated elsewhere.
pub(crate) async fn incident(client: &Client, output: Output) -> Result<(), ClientError> {
    let incident: Incident = client.get("/incident").await?;
    output.answer(&incident, |incident| incident.text.clone());
    Ok(())
}
