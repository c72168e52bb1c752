//! A laboratory for the built hub: devices that we did not write, in a network of its own.
//!
//! Each test runs in fresh user, network and process namespaces that have nothing but `lo`, so
//! tests run beside each other without a privilege, nothing reaches a real network, and no
//! process outlives its test however that ends. Devices are matter.js nodes (`peers/`) and the virtual
//! home's rs-matter nodes; the hub is the built `ingle`, driven by its command line as a user would.
//!
//! Nothing sleeps: a test waits for an event with a generous deadline. Logs are kept and printed
//! only when a test fails. When one passes, the hub's logs are searched for every secret that the
//! test used.
//!
//! Not here: what is tested (`tests/interop`).

#![expect(
    clippy::indexing_slicing,
    reason = "test support: a member that JSON lacks indexes as null, and a panic is a failed test"
)]
#![expect(
    clippy::print_stdout,
    reason = "test support: it prints logs of what failed"
)]

mod device;
mod home;
mod hub;
mod lab;
mod namespace;
mod process;
mod reader;

pub use device::{Device, Kind};
pub use home::VirtualHome;
pub use hub::{Answer, Hub, Job, Watch};
pub use lab::{Lab, Measure};
pub use namespace::run_isolated;
pub use reader::parquet;

use std::time::Duration;

/// Within this everything happens that is not measured; machines are shared and noisy.
pub const SOON: Duration = Duration::from_secs(60);

/// Tests, each a function of a [`Lab`], run isolated.
///
/// ```ignore
/// scenarios! {
///     /// What holds.
///     fn a_lamp_can_be_added(lab) { ... }
/// }
/// ```
#[macro_export]
macro_rules! scenarios {
    ($($(#[$doc:meta])* fn $name:ident($lab:ident) $body:block)+) => {$(
        $(#[$doc])*
        #[test]
        fn $name() {
            $crate::run_isolated(concat!(module_path!(), "::", stringify!($name)), |$lab: &mut $crate::Lab| $body);
        }
    )+};
}
