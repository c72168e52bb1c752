//! A scene: how some devices are to be, under one name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::{DeviceRef, Expr};

/// A scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Its id: lower case letters, digits and hyphens, unique in the home.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// What its author noted.
    pub note: Option<Arc<str>>,
    /// The devices, each with its values by property.
    pub devices: Vec<SceneDevice>,
}

/// A device of a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneDevice {
    /// Which.
    pub device: DeviceRef,
    /// Its values, by property.
    pub values: BTreeMap<Arc<str>, Expr>,
}
