//! Commands reach a device in the order in which they were given.

use std::sync::Arc;
use std::time::Duration;

use crate::rig::{LAMP, MOTION, Mood, MoodyStore, OTHER_LAMP, OTHER_MOTION, Parts, Rig};

const ON_AND_MORE: &str = r#"
version = 1
id = "on-and-more"
name = "On, and more to do"
[[when]]
becomes = "motion.occupied"
[[do]]
set = { target = "lamp", on = true }
[[do]]
delay = "1h"
"#;

const OFF_AT_ONCE: &str = r#"
version = 1
id = "off-at-once"
name = "Off at once"
[[when]]
becomes = "other-motion.occupied"
[[do]]
set = { target = "lamp", on = false }
"#;

const OTHER_AT_ONCE: &str = r#"
version = 1
id = "other-at-once"
name = "The other lamp at once"
[[when]]
becomes = "other-motion.occupied"
[[do]]
set = { target = "other-lamp", on = true }
"#;

#[tokio::test(start_paused = true)]
async fn a_command_that_need_not_wait_does_not_overtake_one_to_the_same_device() {
    let store = Arc::<MoodyStore>::default();
    let parts = Parts {
        store: Arc::clone(&store) as _,
        ..Parts::default()
    };
    let mut rig = Rig::new(parts, &[ON_AND_MORE, OFF_AT_ONCE]).await;
    store.set(Mood::Hangs);
    rig.motion(MOTION).await;
    rig.trace("on-and-more", |trace| trace.steps.len() == 1)
        .await;
    rig.motion(OTHER_MOTION).await;
    rig.trace("off-at-once", |trace| trace.steps.len() == 1)
        .await;
    store.set(Mood::Writes);
    assert_eq!(rig.told().await, (LAMP, 1));
    assert_eq!(rig.told().await, (LAMP, 0));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_to_another_device_need_not_wait_for_it() {
    let store = Arc::<MoodyStore>::default();
    let parts = Parts {
        store: Arc::clone(&store) as _,
        ..Parts::default()
    };
    let mut rig = Rig::new(parts, &[ON_AND_MORE, OTHER_AT_ONCE]).await;
    store.set(Mood::Hangs);
    rig.motion(MOTION).await;
    rig.trace("on-and-more", |trace| trace.steps.len() == 1)
        .await;
    rig.motion(OTHER_MOTION).await;
    assert_eq!(rig.told().await, (OTHER_LAMP, 1));
    store.set(Mood::Writes);
    assert_eq!(rig.told().await, (LAMP, 1));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn steps_of_one_run_come_in_order() {
    let rule = r#"
version = 1
id = "many"
name = "Many steps"
[[when]]
becomes = "motion.occupied"
[[do]]
repeat = 20
do = [
    { set = { target = "lamp", on = true } },
    { set = { target = "lamp", on = false } },
]
"#;
    let mut rig = Rig::new(Parts::default(), &[rule]).await;
    rig.motion(MOTION).await;
    for _ in 0..20 {
        assert_eq!(rig.told().await, (LAMP, 1));
        assert_eq!(rig.told().await, (LAMP, 0));
    }
    assert!(rig.is_quiet(Duration::from_secs(1)).await);
    rig.stop().await;
}
