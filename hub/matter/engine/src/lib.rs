//! The Matter controller's core: sessions, exchanges, commissioning, subscriptions, supervision.
