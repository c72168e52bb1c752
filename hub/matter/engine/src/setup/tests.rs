//! Setup codes: known ones, wrong ones, any.

use matter_commissioning::setup as lower;
use proptest::prelude::*;

use super::*;

const QR: &str = "MT:Y.K90AFN00KA0648G00";
const MANUAL: &str = "34970112332";

fn one(text: &str) -> SetupCode {
    let codes = SetupCode::parse(text).unwrap();
    assert_eq!(codes.len(), 1);
    codes[0]
}

#[test]
fn reads_the_specifications_qr_payload() {
    let code = one(QR);
    assert_eq!(code.passcode.expose(), 20_202_021);
    assert_eq!(code.discriminator, Discriminator::Long(0xF00));
    assert_eq!(code.identity, Some((VendorId(0xFFF1), ProductId(0x8000))));
    assert_eq!(code.to_qr().unwrap(), QR);
}

#[test]
fn reads_the_specifications_manual_code_however_it_is_grouped() {
    for text in [
        MANUAL,
        "3497-011-2332",
        " 3497 011 2332 ",
        "3497\u{2013}011\u{2013}2332\n",
    ] {
        let code = one(text);
        assert_eq!(code.passcode.expose(), 20_202_021);
        assert_eq!(code.discriminator, Discriminator::Short(15));
        assert_eq!(code.identity, None);
        assert_eq!(code.to_manual(), MANUAL);
    }
}

#[test]
fn reads_the_long_manual_code() {
    let code = one("749701123365521327694");
    assert_eq!(code.passcode.expose(), 20_202_021);
    assert_eq!(code.identity, Some((VendorId(65521), ProductId(32769))));
    assert_eq!(code.to_manual(), "749701123365521327694");
}

#[test]
fn reads_concatenated_payloads_and_typed_lower_case() {
    let joined = format!("{QR}*{}", &QR[3..]);
    let codes = SetupCode::parse(&joined).unwrap();
    assert_eq!(codes, [one(QR), one(QR)]);
    assert_eq!(SetupCode::parse(&joined.to_lowercase()).unwrap(), codes);
}

#[test]
fn skips_a_qr_payloads_optional_data() {
    let mut bytes = base38::decode(&QR[3..], 0).unwrap();
    bytes.extend([0x15, 0x2c, 0x00, 0x02, b'4', b'2', 0x18]);
    assert_eq!(one(&format!("MT:{}", base38::encode(&bytes))), one(QR));
}

#[test]
fn says_what_is_wrong() {
    use SetupCodeError as E;
    let bad = |character, position| E::BadCharacter {
        character,
        position,
    };
    for (text, error) in [
        ("", E::Empty),
        (" \t\n", E::Empty),
        ("3497011233", E::WrongLength { digits: 10 }),
        ("349701123321", E::WrongLength { digits: 12 }),
        ("34970112323", E::CheckDigit),
        ("34970112333", E::CheckDigit),
        ("3497x112332", bad('x', 5)),
        ("  3497x112332", bad('x', 7)),
        ("hello", bad('h', 1)),
        ("MT:Y.K90AFN00KA06_8G00", bad('_', 18)),
        ("MT:Y.K90AFN00KA0648G00*Y_", bad('_', 25)),
        ("MT:", E::CutOff { characters: 0 }),
        ("MT:Y.K90", E::CutOff { characters: 5 }),
        ("MT:Y.K9", E::CutOff { characters: 4 }),
        ("MT:Y.K90AFN00KA0648G0", E::CutOff { characters: 18 }),
        (
            "MT:.....AFN00KA0648G00",
            E::OutOfRange {
                field: "a group of characters",
            },
        ),
    ] {
        assert_eq!(SetupCode::parse(text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn refuses_trivial_passcodes() {
    for passcode in [
        0,
        11_111_111,
        99_999_999,
        12_345_678,
        87_654_321,
        100_000_000,
        1 << 27,
    ] {
        assert_eq!(
            Passcode::new(passcode),
            Err(SetupCodeError::PasscodeNotAllowed)
        );
    }
    // Passcode 12345678 with a right check digit.
    let digits = [0, 0, 8, 5, 2, 6, 0, 7, 5, 3];
    let mut text: String = digits
        .iter()
        .map(|digit| char::from(b'0' + digit))
        .collect();
    text.push(char::from(b'0' + verhoeff::check_digit(&digits)));
    assert_eq!(
        SetupCode::parse(&text),
        Err(SetupCodeError::PasscodeNotAllowed)
    );
}

#[test]
fn never_prints_the_passcode() {
    assert!(!format!("{:?}", one(QR)).contains("20202021"));
}

fn passcode() -> impl Strategy<Value = Passcode> {
    (1..=MAX_PASSCODE).prop_filter_map("trivial", |passcode| Passcode::new(passcode).ok())
}

fn any_code() -> impl Strategy<Value = SetupCode> {
    let flow = prop_oneof![
        Just(Flow::Standard),
        Just(Flow::UserIntent),
        Just(Flow::Custom)
    ];
    (
        passcode(),
        0..4096_u16,
        any::<(u16, u16)>(),
        flow,
        any::<u8>(),
    )
        .prop_map(
            |(passcode, discriminator, (vendor, product), flow, discovery)| SetupCode {
                passcode,
                discriminator: Discriminator::Long(discriminator),
                identity: Some((VendorId(vendor), ProductId(product))),
                flow,
                discovery: Some(Discovery(discovery)),
            },
        )
}

proptest! {
    #[test]
    fn qr_payloads_survive_a_round_trip(code in any_code()) {
        prop_assert_eq!(SetupCode::parse(&code.to_qr().unwrap()).unwrap(), vec![code]);
    }

    #[test]
    fn manual_codes_keep_what_they_can_hold(code in any_code()) {
        let read = one(&code.to_manual());
        let Discriminator::Long(long) = code.discriminator else { unreachable!() };
        prop_assert_eq!(read.passcode, code.passcode);
        prop_assert_eq!(read.discriminator, Discriminator::Short(u8::try_from(long >> 8).unwrap()));
        let told = code.identity.filter(|_| code.flow != Flow::Standard);
        prop_assert_eq!(read.identity, told);
    }

    #[test]
    fn agrees_with_another_implementation(code in any_code()) {
        let qr = lower::parse_qr(&code.to_qr().unwrap());
        let manual = lower::parse_manual_code(&code.to_manual()).unwrap();
        prop_assert_eq!(manual.passcode.as_u32(), code.passcode.expose());
        if let Ok(qr) = qr {
            prop_assert_eq!(qr.passcode.as_u32(), code.passcode.expose());
            prop_assert_eq!(Discriminator::Long(qr.discriminator.as_u16()), code.discriminator);
        }
    }

    #[test]
    fn one_wrong_digit_is_always_found(code in any_code(), place in 0..11_usize, by in 1..10_u8) {
        let code = SetupCode { flow: Flow::Standard, ..code };
        let mut digits = code.to_manual().into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
        let text = String::from_utf8(digits).unwrap();
        prop_assert_eq!(SetupCode::parse(&text), Err(SetupCodeError::CheckDigit));
    }

    #[test]
    fn no_text_panics(text in ".*") {
        let _ = SetupCode::parse(&text);
    }

    #[test]
    fn no_near_code_panics(text in "(MT:)?[0-9A-Z.*-]{0,60}") {
        let _ = SetupCode::parse(&text);
    }
}
