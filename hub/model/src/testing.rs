//! Values for property tests.

use proptest::prelude::*;

use crate::id::FieldId;
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
        any::<f32>()
            .prop_filter("equals itself", |n| !n.is_nan())
            .prop_map(Value::Single),
        any::<f64>()
            .prop_filter("equals itself", |n| !n.is_nan())
            .prop_map(Value::Double),
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
