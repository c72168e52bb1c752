//! Minted chains, right and wrong, and the test chain that everybody has.

use hub_model::Secret;
use hub_pki::P256Key;
use proptest::prelude::*;

use super::minted::{Flaw, IDENTITY, Maker};
use super::*;
use crate::commissioning::testing::Seeded;

const NONCE: [u8; 32] = [7; 32];
const CHALLENGE: [u8; 16] = [9; 16];

fn maker(flaw: Flaw) -> Maker {
    Maker::mint(flaw, &mut Seeded::new(1))
}

fn judged(maker: &Maker, trust: &TrustStore) -> Result<Judgement, Broken> {
    judged_as(maker, trust, IDENTITY)
}

fn judged_as(
    maker: &Maker,
    trust: &TrustStore,
    (vendor, product): (u16, u16),
) -> Result<Judgement, Broken> {
    let (elements, signature) = maker.attest(&NONCE, &CHALLENGE);
    let evidence = Evidence {
        dac: &maker.dac,
        pai: &maker.pai,
        elements: &elements,
        signature: &signature,
        nonce: &NONCE,
        challenge: &CHALLENGE,
        claimed: (VendorId(vendor), ProductId(product)),
    };
    judge(&evidence, trust)
}

#[test]
fn trusts_a_chain_to_a_trusted_root() {
    let maker = maker(Flaw::None);
    let judgement = judged(&maker, &maker.trusted()).unwrap();
    let by = "CN=Minted PAA".to_owned();
    assert_eq!(judgement.verdict, Verdict::Trusted { by });
    let roles: Vec<_> = judgement
        .certificates
        .iter()
        .map(|info| info.role)
        .collect();
    use CertificateRole::{Cd, Dac, Paa, Pai};
    assert_eq!(roles, [Dac, Pai, Paa, Cd]);
    assert_eq!(
        judgement.certificates[0].subject,
        "CN=Minted DAC, VID=1234, PID=5678"
    );
    assert_eq!(judgement.certificates[0].issuer, "CN=Minted PAI, VID=1234");
    assert_eq!(judgement.certificates[0].not_after, None);
    assert!(
        judgement.certificates[3]
            .subject
            .contains("VID=1234, PID=5678")
    );
}

#[test]
fn knows_a_test_root_for_what_it_is() {
    let maker = maker(Flaw::None);
    let judgement = judged(&maker, &maker.known_as_test()).unwrap();
    assert!(matches!(judgement.verdict, Verdict::TestDevice { .. }));
}

#[test]
fn distrusts_what_does_not_fit_together() {
    let distrust = |flaw| {
        let maker = maker(flaw);
        match judged(&maker, &maker.trusted()).unwrap().verdict {
            Verdict::Untrusted { why } => why,
            verdict => panic!("{flaw:?}: {verdict:?}"),
        }
    };
    assert!(matches!(distrust(Flaw::OtherVendor), Distrust::Chain(_)));
    let dac = CertificateRole::Dac;
    assert!(matches!(distrust(Flaw::DacSigns), Distrust::Profile { role, .. } if role == dac));
    assert!(matches!(
        distrust(Flaw::OtherProduct),
        Distrust::Declaration(_)
    ));
    assert!(matches!(
        distrust(Flaw::StrangersDeclaration),
        Distrust::Declaration(_)
    ));
}

#[test]
fn distrusts_an_unknown_root_by_name() {
    let judgement = judged(&maker(Flaw::None), &TrustStore::empty()).unwrap();
    let Verdict::Untrusted {
        why: Distrust::UnknownRoot { issuer },
    } = judgement.verdict
    else {
        panic!("{:?}", judgement.verdict);
    };
    assert_eq!(issuer, "CN=Minted PAA");
}

#[test]
fn distrusts_a_device_that_says_to_be_another() {
    let maker = maker(Flaw::None);
    let judgement = judged_as(&maker, &maker.trusted(), (0x1234, 0x9999)).unwrap();
    let why = Distrust::Identity {
        certified: (VendorId(0x1234), ProductId(0x5678)),
        claimed: (VendorId(0x1234), ProductId(0x9999)),
    };
    assert_eq!(judgement.verdict, Verdict::Untrusted { why });
}

#[test]
fn a_wrong_nonce_challenge_or_signature_is_broken() {
    let maker = maker(Flaw::None);
    let trust = maker.trusted();
    let (elements, signature) = maker.attest(&NONCE, &CHALLENGE);
    let right = Evidence {
        dac: &maker.dac,
        pai: &maker.pai,
        elements: &elements,
        signature: &signature,
        nonce: &NONCE,
        challenge: &CHALLENGE,
        claimed: (VendorId(IDENTITY.0), ProductId(IDENTITY.1)),
    };
    let other_nonce = Evidence {
        nonce: &[8; 32],
        ..right
    };
    assert_eq!(judge(&other_nonce, &trust).unwrap_err(), Broken::Nonce);
    let other_session = Evidence {
        challenge: &[8; 16],
        ..right
    };
    assert_eq!(
        judge(&other_session, &trust).unwrap_err(),
        Broken::Signature
    );
    let forged = Evidence {
        signature: &[1; 64],
        ..right
    };
    assert_eq!(judge(&forged, &trust).unwrap_err(), Broken::Signature);
    let unreadable = Evidence {
        dac: b"no certificate",
        ..right
    };
    assert!(matches!(
        judge(&unreadable, &trust).unwrap_err(),
        Broken::Unreadable(_)
    ));
}

#[test]
fn leaves_out_anchors_that_cannot_be_used_and_tells() {
    let maker = maker(Flaw::None);
    let (trust, unusable) = TrustStore::with(&[vec![1, 2, 3], maker.paa.clone()], &[vec![]]);
    assert_eq!(trust.len(), 1);
    let told: Vec<_> = unusable
        .iter()
        .map(|anchor| (anchor.kind, anchor.index))
        .collect();
    assert_eq!(told, [("PAA", 0), ("CD signer", 0)]);
}

#[test]
fn the_sdks_test_roots_are_known_and_not_trusted() {
    let store = TrustStore::empty();
    assert!(store.is_empty());
    assert_eq!(store.test.paas.len(), 2);
}

/// The CSA SDK's example device (see `vectors/README.md`).
#[test]
fn the_sdks_example_device_is_a_test_device() {
    let dac = include_bytes!("vectors/dac-fff1-8001.der");
    let pai = include_bytes!("vectors/pai-fff1.der");
    let declaration = include_bytes!("vectors/cd-fff1.der");
    let (elements, signature) = minted::attest(&example_key(), declaration, &NONCE, &CHALLENGE);
    let evidence = Evidence {
        dac,
        pai,
        elements: &elements,
        signature: &signature,
        nonce: &NONCE,
        challenge: &CHALLENGE,
        claimed: (VendorId(0xFFF1), ProductId(0x8001)),
    };

    let judgement = judge(&evidence, &TrustStore::empty()).unwrap();
    let by = "CN=Matter Test PAA, VID=FFF1".to_owned();
    assert_eq!(judgement.verdict, Verdict::TestDevice { by });
    let cd = &judgement.certificates[3];
    assert_eq!(cd.serial, "CSA00000SWC00000-00");
    assert!(cd.subject.contains("VID=FFF1"), "{}", cd.subject);

    let other = Evidence {
        claimed: (VendorId(0xFFF1), ProductId(0x9001)),
        ..evidence
    };
    let judgement = judge(&other, &TrustStore::empty()).unwrap();
    assert!(matches!(
        judgement.verdict,
        Verdict::Untrusted {
            why: Distrust::Identity { .. }
        }
    ));
}

/// The published private key of the SDK's example DAC.
fn example_key() -> P256Key {
    let words: [u64; 4] = [
        0xaab6_00ae_8ae8_aab7,
        0xd736_27c2_17b7_c204,
        0x709c_a694_6af5_f2f7,
        0x5308_33a5_2b44_fbff,
    ];
    let scalar = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    P256Key::from_secret(&Secret::new(scalar)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(place in 0..2000_usize, to in any::<u8>(), which in 0..3) {
        let mut maker = maker(Flaw::None);
        let trust = maker.trusted();
        let bytes = match which {
            0 => &mut maker.dac,
            1 => &mut maker.pai,
            _ => &mut maker.declaration,
        };
        let place = place % bytes.len();
        let same = bytes[place] == to;
        bytes[place] = to;
        if let Ok(judgement) = judged(&maker, &trust) {
            let trusted = matches!(judgement.verdict, Verdict::Trusted { .. });
            // Not every byte is signed: algorithm identifiers and the envelope's are not.
            prop_assert!(trusted || !same);
        }
    }

    #[test]
    fn no_declaration_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = show::declaration(&bytes);
        let _ = show::x509(CertificateRole::Dac, &bytes);
        let _ = show::matter(CertificateRole::Noc, &bytes);
    }
}
