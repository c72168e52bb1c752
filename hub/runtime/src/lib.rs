//! The engine's task, the hub handle, the supervisor and the clock.
