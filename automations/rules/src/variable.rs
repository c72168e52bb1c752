//! Variables of the home: `home.mode`, what no device shows but rules and people share.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::datum::{Datum, Type};
use crate::expr::UnitWord;
use crate::quantity::{Dimension, LARGEST, unit_at};

/// A variable as it is declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableDef {
    /// What it may be.
    #[serde(rename = "type")]
    pub datatype: VariableType,
    /// The words of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Arc<str>>,
    /// The unit of a number: `°C`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Arc<str>>,
    /// Its first value.
    pub initial: serde_json::Value,
    /// What its author noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Arc<str>>,
}

/// What a variable may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariableType {
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// Text.
    Text,
    /// One of some words.
    Choice,
}

/// A variable with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its type.
    pub datatype: Type,
    /// Its value.
    pub value: Datum,
    /// The unit in which its numbers are given.
    pub unit: Option<UnitWord>,
}

/// All variables of a home, by name.
pub type Variables = BTreeMap<Arc<str>, Variable>;

/// Why a variable cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// The declaration cannot be read.
    #[error("the declaration cannot be read: {0}")]
    Unreadable(String),
    /// No such unit.
    #[error("{0:?} is no unit")]
    Unit(Arc<str>),
    /// A choice needs words.
    #[error("a choice needs options")]
    NoOptions,
    /// The first value is not of the type.
    #[error("{value} is not {wanted}")]
    Value {
        /// The value.
        value: serde_json::Value,
        /// What it should be.
        wanted: String,
    },
}

impl VariableDef {
    /// Reads the JSON of a declaration.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn from_json(json: &str) -> Result<Self, VariableError> {
        serde_json::from_str(json).map_err(|error| VariableError::Unreadable(error.to_string()))
    }

    /// The variable with its first value.
    ///
    /// # Errors
    /// When the declaration contradicts itself.
    pub fn declare(&self) -> Result<Variable, VariableError> {
        let unit = self.unit()?;
        let datatype = self.datatype(unit)?;
        let value = read(&datatype, unit, &self.initial)?;
        Ok(Variable {
            datatype,
            value,
            unit,
        })
    }

    fn unit(&self) -> Result<Option<UnitWord>, VariableError> {
        let Some(word) = self
            .unit
            .as_ref()
            .filter(|_| self.datatype == VariableType::Number)
        else {
            return Ok(None);
        };
        let unit = unit_at(word).filter(|unit| unit.word == &**word);
        let unit = unit.ok_or_else(|| VariableError::Unit(Arc::clone(word)))?;
        Ok(Some(UnitWord(unit)))
    }

    fn datatype(&self, unit: Option<UnitWord>) -> Result<Type, VariableError> {
        Ok(match self.datatype {
            VariableType::Bool => Type::Bool,
            VariableType::Text => Type::Text,
            VariableType::Number => {
                Type::Number(unit.map_or(Dimension::Plain, |unit| unit.0.dimension))
            }
            VariableType::Choice if self.options.is_empty() => {
                return Err(VariableError::NoOptions);
            }
            VariableType::Choice => Type::Choice(self.options.as_slice().into()),
        })
    }
}

impl Variable {
    /// A JSON value as one of this variable; a number counts its unit.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(&self, json: &serde_json::Value) -> Result<Datum, VariableError> {
        read(&self.datatype, self.unit, json)
    }
}

fn read(
    datatype: &Type,
    unit: Option<UnitWord>,
    json: &serde_json::Value,
) -> Result<Datum, VariableError> {
    let based = |n: f64| unit.map_or(n, |unit| unit.0.to_base(n));
    let found = match datatype {
        Type::Bool => json.as_bool().map(Datum::Bool),
        Type::Number(_) => {
            let number = json.as_f64().map(based);
            number.filter(|n| n.abs() <= LARGEST).map(Datum::Number)
        }
        Type::Text => json.as_str().map(|text| Datum::Text(text.into())),
        Type::Choice(_) => json.as_str().and_then(|word| datatype.value_of(word)),
        _ => None,
    };
    found.ok_or_else(|| VariableError::Value {
        value: json.clone(),
        wanted: datatype.described(),
    })
}
