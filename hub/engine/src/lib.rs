//! The engine: home, state with quality, commands, availability, causes.
