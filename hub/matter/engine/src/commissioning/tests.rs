//! Tests of the sequencer.
