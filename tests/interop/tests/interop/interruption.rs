//! The hub dies while it adds a device, at each stage: no ghost remains, and the next attempt
//! works.
//!
//! A device that was left in mid-commissioning holds on to the attempt until its fail-safe ends,
//! a minute after it began (Matter 1.6 Core §5.5); until then it answers nobody else. So the next
//! attempt may take that long, and all stages are tried beside each other.

use std::thread;
use std::time::Duration;

use interop::{Device, Hub, Kind, Measure, scenarios};

/// Each stage's title, as `ingle add` tells it when the stage has passed.
const STAGES: [&str; 8] = [
    "found on the network",
    "secure session by passcode",
    "attestation checked",
    "fail-safe",
    "signing request",
    "certificate issued",
    "session by certificates",
    "complete",
];

/// The fail-safe's minute, and time to go on.
const NEXT_ATTEMPT: Duration = Duration::from_secs(90);

/// Kills the hub once it has told the title, starts it again, and adds the device.
fn interrupt_after(title: &str, lamp: &mut Device, hub: &mut Hub) {
    let mut adding = hub.begin(&["add", lamp.qr(), "--name", "lamp"]);
    adding.wait_until_said(title);
    hub.kill();
    adding.end().ended_with(3);
    hub.restart();
    let measure = Measure::begin(format!("hub killed after {title:?}, device usable"));
    // It may be ours already: then it is online in the end, like any other.
    if hub.nodes().is_empty() {
        let again = hub.begin(&["add", lamp.qr(), "--name", "lamp"]);
        let ended = again.end_within(NEXT_ATTEMPT);
        // It may have become ours meanwhile: the hub goes on with what it had kept.
        if hub.nodes().is_empty() {
            ended.done();
        }
    }
    hub.wait_until_online();
    measure.end(NEXT_ATTEMPT);
    let nodes = hub.nodes();
    let [node] = nodes.as_slice() else {
        panic!("not one node: {nodes:#?}")
    };
    let id = node["id"].as_str().expect("a node has an id");
    hub.call(&["invoke", &format!("{id}/1/OnOff.Toggle")])
        .done();
}

scenarios! {
    /// At whatever stage.
    fn a_hub_that_dies_while_it_adds_a_device_can_add_it_again(lab) {
        let pairs: Vec<_> = STAGES
            .iter()
            .map(|title| (*title, lab.device(Kind::Lamp), lab.hub()))
            .collect();
        let failed: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> = pairs
                .into_iter()
                .map(|(title, mut lamp, mut hub)| {
                    (title, scope.spawn(move || interrupt_after(title, &mut lamp, &mut hub)))
                })
                .collect();
            let ended = running.into_iter().map(|(title, thread)| (title, thread.join()));
            ended.filter(|(_, result)| result.is_err()).map(|(title, _)| title).collect()
        });
        assert!(failed.is_empty(), "killed after {failed:?}");
    }
}
