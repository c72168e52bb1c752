//! The runner in a hub with toy devices: what it promises about order, the disk and rights, and a
//! hub that is killed two hundred times.

mod crash;
mod disk;
mod gap;
mod order;
mod rig;
mod rights;
mod toys;
