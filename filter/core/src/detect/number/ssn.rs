//! SSN_US: area, group and serial as the Social Security Administration has never left them out
//! ("The SSN Numbering Scheme": no area 000, 666 or 9xx, no group 00, no serial 0000).

use super::{Group, Groups, digits};
use crate::bytes::at;
use crate::detect::context::context;
use crate::entity::{EntityType, Hit};

const CONTEXT: [&str; 4] = ["ssn", "social security", "soc sec", "social-security"];

/// `123-45-6789`, with hyphens, spaces or dots; nine bare digits only behind a word that says so.
pub(super) fn find(text: &[u8], groups: &Groups) -> Option<Hit> {
    let all = groups.as_slice();
    let (taken, score) = match all {
        [a, b, c, rest @ ..] if [a.len(), b.len(), c.len()] == [3, 2, 4] => {
            let uniform = b.separator == c.separator && b.start == a.end + 1 && c.start == b.end + 1;
            let goes_on = rest.first().is_some_and(|g| g.separator == b.separator && g.separator != b' ');
            if !uniform || goes_on || !matches!(b.separator, b'-' | b' ' | b'.') {
                return None;
            }
            (groups.first(3), if b.separator == b'-' { 0.9 } else { 0.7 })
        }
        [a, ..] if a.len() == 9 && context(text, a.start, &CONTEXT) => (groups.first(1), 0.8),
        _ => return None,
    };
    let end = taken.last()?.end;
    if !is_issued(text, taken) || at(text, end).is_ascii_alphabetic() {
        return None;
    }
    let range = taken.first()?.start..end;
    Some(Hit { range, entity: EntityType::SsnUs, score, validated: true })
}

fn is_issued(text: &[u8], groups: &[Group]) -> bool {
    let number = digits(text, groups).fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}
