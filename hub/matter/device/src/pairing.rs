//! The codes that a person needs to add a device. Matter 1.6 Core §5.1.

use std::fmt;

use rs_matter::BasicCommData;
use rs_matter::dm::clusters::basic_info::BasicInfoConfig;
use rs_matter::pairing::DiscoveryCapabilities;
use rs_matter::pairing::qr::{CommFlowType, NoOptionalData, QrPayload, no_optional_data};

use crate::error::DeviceError;

/// The setup codes of a device: to be shown to its owner, so plain text, but never logged.
#[derive(Clone)]
pub struct SetupCodes {
    /// The payload of its QR code, `MT:...`.
    pub qr: String,
    /// Its manual pairing code, 11 digits.
    pub manual: String,
}

impl fmt::Debug for SetupCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCodes([redacted])")
    }
}

/// Space for a QR payload without optional data.
const QR_SPACE: usize = 128;

/// The codes of a device that is found over IP.
pub(crate) fn codes(
    commissioning: &BasicCommData,
    info: &BasicInfoConfig<'_>,
) -> Result<SetupCodes, DeviceError> {
    // Without the serial number, which would make the code three times as long.
    let payload = QrPayload::new(
        DiscoveryCapabilities::IP,
        CommFlowType::Standard,
        commissioning.clone(),
        info.vid,
        info.pid,
        "",
        no_optional_data as NoOptionalData,
    );
    let mut space = [0; QR_SPACE];
    let (qr, _) = payload
        .as_str(&mut space)
        .map_err(DeviceError::stack("encode the QR code"))?;
    Ok(SetupCodes {
        qr: qr.to_owned(),
        manual: commissioning.compute_pairing_code().as_str().to_owned(),
    })
}
