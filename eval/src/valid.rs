//! Whether a value is one of its type by the standard of that type, whatever the core thinks of it: written here once
//! more, so that the core does not vouch for itself.

use std::net::IpAddr;

/// Whether `value` is a valid value of a type of [`CORE`](crate::labels::CORE).
pub(crate) fn is_valid(label: &str, value: &str) -> bool {
    let digits: Vec<u32> = value.chars().filter_map(|c| c.to_digit(10)).collect();
    match label {
        "EMAIL" => is_address(value),
        // E.164: at most fifteen digits.
        "PHONE" => (7..=15).contains(&digits.len()),
        "CREDIT_CARD" => (12..=19).contains(&digits.len()) && luhn(&digits),
        "IBAN" => mod_97(value),
        "SSN" => is_ssn(&digits),
        "IP" => value.parse::<IpAddr>().is_ok(),
        _ => false,
    }
}

/// RFC 5321, without its quoted forms.
fn is_address(value: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-');
    value.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && name.chars().all(is_name) && host.contains('.') && host.split('.').all(is_label)
    })
}

/// ISO/IEC 7812-1.
fn luhn(digits: &[u32]) -> bool {
    let double = |(n, d): (usize, &u32)| if n % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d };
    digits.iter().rev().enumerate().map(double).sum::<u32>().is_multiple_of(10)
}

/// ISO 13616: the first four characters behind the others, letters as numbers from 10.
fn mod_97(value: &str) -> bool {
    let compact: Vec<u32> =
        value.chars().filter(char::is_ascii_alphanumeric).filter_map(|c| c.to_digit(36)).collect();
    let Some((head, tail)) = compact.split_at_checked(4).filter(|(_, tail)| tail.len() > 10) else {
        return false;
    };
    let add = |n: u32, d: &u32| if *d < 10 { (n * 10 + d) % 97 } else { (n * 100 + d) % 97 };
    tail.iter().chain(head).fold(0, add) == 1
}

/// Social Security Administration, RM 10201.035: areas, groups and serials that are never given out.
fn is_ssn(digits: &[u32]) -> bool {
    let number = |from: usize, to: usize| digits[from..to].iter().fold(0, |n, d| n * 10 + d);
    digits.len() == 9 && !matches!(number(0, 3), 0 | 666 | 900..) && number(3, 5) != 0 && number(5, 9) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_valid_by_their_standards() {
        for (label, value) in [
            ("EMAIL", "ada.byron+x@mail.example.org"),
            ("PHONE", "+44 20 7946 0018"),
            ("CREDIT_CARD", "4111 1111 1111 1111"),
            ("IBAN", "GB82 WEST 1234 5698 7654 32"),
            ("SSN", "219-09-9999"),
            ("IP", "2001:db8::1"),
            ("IP", "192.0.2.7"),
        ] {
            assert!(is_valid(label, value), "{label} {value}");
        }
    }

    #[test]
    fn what_breaks_a_standard_is_not_valid() {
        for (label, value) in [
            ("EMAIL", "ada@localhost"),
            ("EMAIL", "ada@.example"),
            ("PHONE", "123456"),
            ("CREDIT_CARD", "4111 1111 1111 1112"),
            ("IBAN", "GB83 WEST 1234 5698 7654 32"),
            ("SSN", "666-09-9999"),
            ("SSN", "219-00-9999"),
            ("SSN", "219-09-999"),
            ("IP", "192.0.2.256"),
            ("PERSON", "Ada"),
        ] {
            assert!(!is_valid(label, value), "{label} {value}");
        }
    }
}
