//! Samples as comma-separated values. RFC 4180: a head, commas, CR LF, quotes where needed.

use hub_model::Timestamp;
use jiff::tz::TimeZone;

use crate::dto::{QualityWord, Sample, Series};

/// The head: `time` is on the home's clock, `raw` JSON as the device counts, `value` the number in the
/// unit, or the text.
pub(super) const HEAD: &str = "series,time,at_ms,raw,value,unit,quality,cause\r\n";

/// Adds a row.
pub(super) fn row(text: &mut String, of: &Series, sample: &Sample, zone: &TimeZone) {
    let at = Timestamp::from_millis(sample.at_ms);
    let value = match sample.number {
        Some(number) => number.to_string(),
        None => sample.text.clone(),
    };
    let unit = of.unit.as_deref().filter(|_| sample.number.is_some());
    let quality = match sample.quality {
        QualityWord::Known => "known",
        QualityWord::Stale => "stale",
    };
    let cause = sample.cause.map(|cause| cause.to_string());
    let cells = [
        of.path.as_str(),
        &local(at, zone),
        &sample.at_ms.to_string(),
        &sample.value.to_string(),
        &value,
        unit.unwrap_or_default(),
        quality,
        &cause.unwrap_or_default(),
    ];
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        field(text, cell);
    }
    text.push_str("\r\n");
}

/// A moment with its offset: `2026-11-27T18:00:00.250+01:00`.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let Ok(at) = jiff::Timestamp::from_microsecond(at.0) else {
        return String::new();
    };
    let offset = zone.to_offset(at);
    at.display_with_offset(offset).to_string()
}

fn field(text: &mut String, cell: &str) {
    if !cell.contains([',', '"', '\r', '\n']) {
        text.push_str(cell);
        return;
    }
    text.push('"');
    text.push_str(&cell.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dto::SeriesKind;

    fn row_of(unit: Option<&str>, sample: &Sample) -> String {
        let series = Series {
            key: String::new(),
            path: "lamp/1/OnOff.OnOff".into(),
            name: String::new(),
            unit: unit.map(str::to_owned),
            kind: SeriesKind::Level,
        };
        let mut text = String::new();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        row(&mut text, &series, sample, &berlin);
        text
    }

    #[test]
    fn a_row_has_the_home_s_clock_and_the_number_without_its_unit() {
        let sample = Sample {
            at_ms: 1_795_802_400_250,
            value: json!(2_150),
            number: Some(21.5),
            text: "21.5 °C".into(),
            quality: QualityWord::Known,
            cause: Some(7),
        };
        assert_eq!(
            row_of(Some("°C"), &sample),
            "lamp/1/OnOff.OnOff,2026-11-27T19:00:00.25+01:00,1795802400250,2150,21.5,°C,known,7\r\n"
        );
    }

    #[test]
    fn what_would_break_a_row_is_quoted() {
        let sample = Sample {
            at_ms: 0,
            value: json!("a,\"b\"\r\nc"),
            number: None,
            text: "a,\"b\"\r\nc".into(),
            quality: QualityWord::Stale,
            cause: None,
        };
        assert_eq!(
            row_of(None, &sample),
            "lamp/1/OnOff.OnOff,1970-01-01T01:00:00+01:00,0,\"\"\"a,\\\"\"b\\\"\"\\r\\nc\"\"\",\
             \"a,\"\"b\"\"\r\nc\",,stale,\r\n"
        );
    }
}
