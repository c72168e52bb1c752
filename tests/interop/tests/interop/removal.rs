//! Devices leave the home.

use interop::{Kind, scenarios};

scenarios! {
    /// The device forgets us and can be added again, by the same code.
    fn a_removed_device_can_be_added_again(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        hub.call(&["remove", "lamp"]).done();
        lamp.wait_for_fabrics(0);
        assert!(hub.nodes().is_empty());
        hub.add(lamp.qr(), "lamp");
        assert_eq!(hub.node("lamp")["reachability"], "online");
    }

    /// Without its answer a device is not removed by mistake, but it can be forgotten.
    fn a_dead_device_is_forgotten_only_on_demand(lab) {
        let mut lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "lamp");
        lamp.kill();
        hub.call(&["remove", "lamp"]).ended_with(1);
        assert_eq!(hub.nodes().len(), 1);
        hub.call(&["remove", "lamp", "--forget"]).done();
        assert!(hub.nodes().is_empty());
        hub.kill();
        hub.restart();
        assert!(hub.nodes().is_empty());
    }
}
