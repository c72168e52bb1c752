//! The built hub against devices that we did not write.
