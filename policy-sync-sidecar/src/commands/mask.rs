//! `mask`: the text as a provider would get it, and which placeholder stands for what.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use privet_core::injection::score;
use privet_core::mask::{MaskedText, REDACTED, Replaced, mask_text};
use privet_core::policy::Masking;

use super::characters::{count, on_one_line};
use super::{CommandError, read_text, write_injection};

/// A placeholder, and the first value that it stands for.
struct Line<'a> {
    placeholder: String,
    entity: &'a str,
    /// The highest score of all its values.
    score: f32,
    /// Of its first value, in characters.
    length: usize,
    times: usize,
    value: &'a [u8],
}

/// Writes the masked text to `out`, nothing else; and to `table` a line for each placeholder: type,
/// highest score, length, how often, and with `show_values` the value that it is restored with.
///
/// # Errors
/// Where the input is too long or not UTF-8, or reading or writing fails.
pub fn text(
    masking: &Masking,
    show_values: bool,
    input: impl Read,
    mut out: impl Write,
    mut table: impl Write,
) -> Result<(), CommandError> {
    let text = read_text(input)?;
    let masked = mask_text(text.as_bytes(), masking);
    out.write_all(&masked.text)?;
    out.flush()?;
    let lines = lines(text.as_bytes(), &masked, masking);
    write_table(&lines, show_values, &mut table)?;
    write_injection(&mut table, score(text.as_bytes()))?;
    if !masked.blocked.is_empty() {
        let names: Vec<&str> = masked.blocked.iter().map(|entity| masking.name(*entity)).collect();
        writeln!(table, "the gateway would refuse this text: {}", names.join(", "))?;
    }
    Ok(table.flush()?)
}

/// The lines of the table, in the order of the text. Each redacted value has its own.
fn lines<'a>(text: &'a [u8], masked: &MaskedText, masking: &'a Masking) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    let mut known = BTreeMap::new();
    for replaced in &masked.replaced {
        let Replaced { hit, number } = replaced;
        let next = lines.len();
        let n = number.map_or(next, |number| *known.entry((hit.entity, number)).or_insert(next));
        if let Some(line) = lines.get_mut(n) {
            line.times += 1;
            line.score = line.score.max(hit.score);
            continue;
        }
        let entity = masking.name(hit.entity);
        let redacted = || String::from_utf8_lossy(REDACTED).into_owned();
        let placeholder = number.map_or_else(redacted, |number| format!("{entity}_{number}"));
        let value = replaced.value(text);
        lines.push(Line { placeholder, entity, score: hit.score, length: count(value), times: 1, value });
    }
    lines
}

fn write_table(lines: &[Line], show_values: bool, table: &mut impl Write) -> std::io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let width = |title: &str, column: fn(&Line) -> usize| {
        lines.iter().map(column).chain([title.len()]).max().unwrap_or_default()
    };
    let first = width("placeholder", |l| l.placeholder.len());
    let second = width("type", |l| l.entity.len());
    let value = if show_values { "  value" } else { "" };
    writeln!(table, "{:<first$}  {:<second$}  score  length  times{value}", "placeholder", "type")?;
    for Line { placeholder, entity, score, length, times, value } in lines {
        write!(table, "{placeholder:<first$}  {entity:<second$}  {score:>5.2}  {length:>6}  {times:>5}")?;
        if show_values {
            write!(table, "  {}", on_one_line(value))?;
        }
        writeln!(table)?;
    }
    Ok(())
}
