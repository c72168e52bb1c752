//! Prices over time.

use energy::{PricePiece, Rate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::ms;

/// What energy costs when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyPrices {
    /// When the range begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
    /// The present.
    pub now_ms: i64,
    /// The time zone by whose clock the tariff goes.
    pub zone: String,
    /// Stretches with the same prices all over, in order and without a gap.
    pub prices: Vec<EnergyPrice>,
}

/// A stretch of time with the same prices all over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyPrice {
    /// When it begins.
    pub from_ms: i64,
    /// When it ends.
    pub to_ms: i64,
    /// The currency of the prices; none of a time without a tariff.
    pub currency: Option<String>,
    /// What a kWh from the grid costs; none without a tariff.
    pub import: Option<EnergyRate>,
    /// What a kWh to the grid earns; none if nothing.
    pub export: Option<EnergyRate>,
}

/// The price of a kWh, and the band that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnergyRate {
    /// The band; `default` if none fits.
    pub band: String,
    /// The price of a kWh.
    pub price: String,
}

impl EnergyPrice {
    /// The pieces, those that follow each other with the same prices as one.
    pub(crate) fn all(pieces: &[PricePiece<'_>]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for piece in pieces {
            let price = Self::of(piece);
            match all.last_mut() {
                Some(last) if last.has_prices_of(&price) => last.to_ms = price.to_ms,
                _ => all.push(price),
            }
        }
        all
    }

    fn of(piece: &PricePiece<'_>) -> Self {
        let prices = piece.prices;
        Self {
            from_ms: ms(piece.range.from()),
            to_ms: ms(piece.range.to()),
            currency: prices.map(|prices| prices.tariff.currency.to_string()),
            import: prices.map(|prices| EnergyRate::of(prices.import)),
            export: prices.and_then(|prices| prices.export).map(EnergyRate::of),
        }
    }

    fn has_prices_of(&self, other: &Self) -> bool {
        (&self.currency, &self.import, &self.export)
            == (&other.currency, &other.import, &other.export)
    }
}

impl EnergyRate {
    fn of(rate: Rate<'_>) -> Self {
        Self {
            band: rate.band.to_owned(),
            price: rate.price.to_string(),
        }
    }
}
