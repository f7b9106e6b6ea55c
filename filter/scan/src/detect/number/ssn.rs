//! SSN_US: area, group and serial as the Social Security Administration has never left them out
//! ("The SSN Numbering Scheme": no area 000, 666 or 9xx, no group 00, no serial 0000; randomised since 2011,
//! with the same exceptions). Numbers that nobody has any more because they were printed in advertisements are
//! found too: masking one does no harm.

use super::{Group, Groups, digits};
use crate::bytes::{at, before};
use crate::detect::context::{Around, Topic, Topics};
use crate::entity::{EntityType, Hit};

const NAMES: Topics = Topics::of(&[Topic::Ssn, Topic::TaxId]);
const SURE: Topics = Topics::of(&[Topic::Ssn]);

/// `123-45-6789`, with hyphens, spaces or dots; nine bare digits only behind a word that says so.
pub(super) fn find(around: &Around<'_>, groups: &Groups) -> Option<Hit> {
    let text = around.text;
    let all = groups.as_slice();
    let (taken, bare) = match all {
        [a, b, c, rest @ ..] if [a.len(), b.len(), c.len()] == [3, 2, 4] => {
            let uniform = b.separator == c.separator && b.single && c.single;
            let goes_on = rest.first().is_some_and(|g| g.separator == b.separator && g.separator != b' ');
            if !uniform || goes_on || !matches!(b.separator, b'-' | b' ' | b'.') {
                return None;
            }
            (groups.first(3), if b.separator == b'-' { 0.9 } else { 0.7 })
        }
        [a, rest @ ..] if a.len() == 9 && rest.first().is_none_or(|g| g.separator != b'-') => {
            (groups.first(1), 0.0)
        }
        [a, b, ..] if [a.len(), b.len()] == [5, 4] && b.separator == b'-' => (groups.first(2), 0.0),
        _ => return None,
    };
    let range = taken.first()?.start..taken.last()?.end;
    let glued = matches!(before(text, range.start), b'-' | b'.' | b'_' | b'+' | b'$');
    if !is_issued(text, taken) || at(text, range.end).is_ascii_alphabetic() || glued {
        return None;
    }
    let context = around.candidate(range.start, range.end);
    let score = match bare {
        _ if context.names(SURE) => 0.95,
        0.0 => context.beside(NAMES).then_some(0.75)?,
        bare if bare > 0.8 || !context.is_denied(NAMES) => bare,
        _ => return None,
    };
    Some(Hit { range, entity: EntityType::SsnUs, score, validated: true })
}

fn is_issued(text: &[u8], groups: &[Group]) -> bool {
    let number = digits(text, groups).fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}
