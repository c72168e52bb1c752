//! The Matter controller's shell: one UDP socket, one mDNS daemon, trust folders.
