//! `output`: how answers are asked about, where there are policies of the response phase.

use serde_json::value::RawValue;

use super::reading::Reader;

/// How much of a streamed text waits for a decision where the policy does not say it, in characters.
const DEFAULT_WINDOW: usize = 200;
/// Least and most that may wait.
const WINDOWS: core::ops::RangeInclusive<usize> = 32..=4096;

/// How answers are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// How much of a streamed text waits, in characters: a value of this length is found whole.
    pub window: usize,
}

impl Output {
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let [window] = reader.some_fields(raw, &["window"]);
        let window = reader.read_some(window).unwrap_or(DEFAULT_WINDOW);
        if !WINDOWS.contains(&window) {
            let (least, most) = (WINDOWS.start(), WINDOWS.end());
            reader.error("output.window", format_args!("{least} to {most} characters"));
        }
        Self { window }
    }
}
