//! The device side of Matter: a node made of data, over rs-matter.
