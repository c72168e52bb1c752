//! What must hold between the built hub and matter.js devices. One module a concern.

mod commissioning;
