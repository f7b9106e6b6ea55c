//! Messages that are removed with what stands in them: the strategy `drop`.
//!
//! A message goes as a whole, with the comma behind it; all other bytes stay. None is removed that the request cannot do
//! without: the last, one that a tool's call or result stands in (calls and results belong together), and the first
//! where the model's own words would then begin the conversation. What stands outside of messages cannot be removed
//! with one. Then the request is refused.

use core::ops::Range;

use super::splice::{Found, Rules, What, in_order};
use crate::bytes::cut;
use crate::policy::redaction::Strategy;

/// A message of the body.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) range: Range<usize>,
    /// Whether the model speaks.
    pub(super) by_model: bool,
}

/// Words by which a message tells that it holds a tool's call or result, in any format. Such a word in the text has the
/// same effect: the request is refused and nothing leaves.
const OF_TOOLS: [&[u8]; 11] = [
    b"\"tool_calls\"",
    b"\"tool_call_id\"",
    b"\"function_call\"",
    b"\"function_call_output\"",
    b"\"tool_use\"",
    b"\"tool_result\"",
    b"\"toolUse\"",
    b"\"toolResult\"",
    b"\"functionCall\"",
    b"\"functionResponse\"",
    b"\"function_response\"",
];

/// Whether a message must go with what was found in it.
fn drops(found: &Found, rules: &Rules<'_>) -> bool {
    match &found.what {
        What::Value { entity, .. } => rules.of_value(*entity) == Some(Strategy::Drop),
        What::Match { segment, pattern, .. } => rules.of_match(*segment, *pattern) == Some(Strategy::Drop),
        What::Document { found, .. } => found.iter().any(|inner| drops(inner, rules)),
        What::Name(_) | What::Removed => false,
    }
}

/// Puts the removal of messages in the place of what was found in them.
///
/// # Errors
/// Where a message must stay.
pub(super) fn remove(
    found: &mut Vec<Found>,
    messages: &[Message],
    body: &[u8],
    rules: &Rules<'_>,
) -> Result<(), MustStay> {
    let mut gone = Vec::new();
    for found in found.iter().filter(|found| drops(found, rules)) {
        let behind = messages.partition_point(|message| message.range.start <= found.range.start);
        let number = behind.checked_sub(1).ok_or(MustStay)?;
        let message = messages.get(number).filter(|m| m.range.end >= found.range.end).ok_or(MustStay)?;
        let bytes = cut(body, message.range.clone());
        if OF_TOOLS.iter().any(|word| memchr::memmem::find(bytes, word).is_some()) {
            return Err(MustStay);
        }
        if gone.last() != Some(&number) {
            gone.push(number);
        }
    }
    let stays = |(number, _): &(usize, &Message)| !gone.contains(number);
    let first = messages.iter().enumerate().find(stays);
    let begins_otherwise = messages.first().is_some_and(|message| !message.by_model);
    if !gone.is_empty() && begins_otherwise && first.is_some_and(|(_, message)| message.by_model) {
        return Err(MustStay);
    }
    for number in gone {
        let (Some(message), Some(next)) = (messages.get(number), messages.get(number + 1)) else {
            return Err(MustStay);
        };
        let range = message.range.start..next.range.start;
        found.retain(|found| !range.contains(&found.range.start));
        found.push(Found { range, what: What::Removed });
    }
    in_order(found);
    Ok(())
}

/// A message that the request cannot do without would have to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MustStay;
