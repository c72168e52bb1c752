//! Devices whose maker cannot be verified. matter.js devices hold test certificates, so a hub
//! that is strict trusts none of them.

use interop::{Kind, scenarios};
use serde_json::json;

scenarios! {
    /// Refused with the cause; nothing remains at the hub or the device, and knowingly it works.
    fn a_strict_hub_refuses_test_devices(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub_with("strict");
        let answer = hub.call(&["add", lamp.qr(), "--json"]).ended_with(1);
        let failure = answer.json()["job"]["failure"].clone();
        assert_eq!(failure["code"], json!("untrusted-attestation"));
        assert_eq!(failure["stage"], json!("attestation"));
        assert!(hub.nodes().is_empty());
        hub.call(&["add", lamp.qr(), "--name", "lamp", "--attestation", "allow-test"]).done();
        lamp.wait_for_fabrics(1);
        assert!(hub.json(&["node", "lamp"])["attestation"].as_str().is_some_and(|text| text.contains("test")));
    }

    /// The person says yes.
    fn a_hub_that_asks_goes_on_after_yes(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub_with("ask");
        let mut adding = hub.begin(&["add", lamp.qr(), "--name", "lamp"]);
        adding.wait_until_said("answer with");
        let job = hub.json(&["jobs"])["jobs"][0].clone();
        assert_eq!(job["state"], "asking");
        hub.call(&["answer", job["id"].as_str().expect("a job has an id"), "yes"]).done();
        adding.end().done();
        assert_eq!(hub.node("lamp")["reachability"], "online");
    }

    /// The person says no: nothing remains, and the device can be added after all.
    fn a_hub_that_asks_gives_up_after_no(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub_with("ask");
        let mut adding = hub.begin(&["add", lamp.qr()]);
        adding.wait_until_said("answer with");
        hub.call(&["answer", "j1", "no"]).done();
        adding.end().ended_with(1);
        assert!(hub.nodes().is_empty());
        hub.call(&["add", lamp.qr(), "--attestation", "allow-test"]).done();
        assert_eq!(hub.nodes().len(), 1);
    }

    /// The chain that a device showed can be looked at.
    fn a_nodes_certificates_are_shown(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        let node = hub.json(&["node", "lamp"]);
        let certificates = node["certificates"].as_array().expect("certificates are a list");
        let roles: Vec<_> = certificates.iter().filter_map(|c| c["role"].as_str()).collect();
        for role in ["dac", "pai", "noc", "icac", "rcac"] {
            assert!(roles.contains(&role), "no {role} among {roles:?}");
        }
    }
}
