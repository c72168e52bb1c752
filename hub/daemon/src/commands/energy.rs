//! `ingle energy`: what the home used and what it cost, its meters, its prices.

mod amount;
mod csv;
mod lined_up;
mod lines;
mod meters;
mod report;
mod settings;

use std::process::ExitCode;

use hub_api::dto::{Energy, EnergyPrices, EnergyRate, Every};
use jiff::tz::TimeZone;

use self::amount::clock;
use crate::cli::{EnergyArgs, EnergyCommand, EnergyEvery, EnergyShow};
use crate::client::{Client, ClientError, encode};
use crate::output::{Output, print, table};

pub(crate) async fn run(
    args: EnergyArgs,
    client: &Client,
    output: Output,
) -> Result<ExitCode, ClientError> {
    match args.command {
        None => show(&args.show, client, output).await?,
        Some(EnergyCommand::Meters) => meters::list(client, output).await?,
        Some(EnergyCommand::Settings) => settings::show(client, output).await?,
        Some(EnergyCommand::Set { file, check }) => {
            return settings::set(&file, check, client, output).await;
        }
        Some(EnergyCommand::Roles {
            meter,
            role,
            behind,
            reversed,
        }) => {
            let told = settings::Told {
                role,
                behind,
                reversed,
            };
            settings::tell(&meter, told, client, output).await?;
        }
        Some(EnergyCommand::Prices { from, to }) => {
            prices(&[("from", from), ("to", to)], client, output).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(args: &EnergyShow, client: &Client, output: Output) -> Result<(), ClientError> {
    let asked = [
        ("period", args.period.map(|period| period.word().to_owned())),
        ("from", args.from.clone()),
        ("to", args.to.clone()),
        ("every", args.every.map(|every| every.word().to_owned())),
    ];
    let energy: Energy = client.get(&format!("/energy{}", query(&asked))).await?;
    if args.csv {
        print(&csv::rows(&energy, &zone(&energy.zone)));
        return Ok(());
    }
    if output.is_json() {
        output.answer(&energy, |_| String::new());
        return Ok(());
    }
    let asked_from_ms = energy.from_ms;
    let energy = match report::first_known(&energy) {
        // Charges of days of which nothing is known would only confuse.
        Some(first_ms) if first_ms > asked_from_ms => since(&energy, first_ms, client).await?,
        _ => energy,
    };
    output.answer(&energy, |energy| {
        report::text(energy, asked_from_ms, &zone(&energy.zone))
    });
    Ok(())
}

/// The same from a later moment on.
async fn since(energy: &Energy, from_ms: i64, client: &Client) -> Result<Energy, ClientError> {
    let moment = |ms| clock(ms, &TimeZone::UTC, "%Y-%m-%dT%H:%M:%S%.3fZ");
    let every = match energy.every {
        Every::Hour => EnergyEvery::Hour,
        Every::Day => EnergyEvery::Day,
        Every::Month => EnergyEvery::Month,
    };
    let asked = [
        ("from", Some(moment(from_ms))),
        ("to", Some(moment(energy.to_ms))),
        ("every", Some(every.word().to_owned())),
    ];
    client.get(&format!("/energy{}", query(&asked))).await
}

async fn prices(
    asked: &[(&str, Option<String>)],
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let prices: EnergyPrices = client
        .get(&format!("/energy/prices{}", query(asked)))
        .await?;
    output.answer(&prices, |prices| {
        if prices.prices.iter().all(|price| price.import.is_none()) {
            return "no tariff says what energy costs then; `ingle energy set --help` shows how to \
                    write one"
                .to_owned();
        }
        let zone = zone(&prices.zone);
        let mut rows = vec![
            ["FROM", "TO", "BAND", "A KWH COSTS", "EARNS", ""]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(prices.prices.iter().map(|price| {
            let currency = price.currency.clone().unwrap_or_default();
            let of = |rate: &Option<EnergyRate>| match rate {
                Some(rate) => format!("{} {currency}", rate.price),
                None => "-".to_owned(),
            };
            let is_now = price.from_ms <= prices.now_ms && prices.now_ms < price.to_ms;
            vec![
                clock(price.from_ms, &zone, "%a %-d %b %H:%M"),
                clock(price.to_ms, &zone, "%a %-d %b %H:%M"),
                price
                    .import
                    .as_ref()
                    .map_or("-".to_owned(), |rate| rate.band.clone()),
                of(&price.import),
                of(&price.export),
                if is_now { "now" } else { "" }.to_owned(),
            ]
        }));
        table(&rows)
    });
    Ok(())
}

/// What is asked for, as a query.
fn query(asked: &[(&str, Option<String>)]) -> String {
    let given = asked
        .iter()
        .filter_map(|(name, text)| Some((name, text.as_ref()?)));
    let pairs: Vec<String> = given
        .map(|(name, text)| format!("{name}={}", encode(text)))
        .collect();
    match pairs.is_empty() {
        true => String::new(),
        false => format!("?{}", pairs.join("&")),
    }
}

/// The zone of this name, as the hub has it; the machine's own where it is not known.
fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| TimeZone::system())
}
