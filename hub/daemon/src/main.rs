//! The program: `ingle`.

fn main() {}
