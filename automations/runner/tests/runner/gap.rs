//! A runner that could not keep up looks at the home anew, and takes nothing for an edge that was
//! none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hub_model::Timestamp;
use rule_runner::{Piece, Recorder, RunStoreError};

use crate::rig::{LAMP, MOTION, OTHER_MOTION, Parts, Rig};
use crate::toys::occupied;

/// Reports that the runner misses: more than the hub keeps for a client.
const MISSED: usize = 1_500;

/// Several runs at a time: the first may wait for an answer that was missed.
const RULE: &str = r#"
version = 1
id = "light"
name = "Light"
mode = "parallel"
max = 5
[[when]]
becomes = "motion.occupied"
[[do]]
set = { target = "lamp", on = true }
"#;

/// A recorder that holds the runner's thread up.
#[derive(Default)]
struct Brake {
    is_on: Mutex<bool>,
    changed: Condvar,
    had_gap: AtomicBool,
}

impl Brake {
    fn set(&self, on: bool) {
        *self.is_on.lock().unwrap() = on;
        self.changed.notify_all();
    }
}

#[async_trait]
impl Recorder for Brake {
    fn take(&self, piece: Piece) -> bool {
        if let Piece::Line(line) = piece
            && line.contains("\"gap\"")
        {
            self.had_gap.store(true, Ordering::SeqCst);
        }
        tokio::task::block_in_place(|| {
            let is_on = self.is_on.lock().unwrap();
            drop(self.changed.wait_while(is_on, |on| *on).unwrap());
        });
        true
    }

    async fn segments(&self, _: Timestamp) -> Result<Vec<String>, RunStoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_changed_while_the_rules_lagged_makes_no_edge() {
    let brake = Arc::<Brake>::default();
    let parts = Parts {
        recorder: Arc::clone(&brake) as _,
        ..Parts::default()
    };
    let mut rig = Rig::new(parts, &[RULE]).await;
    brake.set(true);
    rig.toys.say(vec![occupied(MOTION, true)]).await;
    for at in 0..MISSED {
        rig.toys
            .say(vec![occupied(OTHER_MOTION, at % 2 == 0)])
            .await;
    }
    rig.toys.say(vec![occupied(MOTION, false)]).await;
    rig.toys.say(vec![occupied(MOTION, true)]).await;
    // The hub has seen all of it when it has carried out what is asked after it.
    while rig.toys.says.capacity() < rig.toys.says.max_capacity() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    brake.set(false);
    // The edge at which it was held up it has seen; none is made of the gap.
    assert_eq!(rig.told().await, (LAMP, 1));
    while !brake.had_gap.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(rig.is_quiet(Duration::from_millis(300)).await);
    rig.toys.say(vec![occupied(MOTION, false)]).await;
    rig.toys.say(vec![occupied(MOTION, true)]).await;
    assert_eq!(rig.told().await, (LAMP, 1));
    rig.stop().await;
}
