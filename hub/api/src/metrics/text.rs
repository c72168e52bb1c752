//! Numbers as text: the format of Prometheus (0.0.4), and OpenMetrics 1.0.
//!
//! They differ in what a counter's family is called (OpenMetrics: without `_total`), in how pure
//! information is typed, in units, which only OpenMetrics names, and in its mark at the end.

use std::fmt::Write;

use axum::http::{HeaderMap, header};
use hub_runtime::Readings;
use hub_runtime::meters::{Kind, Labels, Measured, Reading};

/// The units of our numbers; OpenMetrics wants them told.
const UNITS: [&str; 2] = ["seconds", "bytes"];
/// Beyond this, whole numbers have gaps in a float.
const WHOLE: f64 = 9e15;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    /// What the Accept header likes best; that of Prometheus when it has no wish.
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter();
        let ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        let (mut open, mut plain) = (0.0, 0.0);
        for (name, quality) in ranges.filter_map(range) {
            match name.as_str() {
                "application/openmetrics-text" => open = quality.max(open),
                "text/plain" => plain = quality.max(plain),
                _ => {}
            }
        }
        match open > 0.0 && open >= plain {
            true => Self::OpenMetrics,
            false => Self::Prometheus,
        }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// A media range's name and quality, unless it wants another version than ours.
fn range(range: &str) -> Option<(String, f32)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let mut quality = 1.0;
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        match (name.as_str(), key.trim(), value.trim()) {
            ("application/openmetrics-text", "version", version) if version != "1.0.0" => {
                return None;
            }
            (_, "q", value) => quality = value.parse().ok()?,
            _ => {}
        }
    }
    Some((name, quality))
}

/// All numbers as text.
pub(super) fn write(readings: &Readings, format: Format) -> String {
    let mut out = String::new();
    for (name, reading) in readings.iter() {
        // To a string one can always write.
        let _ = write_family(&mut out, name, reading, format);
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn write_family(
    out: &mut String,
    name: &str,
    reading: &Reading,
    format: Format,
) -> std::fmt::Result {
    let (family, kind) = match (format, reading.kind) {
        (Format::OpenMetrics, Kind::Counter) => (stem(name, "_total"), "counter"),
        (Format::OpenMetrics, Kind::Info) => (stem(name, "_info"), "info"),
        (Format::Prometheus, Kind::Counter) => (name, "counter"),
        (Format::Prometheus, Kind::Info) | (_, Kind::Gauge) => (name, "gauge"),
        (_, Kind::Histogram) => (name, "histogram"),
    };
    writeln!(out, "# HELP {family} {}", escaped(reading.help, format))?;
    writeln!(out, "# TYPE {family} {kind}")?;
    let unit = UNITS.iter().find(|unit| {
        let before = family.strip_suffix(**unit);
        before.is_some_and(|before| before.ends_with('_'))
    });
    if let (Format::OpenMetrics, Some(unit)) = (format, unit) {
        writeln!(out, "# UNIT {family} {unit}")?;
    }
    for (labels, measured) in &reading.samples {
        match measured {
            Measured::Number(number) => {
                write_line(out, name, labels, None, &value(*number))?;
            }
            Measured::Histogram { buckets, sum } => {
                for (bound, count) in buckets {
                    let bucket = format!("{name}_bucket");
                    write_line(out, &bucket, labels, Some(*bound), &count.to_string())?;
                }
                let count = buckets.last().map_or(0, |(_, count)| *count);
                write_line(out, &format!("{name}_sum"), labels, None, &value(*sum))?;
                write_line(
                    out,
                    &format!("{name}_count"),
                    labels,
                    None,
                    &count.to_string(),
                )?;
            }
        }
    }
    Ok(())
}

fn stem<'a>(name: &'a str, end: &str) -> &'a str {
    name.strip_suffix(end).unwrap_or(name)
}

fn write_line(
    out: &mut String,
    name: &str,
    labels: &Labels,
    bound: Option<f64>,
    value: &str,
) -> std::fmt::Result {
    out.push_str(name);
    let mut before = '{';
    for (label, value) in labels {
        write!(out, "{before}{label}=\"{}\"", quoted(value))?;
        before = ',';
    }
    if let Some(bound) = bound {
        write!(out, "{before}le=\"{}\"", float(bound))?;
        before = ',';
    }
    if before == ',' {
        out.push('}');
    }
    writeln!(out, " {value}")
}

/// A number, whole ones without a point.
fn value(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < WHOLE {
        format!("{number:.0}")
    } else {
        float(number)
    }
}

/// A number with a point, as bounds of buckets have it.
fn float(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        number if number.is_nan() => "NaN".into(),
        number => format!("{number:?}"),
    }
}

fn escaped(help: &str, format: Format) -> String {
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    match format {
        Format::Prometheus => help,
        Format::OpenMetrics => help.replace('"', "\\\""),
    }
}

fn quoted(label: &str) -> String {
    let label = label.replace('\\', "\\\\").replace('\n', "\\n");
    label.replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::HeaderValue;
    use hub_runtime::Meters;

    use super::*;

    fn readings() -> Readings {
        let meters = Meters::default();
        let told = meters.counter("a_told_total", "Told.", &[("of", "a \"b\"\\\n")]);
        told.add(7);
        meters.gauge("b_size_bytes", "Size.", &[]).set(0.5);
        let histogram = meters.histogram("c_took_seconds", "Took.", &[("of", "x")], &[0.1, 1.0]);
        histogram.observe(Duration::from_millis(500));
        let mut readings = meters.read();
        readings.info("d_info", "What it is: \"d\".", &[("version", "1")]);
        readings
    }

    #[test]
    fn for_prometheus() {
        let expected = r#"# HELP a_told_total Told.
# TYPE a_told_total counter
a_told_total{of="a \"b\"\\\n"} 7
# HELP b_size_bytes Size.
# TYPE b_size_bytes gauge
b_size_bytes 0.5
# HELP c_took_seconds Took.
# TYPE c_took_seconds histogram
c_took_seconds_bucket{of="x",le="0.1"} 0
c_took_seconds_bucket{of="x",le="1.0"} 1
c_took_seconds_bucket{of="x",le="+Inf"} 1
c_took_seconds_sum{of="x"} 0.5
c_took_seconds_count{of="x"} 1
# HELP d_info What it is: "d".
# TYPE d_info gauge
d_info{version="1"} 1
"#;
        assert_eq!(write(&readings(), Format::Prometheus), expected);
    }

    #[test]
    fn for_openmetrics() {
        let text = write(&readings(), Format::OpenMetrics);
        for part in [
            "# HELP a_told Told.\n# TYPE a_told counter\na_told_total{",
            "# TYPE b_size_bytes gauge\n# UNIT b_size_bytes bytes\nb_size_bytes 0.5\n",
            "# HELP d What it is: \\\"d\\\".\n# TYPE d info\nd_info{version=\"1\"} 1\n# EOF\n",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn numbers_are_written_as_the_formats_want() {
        let cases = [
            (0.0, "0"),
            (-2.0, "-2"),
            (1.5, "1.5"),
            (1e300, "1e300"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (number, text) in cases {
            assert_eq!(value(number), text);
        }
    }

    #[test]
    fn the_accept_header_chooses() {
        let chosen = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            Format::accepted(&headers)
        };
        // What Prometheus 2 and 3 send.
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
                          application/openmetrics-text;version=0.0.1;q=0.4,\
                          text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        assert_eq!(chosen(prometheus), Format::OpenMetrics);
        assert_eq!(chosen("application/openmetrics-text"), Format::OpenMetrics);
        for plain in [
            "*/*",
            "text/plain",
            "text/plain, application/openmetrics-text;q=0.5",
            "application/openmetrics-text;version=0.0.1",
            "application/openmetrics-text;q=0",
            "application/openmetrics-text;q=x",
            ";;;=,",
        ] {
            assert_eq!(chosen(plain), Format::Prometheus, "{plain}");
        }
        assert_eq!(Format::accepted(&HeaderMap::new()), Format::Prometheus);
    }
}
