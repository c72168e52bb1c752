//! The hub dies while it adds a device, at each stage: no ghost remains, and the next attempt
//! works.

use interop::{Kind, Lab, scenarios};

/// Kills the hub once it has told this stage's title, starts it again, and adds the device.
fn interrupted_after(lab: &mut Lab, title: &str) {
    let mut lamp = lab.device(Kind::Lamp);
    let mut hub = lab.hub();
    let mut adding = hub.begin(&["add", lamp.qr(), "--name", "lamp"]);
    adding.wait_until_said(title);
    hub.kill();
    adding.end().ended_with(3);
    hub.restart();
    // It may have been ours already: then it is online in the end, like any other.
    if hub.nodes().is_empty() {
        hub.call(&["add", lamp.qr(), "--name", "lamp"]).done();
    }
    lamp.wait_for_fabrics(1);
    let nodes = hub.nodes();
    assert_eq!(nodes.len(), 1, "{nodes:#?}");
    hub.wait_until_online();
    hub.call(&["invoke", "lamp/1/OnOff.Toggle"]).done();
}

scenarios! {
    fn killed_after_the_device_was_found(lab) { interrupted_after(lab, "found on the network"); }
    fn killed_after_pase(lab) { interrupted_after(lab, "secure session by passcode"); }
    fn killed_after_attestation(lab) { interrupted_after(lab, "attestation checked"); }
    fn killed_after_the_fail_safe_was_armed(lab) { interrupted_after(lab, "fail-safe"); }
    fn killed_after_the_signing_request(lab) { interrupted_after(lab, "signing request"); }
    fn killed_after_the_certificate(lab) { interrupted_after(lab, "certificate issued"); }
    fn killed_after_case(lab) { interrupted_after(lab, "session by certificates"); }
    fn killed_after_completion(lab) { interrupted_after(lab, "complete"); }
}
