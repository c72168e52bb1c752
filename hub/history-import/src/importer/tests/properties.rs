//! What holds for any rows: no text upsets the import, order within a page does not matter, and twice
//! is once.

use proptest::prelude::*;

use super::*;

/// The course that samples tell of: one more that says the same as the one before it, as at the end
/// of an earlier import, changes nothing.
fn plain(mut store: Store) -> Store {
    for samples in store.samples.values_mut() {
        samples.dedup_by(|b, a| (a.quality, &a.value) == (b.quality, &b.value));
    }
    store
}

/// Rows of four entities of every kind, in some order.
fn any_rows() -> impl Strategy<Value = Vec<StateRow>> {
    let state = prop_oneof![
        Just("on".to_owned()),
        Just("off".to_owned()),
        Just("unavailable".to_owned()),
        (-10_i32..50).prop_map(|n| n.to_string()),
        ".{0,6}",
    ];
    let attributes = prop_oneof![
        Just("{}".to_owned()),
        (0_u32..300).prop_map(|n| format!("{{\"brightness\":{n}}}")),
        (0_u32..300).prop_map(|n| format!("{{\"current_position\":{n},\"hs_color\":[{n},1]}}")),
        ".{0,12}",
    ];
    let row = (1_i64..5, 1_u32..40, state, attributes)
        .prop_map(|(entity, second, state, json)| row(entity, second, &state, &json));
    // Rows have numbers of their own, as in a database.
    proptest::collection::vec(row, 0..40).prop_map(|mut rows| {
        for (row, number) in rows.iter_mut().zip(0..) {
            row.row = number;
        }
        rows
    })
}

fn any_plan() -> Plan {
    let entities = entities(&[
        ("light.hall", "", ""),
        ("sensor.t", "temperature", "°C"),
        ("cover.bed", "", ""),
        ("sensor.other", "", ""),
    ]);
    let table = table(&[
        ("light.hall", "hall-lamp"),
        ("sensor.t", "hall-sensor"),
        ("cover.bed", "bedroom-blind"),
    ]);
    plan(&table, &entities, &[])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_order_within_a_page_does_not_matter(
        (rows, shuffled) in any_rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        prop_assert_eq!(import(any_plan(), &rows), import(any_plan(), &shuffled));
    }

    #[test]
    fn pages_of_any_length_make_the_same(mut rows in any_rows(), length in 1_usize..9) {
        let whole = import(any_plan(), &rows).0;
        rows.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.row.cmp(&b.row)));
        let mut store = Store::default();
        let mut importer = Importer::new(any_plan(), &Past::default());
        for page in rows.chunks(length) {
            store.keep(importer.states(page.to_vec()));
        }
        store.keep(importer.finish().samples);
        prop_assert_eq!(store, whole);
    }

    #[test]
    fn twice_is_once_and_more_rows_go_on_where_it_ended(rows in any_rows(), split in 0_u32..40) {
        let whole = import(any_plan(), &rows).0;
        let (early, _): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|row| row.at < f64::from(split));
        let (mut store, first) = import(any_plan(), &early);
        let past = Past { earlier_ends: first.end.into_iter().collect(), ..Past::default() };
        for _ in 0..2 {
            let mut importer = Importer::new(any_plan(), &past);
            store.keep(importer.states(rows.clone()));
            store.keep(importer.finish().samples);
        }
        prop_assert_eq!(plain(store), plain(whole));
    }
}
