//! Issues certificate chains for another implementation to verify.
//!
//! `issue_chains N` prints N lines of JSON, each a fabric of its own: `rcac`, `icac`, the hub's
//! own `hub_noc` and a device's `noc`, all as hex of Matter TLV. `tests/interop/chains` has
//! matter.js verify them.

use std::error::Error;
use std::io::{BufWriter, Write};

use hub_model::NodeId;
use hub_pki::{Fabric, NocRequest, P256Key, Random, Serial, Signer as _};
use ring::rand::{SecureRandom as _, SystemRandom};

fn main() -> Result<(), Box<dyn Error>> {
    let count: u64 = match std::env::args().nth(1).as_deref().map(str::parse) {
        Some(Ok(count)) => count,
        _ => return Err("usage: issue_chains N".into()),
    };
    let mut random = OfTheSystem(SystemRandom::new());
    let mut out = BufWriter::new(std::io::stdout().lock());
    for index in 0..count {
        writeln!(out, "{}", chain(index, &mut random)?)?;
    }
    out.flush()?;
    Ok(())
}

/// A chain as one line of JSON. Every third NOC has CASE authenticated tags.
fn chain(index: u64, random: &mut dyn Random) -> Result<String, Box<dyn Error>> {
    let founded = Fabric::found(random)?;
    let fabric = Fabric::open(&founded.parts)?;
    let issued = fabric.issue_noc(NocRequest {
        public_key: P256Key::generate(random).public_key().clone(),
        node: NodeId(index + 1),
        tags: if index.is_multiple_of(3) {
            vec![0x0001_0001, 0x0002_0001]
        } else {
            Vec::new()
        },
        serial: Serial::draw(random),
    })?;
    Ok(format!(
        r#"{{"rcac":"{}","icac":"{}","noc":"{}","hub_noc":"{}"}}"#,
        hex(&founded.parts.root),
        hex(&issued.icac),
        hex(&issued.noc),
        hex(&founded.parts.hub),
    ))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct OfTheSystem(SystemRandom);

impl Random for OfTheSystem {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0
            .fill(bytes)
            .expect("the operating system's randomness does not fail once seeded");
    }
}
