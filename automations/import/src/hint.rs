//! Our devices, as far as the import asks about them.

use rules::expr::DeviceRef;

/// One of our devices, or one endpoint of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceHint {
    /// Its name in rules.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Which endpoint; none for all of a device.
    pub endpoint: Option<u16>,
    /// The names in rules of what it has: `on`, `level`, `temperature`.
    pub properties: Vec<String>,
}

impl DeviceHint {
    /// Whether it has the property.
    pub(crate) fn has(&self, property: &str) -> bool {
        self.properties.iter().any(|own| own == property)
    }

    /// How rules name it.
    pub(crate) fn device(&self) -> DeviceRef {
        DeviceRef {
            slug: self.slug.as_str().into(),
            endpoint: self.endpoint.map(hub_model::EndpointId),
        }
    }
}

/// The properties that a device has, those of all its endpoints if none is named; none if nothing is
/// known about it.
pub(crate) fn known(devices: &[DeviceHint], device: &DeviceRef) -> Option<Vec<String>> {
    let endpoint = device.endpoint.map(|endpoint| endpoint.0);
    let is_it = |hint: &&DeviceHint| {
        let same = hint.endpoint == endpoint || hint.endpoint.is_none() || endpoint.is_none();
        hint.slug == *device.slug && same
    };
    let hints: Vec<_> = devices.iter().filter(is_it).collect();
    (!hints.is_empty()).then(|| {
        hints
            .into_iter()
            .flat_map(|hint| hint.properties.iter().cloned())
            .collect()
    })
}
