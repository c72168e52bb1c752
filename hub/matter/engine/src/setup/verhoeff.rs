//! Verhoeff's check digit, which finds every mistyped digit and every swap of neighbours.
//!
//! Digits are taken as elements of the dihedral group of ten, each permuted by its place.
//! Spec: Matter 1.6 Core §5.1.4.1.5 (check digit).

/// Whether the last digit is the check digit of those before it.
pub(super) fn is_valid(digits: &[u8]) -> bool {
    digits
        .split_last()
        .is_some_and(|(check, digits)| check_digit(digits) == *check)
}

/// The check digit of these digits, each 0..=9.
pub(super) fn check_digit(digits: &[u8]) -> u8 {
    let places = digits.iter().rev().zip(1..);
    let product = places.fold(0, |product, (digit, place)| {
        multiply(product, permute(*digit, place))
    });
    invert(product)
}

/// The product of the dihedral group: 0..=4 turn, 5..=9 turn and reflect.
const fn multiply(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

const fn invert(a: u8) -> u8 {
    if a < 5 { (5 - a) % 5 } else { a }
}

/// The digit permuted `times` times.
fn permute(digit: u8, times: usize) -> u8 {
    (0..times % PERIOD).fold(digit % 10, |digit, _| {
        PERMUTATION.get(usize::from(digit)).copied().unwrap_or(0)
    })
}

const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
/// The permutation is the identity after this many times.
const PERIOD: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_known_check_digit() {
        assert_eq!(check_digit(&[2, 3, 6]), 3);
        assert!(is_valid(&[2, 3, 6, 3]) && !is_valid(&[2, 6, 3, 3]) && !is_valid(&[]));
    }
}
