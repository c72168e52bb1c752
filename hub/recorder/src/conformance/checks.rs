//! The checks that say in their names what must hold.

use std::iter;

use history::rollup::{Numbers, Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::Quality;
use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, EndpointId, EventId, EventPath, NodeId,
    Timestamp, Value,
};

use super::{Broken, Check, Subject};
use crate::store::{Entry, Expire, Late, SeriesId, StoreError};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// A series key for tests.
pub(super) const fn key(attribute: u32) -> SeriesKey {
    SeriesKey::Attribute(AttributePath {
        node: NodeId(7),
        endpoint: EndpointId(1),
        cluster: ClusterId(0x0402),
        attribute: AttributeId(attribute),
    })
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn entry(series: SeriesId, millis: i64, value: i64) -> Entry {
    let sample = Sample::known(at(millis), Value::Int(value));
    Entry { series, sample }
}

/// The only id of a new series.
async fn enrolled(check: &Check<'_>, attribute: u32) -> Result<SeriesId, Broken> {
    let ids = check.done(check.store.enrol(vec![key(attribute)]).await)?;
    let &[id] = ids.as_slice() else {
        return Err(check.broken(format!("one key has the ids {ids:?}")));
    };
    Ok(id)
}

async fn all(check: &Check<'_>, series: SeriesId) -> Result<Vec<Sample>, Broken> {
    let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    check.done(check.store.read(series, from, to, usize::MAX).await)
}

pub(super) async fn ids_stay(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("ids stay", subject, 1).await;
    let event = EventPath {
        node: NodeId(u64::MAX),
        endpoint: EndpointId(u16::MAX),
        cluster: ClusterId(u32::MAX),
        event: EventId(u32::MAX),
    };
    let keys = vec![
        SeriesKey::Hub,
        key(0),
        SeriesKey::Reachability(NodeId(7)),
        SeriesKey::Commands(NodeId(7)),
        SeriesKey::Event(event),
        SeriesKey::Foreign("sensor.ümläut 'quoted'".into()),
    ];
    let ids = check.done(check.store.enrol(keys.clone()).await)?;
    let again = check.done(check.store.enrol(vec![key(0), key(1), key(0)]).await)?;
    check.same("ids of keys that are there", &again.first(), &ids.get(1))?;
    check.same("the same key twice", &again.first(), &again.get(2))?;
    let found = check.done(check.store.find(&key(0)).await)?;
    check.same("the id of a key", &found.as_ref(), &ids.get(1))?;
    let none = check.done(check.store.find(&key(77)).await)?;
    check.same("the id of a key that is not there", &none, &None)?;
    check.reopen().await;
    let mut wanted: Vec<_> = iter::zip(ids, keys).collect();
    wanted.extend(again.get(1).map(|id| (*id, key(1))));
    wanted.sort();
    let found = check.done(check.store.series().await)?;
    check.same("all series", &found, &wanted)?;
    check.end().await
}

pub(super) async fn the_last_of_a_millisecond_stands(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("the last of a millisecond stands", subject, 2).await;
    let id = enrolled(&check, 0).await?;
    let first = vec![entry(id, 20, 1), entry(id, 10, 2), entry(id, 20, 3)];
    check.done(check.store.append(first).await)?;
    check.reopen().await;
    check.done(
        check
            .store
            .append(vec![entry(id, 10, 4), entry(id, 15, 5)])
            .await,
    )?;
    let wanted = [entry(id, 10, 4), entry(id, 15, 5), entry(id, 20, 3)].map(|entry| entry.sample);
    check.same("samples", &all(&check, id).await?, &wanted.to_vec())?;
    while check.done(check.store.tidy().await)? {}
    check.reopen().await;
    check.same("samples, tidied", &all(&check, id).await?, &wanted.to_vec())?;
    let before = check.done(check.store.before(id, at(15)).await)?;
    check.same("the one before", &before.as_ref(), &wanted.first())?;
    let after = check.done(check.store.after(id, at(15)).await)?;
    check.same("the one after", &after.as_ref(), &wanted.get(1))?;
    let none = check.done(check.store.before(id, at(10)).await)?;
    check.same("nothing before the first", &none, &None)?;
    let empty = check.done(check.store.read(id, at(20), at(10), 9).await)?;
    check.same("a range the wrong way round", &empty, &Vec::new())?;
    check.end().await
}

pub(super) async fn every_value_comes_back_as_it_was(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("every value comes back as it was", subject, 3).await;
    let id = enrolled(&check, 0).await?;
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(i64::MIN),
        Value::Int(-1),
        Value::Int(i64::MAX),
        Value::Uint(0),
        Value::Uint(u64::MAX),
        Value::Uint((1 << 53) + 1),
        Value::Single(f32::MIN_POSITIVE),
        Value::Single(-0.0),
        Value::Single(17.9),
        Value::Double(f64::MAX),
        Value::Double(f64::INFINITY),
        Value::Double(-0.0),
        Value::Double(21.53),
        Value::from(""),
        Value::from("Küche\0\u{1f525}'\"\\"),
        Value::Bytes([0, 255, 10].into()),
        Value::list([Value::Int(1), Value::from("a"), Value::list([])]),
        Value::structure([(0, Value::Uint(5_000)), (254, Value::Null)]),
        Value::structure([]),
    ];
    let mut entries = Vec::new();
    for (millis, value) in (1_000..).zip(values) {
        let mut entry = entry(id, millis, 0);
        entry.sample.value = value;
        if millis % 2 == 0 {
            entry.sample.quality = Quality::Stale;
        }
        if millis % 3 == 0 {
            entry.sample.cause = Some(CauseId(u64::try_from(millis).unwrap_or(0) << 40));
        }
        entries.push(entry);
    }
    check.done(check.store.append(entries.clone()).await)?;
    let wanted: Vec<_> = entries.into_iter().map(|entry| entry.sample).collect();
    check.same("samples", &all(&check, id).await?, &wanted)?;
    check.reopen().await;
    check.same("samples later", &all(&check, id).await?, &wanted)?;
    check.end().await
}

pub(super) async fn stray_ids_are_refused_and_nothing_is_kept(
    subject: &Subject<'_>,
) -> Result<(), Broken> {
    let check = Check::begin("stray ids are refused and nothing is kept", subject, 4).await;
    let id = enrolled(&check, 0).await?;
    for stray in [SeriesId(0), SeriesId(id.0 + 1), SeriesId(u32::MAX)] {
        let entries = vec![entry(id, 1, 1), entry(stray, 2, 2)];
        let refused = check.store.append(entries).await;
        if !matches!(refused, Err(StoreError::Failed(_))) {
            return Err(check.broken(format!("{stray:?} was answered {refused:?}")));
        }
        let unread = check.store.read(stray, at(0), at(9), 9).await;
        check.same("a read of it", &unread, &Ok(Vec::new()))?;
    }
    check.same("samples", &all(&check, id).await?, &Vec::new())?;
    check.end().await
}

pub(super) async fn long_reads_come_in_pieces(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("long reads come in pieces", subject, 5).await;
    let id = enrolled(&check, 0).await?;
    let other = enrolled(&check, 1).await?;
    let mut wanted = Vec::new();
    for batch in 0..20 {
        let millis = (0..250).map(|n| (batch * 250 + n) * 1_000);
        let entries: Vec<_> = millis.map(|at| entry(id, at, at * 3)).collect();
        wanted.extend(entries.iter().map(|entry| entry.sample.clone()));
        check.done(check.store.append(entries).await)?;
        check.done(check.store.append(vec![entry(other, batch, batch)]).await)?;
    }
    for round in ["at once", "tidied"] {
        let mut found = Vec::new();
        let mut from = Timestamp(i64::MIN);
        loop {
            let end = Timestamp(i64::MAX);
            let piece = check.done(check.store.read(id, from, end, 700).await)?;
            let Some(last) = piece.last() else { break };
            from = at(last.at.as_millis() + 1);
            check.same(
                "a piece is no longer than asked",
                &(piece.len() <= 700),
                &true,
            )?;
            found.extend(piece);
        }
        check.same(round, &(found == wanted), &true)?;
        let middle = check.done(check.store.read(id, at(1_000_500), at(1_003_000), 9).await)?;
        let of_wanted = wanted.get(1_001..1_003).unwrap_or_default();
        check.same("a part", &middle.as_slice(), &of_wanted)?;
        while check.done(check.store.tidy().await)? {}
        check.reopen().await;
    }
    let size = check.done(check.store.size().await)?;
    check.same("the number of samples", &size.samples, &5_020)?;
    if size.octets == 0 || size.oldest.is_none_or(|oldest| oldest > at(0)) {
        return Err(check.broken(format!("the size is {size:?}")));
    }
    check.end().await
}

pub(super) async fn late_days_are_told_until_mended(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("late days are told until mended", subject, 6).await;
    let id = enrolled(&check, 0).await?;
    let day = |day: i64| day * DAY / 1_000;
    check.done(check.store.append(vec![entry(id, day(1), 1)]).await)?;
    check.same(
        "before anything is rolled up",
        &check.store.late(9).await,
        &Ok(Vec::new()),
    )?;
    check.done(check.store.set_rolled_until(at(day(10))).await)?;
    let late = vec![
        entry(id, day(-1) + 5, 2),
        entry(id, day(3), 3),
        entry(id, day(10), 4),
        entry(id, day(9) + 7, 5),
    ];
    check.done(check.store.append(late).await)?;
    check.reopen().await;
    let until = check.done(check.store.rolled_until().await)?;
    check.same("rolled up until", &until, &Some(at(day(10))))?;
    let told = check.done(check.store.late(9).await)?;
    let days = |late: &[Late]| late.iter().map(|late| late.day).collect::<Vec<_>>();
    check.same("days", &days(&told), &vec![-1, 3, 9])?;
    let two = check.done(check.store.late(2).await)?;
    check.same("at most two", &days(&two), &vec![-1, 3])?;
    // The third day is late anew before it is mended.
    check.done(check.store.append(vec![entry(id, day(3) + 1, 6)]).await)?;
    check.done(check.store.mended(told).await)?;
    let left = check.done(check.store.late(9).await)?;
    check.same("late again", &days(&left), &vec![3])?;
    check.done(check.store.mended(left).await)?;
    check.same("all mended", &check.store.late(9).await, &Ok(Vec::new()))?;
    check.end().await
}

/// A roll-up for tests.
pub(super) fn rollup(from: Timestamp, number: f64) -> Rollup {
    Rollup {
        from,
        samples: 3,
        known_ms: 250_000,
        numbers: Some(Numbers {
            first: number,
            last: number + 0.5,
            min: -number,
            max: number * 3.0,
            sum: number / 3.0,
            count: 2,
            weighted: number * 250_000.0,
            ms: 250_000,
            increase: 0.1,
            resets: 1,
        }),
        states: vec![(Value::Bool(true), 3), (Value::from("off"), 4)],
        other_ms: 9,
    }
}

pub(super) async fn rollups_take_each_others_place(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("roll-ups take each other's place", subject, 7).await;
    let id = enrolled(&check, 0).await?;
    let other = enrolled(&check, 1).await?;
    let empty = Rollup {
        numbers: None,
        states: Vec::new(),
        ..rollup(at(1_200_000), 0.0)
    };
    for period in Period::ALL {
        let first = vec![
            rollup(at(300_000), 1.1),
            rollup(at(900_000), 2.2),
            empty.clone(),
        ];
        let day = vec![
            rollup(Timestamp(40 * DAY), 21.53),
            rollup(Timestamp(400 * DAY), 4e-9),
        ];
        let put = vec![
            (id, first),
            (other, vec![rollup(at(0), 9.0)]),
            (id, day.clone()),
        ];
        check.done(check.store.put_rollups(period, put).await)?;
        let again = vec![(id, vec![rollup(at(900_000), 3.3), rollup(at(600_000), 4.4)])];
        check.done(check.store.put_rollups(period, again).await)?;
    }
    check.reopen().await;
    let end = Timestamp(i64::MAX);
    for period in Period::ALL {
        let mut wanted = vec![
            rollup(at(300_000), 1.1),
            rollup(at(600_000), 4.4),
            rollup(at(900_000), 3.3),
            empty.clone(),
        ];
        wanted.extend([
            rollup(Timestamp(40 * DAY), 21.53),
            rollup(Timestamp(400 * DAY), 4e-9),
        ]);
        let found = check.done(check.store.rollups(period, id, at(0), end).await)?;
        check.same("all", &found, &wanted)?;
        let some = check
            .store
            .rollups(period, id, at(600_000), at(1_200_000))
            .await;
        let of_wanted = wanted.get(1..3).unwrap_or_default().to_vec();
        check.same("some", &some, &Ok(of_wanted))?;
    }
    let gone = Timestamp(39 * DAY);
    check.done(check.store.expire_rollups(Period::FiveMinutes, gone).await)?;
    let left = check.done(
        check
            .store
            .rollups(Period::FiveMinutes, id, at(0), end)
            .await,
    )?;
    check.same("left after some expired", &left.len(), &2)?;
    let hours = check.done(check.store.rollups(Period::Hour, id, at(0), end).await)?;
    check.same("hours are not touched", &hours.len(), &6)?;
    check.end().await
}

pub(super) async fn what_expires_is_gone_and_the_rest_is_not(
    subject: &Subject<'_>,
) -> Result<(), Broken> {
    let mut check = Check::begin("what expires is gone and the rest is not", subject, 8).await;
    let id = enrolled(&check, 0).await?;
    let kept = enrolled(&check, 1).await?;
    for day in 0..30 {
        let hours = (0..24).flat_map(|hour| {
            let at = day * DAY / 1_000 + hour * 3_600_000;
            [entry(id, at, day), entry(kept, at, day)]
        });
        check.done(check.store.append(hours.collect()).await)?;
    }
    while check.done(check.store.tidy().await)? {}
    check.reopen().await;
    let expire = |day: i64, only: Option<Vec<SeriesId>>, but: Vec<SeriesId>| Expire {
        before: Timestamp(day * DAY),
        only,
        but,
    };
    check.done(check.store.expire(expire(10, None, vec![kept])).await)?;
    check.done(
        check
            .store
            .expire(expire(20, Some(vec![id]), Vec::new()))
            .await,
    )?;
    let found = all(&check, id).await?;
    let young = found
        .iter()
        .filter(|sample| sample.at >= Timestamp(20 * DAY));
    check.same("nothing younger is gone", &young.count(), &240)?;
    check.same(
        "nothing of the other is gone",
        &all(&check, kept).await?.len(),
        &720,
    )?;
    // What is much older than the moment must be gone, whatever it shared a block with.
    let first = found.first().map(|sample| sample.at >= Timestamp(15 * DAY));
    check.same("what is much older is gone", &first, &Some(true))?;
    check.done(check.store.expire(expire(1_000, None, Vec::new())).await)?;
    while check.done(check.store.tidy().await)? {}
    check.reopen().await;
    check.same("all expired", &all(&check, id).await?, &Vec::new())?;
    let left = check.done(check.store.size().await)?;
    check.same("no sample is left", &left.samples, &0)?;
    check.same("the ids are", &enrolled(&check, 0).await?, &id)?;
    check.end().await
}

pub(super) async fn extreme_moments_are_kept(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("extreme moments are kept", subject, 9).await;
    let id = enrolled(&check, 0).await?;
    // The clock of a hub without a battery shows 1970, and a broken one some far year.
    let moments = [-86_400_000, 0, 1, 1_795_000_000_000, 253_402_300_799_000];
    let entries: Vec<_> = moments.into_iter().map(|ms| entry(id, ms, ms)).collect();
    check.done(check.store.append(entries.clone()).await)?;
    check.reopen().await;
    let wanted: Vec<_> = entries.into_iter().map(|entry| entry.sample).collect();
    check.same("samples", &all(&check, id).await?, &wanted)?;
    while check.done(check.store.tidy().await)? {}
    check.same("samples, tidied", &all(&check, id).await?, &wanted)?;
    check.end().await
}

pub(super) async fn a_closed_store_refuses(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut check = Check::begin("a closed store refuses", subject, 10).await;
    check.done(check.store.set_note("zone", "Europe/Berlin").await)?;
    check.done(check.store.set_note("zone", "Europe/Oslo").await)?;
    check.reopen().await;
    let note = check.done(check.store.note("zone").await)?;
    check.same("the note", &note.as_deref(), &Some("Europe/Oslo"))?;
    check.same("no note", &check.store.note("nothing").await, &Ok(None))?;
    check.store.close().await;
    let refused = check.store.append(Vec::new()).await;
    check.same("append", &refused, &Err(StoreError::Closed))?;
    check.same(
        "series",
        &check.store.series().await,
        &Err(StoreError::Closed),
    )?;
    check.store.close().await;
    Ok(())
}
