//! Devices are added by every form of code.

use interop::{Kind, scenarios};

scenarios! {
    /// The QR code of a box.
    fn a_lamp_is_added_by_qr_code(lab) {
        let lamp = lab.device(Kind::Lamp);
        let mut hub = lab.hub();
        hub.add(lamp.qr(), "Lamp");
        assert_eq!(hub.node("lamp")["reachability"], "online");
    }
}
