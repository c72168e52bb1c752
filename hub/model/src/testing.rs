//! Values for property tests.

use proptest::prelude::*;

use crate::id::FieldId;
use crate::spec::{self, Attribute, Clause, Cluster, Field, Schema, Shape};
use crate::value::Value;

/// Any value that the wire can hold and that equals itself (no NaN).
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-300i64..300).prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        (0u64..70_000).prop_map(Value::Uint),
        single(),
        double(),
        ".{0,12}".prop_map(Value::text),
        proptest::collection::vec(any::<u8>(), 0..300).prop_map(|b| Value::Bytes(b.into())),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let member = (any::<u8>(), inner.clone()).prop_map(|(id, v)| (FieldId(id.into()), v));
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(|e| Value::List(e.into())),
            proptest::collection::vec(member, 0..6).prop_map(|m| Value::Struct(m.into())),
        ]
    })
}

/// Any attribute of the specification.
pub(crate) fn any_attribute() -> impl Strategy<Value = (&'static Cluster, &'static Attribute)> {
    any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(cluster, attribute)| {
        let cluster = cluster.get(spec::clusters());
        let attributes: Vec<_> = cluster.attributes().collect();
        (cluster, *attribute.get(&attributes))
    })
}

/// Any attribute of the specification with a value that keeps its schema.
pub(crate) fn any_typed() -> impl Strategy<Value = (&'static Cluster, &'static Attribute, Value)> {
    any_attribute().prop_flat_map(|(cluster, attribute)| {
        typed(attribute.schema, 3).prop_map(move |value| (cluster, attribute, value))
    })
}

/// A value that keeps the schema; lists below `depth` are empty.
pub(crate) fn typed(schema: Schema, depth: u8) -> BoxedStrategy<Value> {
    let value = match schema.datatype.shape {
        Shape::Any => any_value().boxed(),
        Shape::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Shape::Uint { bytes } => uint(bytes),
        Shape::Int { bytes } => {
            let spare = 64 - u32::from(bytes) * 8;
            any::<i64>()
                .prop_map(move |n| Value::Int(n >> spare))
                .boxed()
        }
        Shape::Single => single().boxed(),
        Shape::Double => double().boxed(),
        Shape::Text => ".{0,12}".prop_map(Value::text).boxed(),
        Shape::Bytes => proptest::collection::vec(any::<u8>(), 0..20)
            .prop_map(|octets| Value::Bytes(octets.into()))
            .boxed(),
        Shape::Enum { bytes, members: [] } => uint(bytes),
        Shape::Enum { bytes, members } => prop_oneof![
            4 => (0..members.len()).prop_map(|at| Value::Uint(members[at].value.into())),
            1 => uint(bytes),
        ]
        .boxed(),
        Shape::Bitmap { bytes, .. } => {
            prop_oneof![uint(bytes), (0u64..8).prop_map(Value::Uint)].boxed()
        }
        Shape::List(_) if depth == 0 => Just(Value::list([])).boxed(),
        Shape::List(entry) => proptest::collection::vec(typed(*entry, depth - 1), 0..3)
            .prop_map(Value::list)
            .boxed(),
        Shape::Struct(fields) => structure(fields, depth),
    };
    if schema.nullable {
        prop_oneof![1 => Just(Value::Null), 5 => value].boxed()
    } else {
        value
    }
}

/// All fields, or only the mandatory ones.
pub(crate) fn structure(fields: &'static [Field], depth: u8) -> BoxedStrategy<Value> {
    let members: Vec<_> = fields
        .iter()
        .map(|field| {
            let mandatory = field.conformance.clause == Clause::Mandatory;
            let value = typed(field.schema, depth.saturating_sub(1));
            (
                Just(field.id),
                value,
                any::<bool>().prop_map(move |there| there || mandatory),
            )
        })
        .collect();
    members
        .prop_map(|members| {
            let there = members.into_iter().filter(|(_, _, there)| *there);
            Value::Struct(there.map(|(id, value, _)| (id, value)).collect())
        })
        .boxed()
}

fn uint(bytes: u8) -> BoxedStrategy<Value> {
    let spare = 64 - u32::from(bytes) * 8;
    any::<u64>()
        .prop_map(move |n| Value::Uint(n >> spare))
        .boxed()
}

fn single() -> impl Strategy<Value = Value> {
    any::<f32>()
        .prop_filter("equals itself", |n| !n.is_nan())
        .prop_map(Value::Single)
}

fn double() -> impl Strategy<Value = Value> {
    any::<f64>()
        .prop_filter("equals itself", |n| !n.is_nan())
        .prop_map(Value::Double)
}
