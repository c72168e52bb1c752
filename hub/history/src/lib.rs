//! What was: the past of everything in the home, as samples, roll-ups and views of them.
//!
//! A [`series::SeriesKey`] names one thing whose past is kept; a [`sample::Sample`] says what it was
//! from one moment on. Between two samples it was what the first said; a gap is where nobody knows.
//! From samples come roll-ups ([`rollup::Rollup`]) by five minutes, hour, local day and month, which
//! stay when the samples are gone.
//!
//! It is pure: the present, the time zone and what was stored come in as arguments.
//!
//! Not here: when to record and roll up (`recorder`), and where it is kept (`hub-store`,
//! `history-postgres`).

pub mod calendar;
pub mod clock;
pub mod codec;
pub mod course;
pub mod downsample;
pub mod measure;
pub mod occurrence;
pub mod policy;
pub mod roll;
pub mod rollup;
pub mod sample;
pub mod series;
