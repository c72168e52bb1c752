//! Bringing a value into the wire types that a schema asks for.

use super::{Field, Schema, Shape, element};
use crate::id::FieldId;
use crate::value::Value;

impl Schema {
    /// The value with each number in the wire type of its place: signed or unsigned, single or
    /// double. What does not fit without loss, and what the schema does not know, stays as it is;
    /// so a conforming value is returned unchanged.
    #[must_use]
    pub fn conform(&self, value: &Value) -> Value {
        let conformed = match (self.datatype.shape, value) {
            (Shape::Int { .. }, Value::Uint(n)) => i64::try_from(*n).ok().map(Value::Int),
            (Shape::Uint { .. } | Shape::Enum { .. } | Shape::Bitmap { .. }, Value::Int(n)) => {
                u64::try_from(*n).ok().map(Value::Uint)
            }
            (Shape::Single, Value::Double(n)) => single(*n),
            (Shape::Single, Value::Int(_) | Value::Uint(_)) => value.as_f64().and_then(single),
            (Shape::Double, Value::Single(n)) => Some(Value::Double((*n).into())),
            (Shape::Double, Value::Int(_) | Value::Uint(_)) => value.as_f64().map(Value::Double),
            (Shape::List(entry), Value::List(entries)) => Some(Value::List(
                entries.iter().map(|value| entry.conform(value)).collect(),
            )),
            (Shape::Struct(fields), Value::Struct(members)) => {
                Some(conform_fields(fields, members))
            }
            _ => None,
        };
        conformed.unwrap_or_else(|| value.clone())
    }
}

/// The members of a struct, command or event, each by its field.
fn conform_fields(fields: &'static [Field], members: &[(FieldId, Value)]) -> Value {
    let conform = |(id, value): &(FieldId, Value)| {
        let field = element::find(fields, |field| field.id.cmp(id));
        let value = field.map_or_else(|| value.clone(), |field| field.schema.conform(value));
        (*id, value)
    };
    Value::Struct(members.iter().map(conform).collect())
}

/// The nearest single precision number, if it is not infinitely far off.
fn single(n: f64) -> Option<Value> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be finite after"
    )]
    let narrow = n as f32;
    (narrow.is_finite() || !n.is_finite()).then_some(Value::Single(narrow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::cluster_by_name;

    fn schema(cluster: &str, attribute: &str) -> Schema {
        let cluster = cluster_by_name(cluster).unwrap();
        cluster.attribute_by_name(attribute).unwrap().schema
    }

    #[test]
    fn numbers_get_the_type_of_their_place() {
        let temperature = schema("TemperatureMeasurement", "MeasuredValue");
        assert_eq!(temperature.conform(&Value::Uint(2150)), Value::Int(2150));
        assert_eq!(temperature.conform(&Value::Null), Value::Null);
        let level = schema("LevelControl", "CurrentLevel");
        assert_eq!(level.conform(&Value::Int(12)), Value::Uint(12));
        assert_eq!(level.conform(&Value::Int(-1)), Value::Int(-1));
        let co = schema("CarbonMonoxideConcentrationMeasurement", "MeasuredValue");
        assert_eq!(co.conform(&Value::Double(1.5)), Value::Single(1.5));
        assert_eq!(co.conform(&Value::Uint(3)), Value::Single(3.0));
        assert_eq!(co.conform(&Value::Double(1e300)), Value::Double(1e300));
    }

    #[test]
    fn members_of_structs_are_reached() {
        let acl = schema("AccessControl", "Acl");
        let given = Value::list([Value::structure([(1, Value::Int(5)), (99, Value::Int(5))])]);
        let conformed = Value::list([Value::structure([(1, Value::Uint(5)), (99, Value::Int(5))])]);
        assert_eq!(acl.conform(&given), conformed);
    }
}
