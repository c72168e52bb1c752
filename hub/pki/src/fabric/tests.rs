//! Founding, keeping, issuing and verifying.

use hub_model::CertificateRole;
use proptest::prelude::*;

use super::*;
use crate::show;
use crate::testing::Seeded;

/// The oldest record that this program reads: written by version 1 for the fabric of seed 1.
const RECORD_V1: &str = include_str!("golden/fabric-v1.hex");

fn founded(seed: u64) -> Founded {
    Fabric::found(&mut Seeded::new(seed)).unwrap()
}

fn fabric(seed: u64) -> Fabric {
    Fabric::open(&founded(seed).parts).unwrap()
}

fn request(node: u64, seed: u64) -> NocRequest {
    let random = &mut Seeded::new(seed);
    NocRequest {
        public_key: P256Key::generate(random).public_key().clone(),
        node: NodeId(node),
        tags: Vec::new(),
        serial: Serial::draw(random),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|digit| u8::try_from(digit).unwrap())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

#[test]
fn founds_the_same_fabric_from_the_same_bytes() {
    assert_eq!(founded(1).parts, founded(1).parts);
    assert_ne!(founded(1).parts.id, founded(2).parts.id);
}

#[test]
fn a_founded_fabric_opens_with_a_valid_chain() {
    let fabric = fabric(1);
    let at = MatterTime::from_unix_secs(4_000_000_000);
    let hub = fabric
        .verify_chain(fabric.hub_noc(), Some(fabric.intermediate()), at)
        .unwrap();
    assert_eq!(hub, HUB_NODE);
    assert!(HUB_NODE <= NodeId::MAX_OPERATIONAL);
    assert_eq!(fabric.root().not_after(), MatterTime::NO_EXPIRY);
}

#[test]
fn the_roots_key_is_apart_and_signed_the_intermediate() {
    let founded = founded(1);
    let fabric = Fabric::open(&founded.parts).unwrap();
    assert_eq!(founded.root_key.public_key(), fabric.root().public_key());
    fabric
        .intermediate()
        .verify_signed_by(founded.root_key.public_key())
        .unwrap();
    let record = founded.parts.encode().unwrap();
    let root_key = founded.root_key.to_secret();
    let found = record
        .expose()
        .windows(32)
        .any(|bytes| bytes == root_key.expose());
    assert!(!found, "the record of the hub must not hold the root's key");
}

#[test]
fn issues_nocs_that_verify_under_the_root() {
    let fabric = fabric(1);
    let issued = fabric
        .issue_noc(NocRequest {
            tags: vec![0x0001_0001],
            ..request(7, 5)
        })
        .unwrap();
    let noc = MatterCertificate::from_tlv(&issued.noc).unwrap();
    let icac = MatterCertificate::from_tlv(&issued.icac).unwrap();
    let node = fabric.verify_chain(&noc, Some(&icac), NOT_BEFORE).unwrap();
    assert_eq!(node, NodeId(7));
    let shown = show::matter(CertificateRole::Noc, &issued.noc).unwrap();
    assert!(
        shown
            .subject
            .ends_with("Node=0000000000000007, CAT=00010001"),
        "{}",
        shown.subject
    );
    assert_eq!(
        (shown.not_before.as_secs(), shown.not_after),
        (1_577_836_800, None)
    );
    assert_eq!(
        shown.issuer,
        show::matter(CertificateRole::Icac, &issued.icac)
            .unwrap()
            .subject
    );
}

#[test]
fn refuses_what_a_noc_cannot_hold() {
    let fabric = fabric(1);
    for node in [0, NodeId::MAX_OPERATIONAL.0 + 1, u64::MAX] {
        let error = fabric.issue_noc(request(node, 5)).unwrap_err();
        assert!(matches!(error, FabricError::NodeId(id) if id.0 == node));
    }
    let four = NocRequest {
        tags: vec![1, 2, 3, 4],
        ..request(7, 5)
    };
    assert!(matches!(
        fabric.issue_noc(four).unwrap_err(),
        FabricError::TooManyTags(4)
    ));
}

#[test]
fn refuses_a_chain_of_another_fabric() {
    let (ours, theirs) = (fabric(1), fabric(2));
    let issued = theirs.issue_noc(request(7, 5)).unwrap();
    let noc = MatterCertificate::from_tlv(&issued.noc).unwrap();
    let icac = theirs.intermediate();
    ours.verify_chain(&noc, Some(icac), NOT_BEFORE).unwrap_err();
    ours.verify_chain(&noc, None, NOT_BEFORE).unwrap_err();
    ours.verify_chain(ours.intermediate(), None, NOT_BEFORE)
        .unwrap_err();
}

#[test]
fn refuses_keys_that_are_not_the_certificates() {
    let (mut parts, other) = (founded(1).parts, founded(2).parts);
    parts.issuing_key = other.issuing_key.clone();
    let error = Fabric::open(&parts).unwrap_err();
    assert!(matches!(error, FabricError::WrongKey { which: "ICAC" }));
    let mut parts = founded(1).parts;
    parts.hub_key = other.hub_key;
    let error = Fabric::open(&parts).unwrap_err();
    assert!(matches!(error, FabricError::WrongKey { which: "NOC" }));
    let mut parts = founded(1).parts;
    parts.intermediate = other.intermediate;
    Fabric::open(&parts).unwrap_err();
}

#[test]
fn every_serial_is_minimal() {
    let mut random = Seeded::new(3);
    for seed in 0..200 {
        let founded = founded(seed);
        for tlv in [
            &founded.parts.root,
            &founded.parts.intermediate,
            &founded.parts.hub,
        ] {
            let serial = MatterCertificate::from_tlv(tlv).unwrap().serial()[0];
            assert!((0x40..0x80).contains(&serial));
        }
    }
    for _ in 0..10_000 {
        assert!((0x40..0x80).contains(&Serial::draw(&mut random).octets()[0]));
    }
}

#[test]
fn names_nodes_as_the_specifications_example_does() {
    // Matter 1.6 Core §4.3.2.2: the worked example of a compressed fabric id.
    let key = unhex(
        "04 4a9f42b1ca4840d37292bbc7f6a7e11e22200c976fc900dbc98a7a383a641cb8\
         254a2e56d4e295a847943b4e3897c4a773e930277b4d9fbede8a052686bfacfa",
    );
    let key = PublicKey::from_slice(&key).unwrap();
    let compressed = compressed_id(&key, FabricId(0x2906_C908_D115_D362));
    assert_eq!(compressed, 0x87E1_B004_E235_A130_u64.to_be_bytes());
    let fabric = Fabric {
        compressed,
        ..fabric(1)
    };
    let name = fabric.instance_name(NodeId(0x8FC7_7724_01CD_0696));
    assert_eq!(name, "87E1B004E235A130-8FC7772401CD0696");
}

#[test]
fn reads_the_oldest_record() {
    let parts = FabricParts::decode(&unhex(RECORD_V1)).unwrap();
    assert_eq!(parts, founded(1).parts);
    Fabric::open(&parts).unwrap();
    assert_eq!(*parts.encode().unwrap().expose(), unhex(RECORD_V1));
}

#[test]
fn refuses_a_record_of_a_newer_version() {
    let mut record = unhex(RECORD_V1);
    // Structure, context tag 0, one octet: the version.
    assert_eq!(record[..4], [0x15, 0x24, 0x00, 0x01]);
    record[3] = 2;
    assert!(matches!(
        FabricParts::decode(&record),
        Err(FabricError::Version(2))
    ));
}

#[test]
fn never_prints_its_keys() {
    let founded = founded(1);
    let fabric = Fabric::open(&founded.parts).unwrap();
    let shown = format!("{founded:?} {fabric:?}");
    for secret in [&founded.parts.issuing_key, &founded.parts.hub_key] {
        assert!(!shown.contains(&format!("{:?}", secret.expose())));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_record_panics(place in 0..900_usize, to in any::<u8>(), cut in 0..900_usize) {
        let mut record = unhex(RECORD_V1);
        let place = place % record.len();
        record[place] = to;
        if let Ok(parts) = FabricParts::decode(&record) {
            let _ = Fabric::open(&parts);
        }
        record.truncate(cut);
        prop_assert!(FabricParts::decode(&record).is_err() || cut >= record.len());
    }
}
