//! Samples as a table in Apache Parquet's file format, row group by row group, so that a file of any
//! length takes the memory of one.
//!
//! | column | type |
//! |---|---|
//! | `series` | text: the path |
//! | `at` | moment, milliseconds, UTC |
//! | `number` | double in the series' unit; null when it is no number |
//! | `value` | text: JSON, as the device counts |
//! | `quality` | text: `known` or `stale` |
//! | `cause` | integer: the command that led to it; null when none did |

use std::io::{self, Write};
use std::sync::Arc;

use hub_api::dto::{QualityWord, Recorded};
use parquet::basic::{Encoding, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type, TypePtr};

/// Rows of a group: some ten megabytes while they are gathered.
const GROUP: usize = 100_000;

/// A table that is being written.
pub(super) struct Table<W: Write + Send> {
    file: SerializedFileWriter<W>,
    rows: Columns,
}

/// The rows of the group to come, by column.
#[derive(Default)]
struct Columns {
    series: Vec<ByteArray>,
    at: Vec<i64>,
    numbers: Optional<f64>,
    values: Vec<ByteArray>,
    qualities: Vec<ByteArray>,
    causes: Optional<i64>,
}

/// A column that may be null: the values that are there, and for each row whether there is one.
#[derive(Default)]
struct Optional<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Optional<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

impl<W: Write + Send> Table<W> {
    /// An empty table in a file.
    pub(super) fn new(file: W) -> io::Result<Self> {
        let at = ColumnPath::from("at");
        let properties = WriterProperties::builder()
            .set_created_by(format!("ingle {}", env!("CARGO_PKG_VERSION")))
            // Moments are all different, and close to each other.
            .set_column_dictionary_enabled(at.clone(), false)
            .set_column_encoding(at, Encoding::DELTA_BINARY_PACKED)
            .build();
        let schema = schema().map_err(io_error)?;
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties));
        Ok(Self {
            file: file.map_err(io_error)?,
            rows: Columns::default(),
        })
    }

    /// Adds a row.
    pub(super) fn add(&mut self, recorded: &Recorded) -> io::Result<()> {
        let Recorded { series, sample } = recorded;
        let rows = &mut self.rows;
        rows.series.push(series.as_str().into());
        rows.at.push(sample.at_ms);
        rows.numbers.push(sample.number);
        rows.values
            .push(sample.value.to_string().into_bytes().into());
        rows.qualities.push(match sample.quality {
            QualityWord::Known => "known".into(),
            QualityWord::Stale => "stale".into(),
        });
        let cause = sample.cause.and_then(|cause| i64::try_from(cause).ok());
        rows.causes.push(cause);
        if rows.at.len() == GROUP {
            self.end_group()?;
        }
        Ok(())
    }

    /// Writes what is left, and the end of the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if !self.rows.at.is_empty() {
            self.end_group()?;
        }
        self.file.close().map(drop).map_err(io_error)
    }

    fn end_group(&mut self) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        self.write(&rows).map_err(io_error)
    }

    fn write(&mut self, rows: &Columns) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        column::<ByteArrayType, W>(&mut group, &rows.series, None)?;
        column::<Int64Type, W>(&mut group, &rows.at, None)?;
        column::<DoubleType, W>(&mut group, &rows.numbers.values, Some(&rows.numbers.levels))?;
        column::<ByteArrayType, W>(&mut group, &rows.values, None)?;
        column::<ByteArrayType, W>(&mut group, &rows.qualities, None)?;
        column::<Int64Type, W>(&mut group, &rows.causes.values, Some(&rows.causes.levels))?;
        group.close().map(drop)
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema has fewer columns".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn schema() -> Result<TypePtr, ParquetError> {
    const OPTIONAL: Repetition = Repetition::OPTIONAL;
    const REQUIRED: Repetition = Repetition::REQUIRED;
    let field = |name: &str, physical, repetition, logical: Option<LogicalType>| {
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical)
            .build();
        field.map(Arc::new)
    };
    let text = || Some(LogicalType::String);
    let moment = Some(LogicalType::timestamp(true, TimeUnit::MILLIS));
    let fields = vec![
        field("series", Physical::BYTE_ARRAY, REQUIRED, text())?,
        field("at", Physical::INT64, REQUIRED, moment)?,
        field("number", Physical::DOUBLE, OPTIONAL, None)?,
        field("value", Physical::BYTE_ARRAY, REQUIRED, text())?,
        field("quality", Physical::BYTE_ARRAY, REQUIRED, text())?,
        field("cause", Physical::INT64, OPTIONAL, None)?,
    ];
    let schema = Type::group_type_builder("samples").with_fields(fields);
    schema.build().map(Arc::new)
}

fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use hub_api::dto::Sample;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_has_its_groups_between_the_magic_numbers() {
        let mut octets = Vec::new();
        let mut table = Table::new(&mut octets).unwrap();
        for n in 0..GROUP + 5 {
            let sample = Sample {
                at_ms: i64::try_from(n).unwrap(),
                value: json!(n % 7),
                number: (n % 2 == 0).then_some(0.5),
                text: String::new(),
                quality: QualityWord::Known,
                cause: None,
            };
            let series = "lamp/1/OnOff.OnOff".to_owned();
            table.add(&Recorded { series, sample }).unwrap();
        }
        table.finish().unwrap();
        assert!(octets.starts_with(b"PAR1") && octets.ends_with(b"PAR1"));
        // Dictionaries and deltas: two octets a row at most.
        assert!(octets.len() < 2 * GROUP, "{}", octets.len());
    }

    #[test]
    fn nothing_is_a_file_without_rows() {
        let mut octets = Vec::new();
        Table::new(&mut octets).unwrap().finish().unwrap();
        assert!(octets.ends_with(b"PAR1"));
    }
}
