//! `detect`: what the policy finds, and where.
//!
//! With `--jsonl` each input line is a JSON object with a string `text`; other members are ignored. Each
//! gives one line `{"spans":[{"start","end","type","score"}],"injection"}` in the same order. The first
//! line that is no such object, an empty one included, ends the run, so that the two never get out of
//! step.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use privet_core::entity::Hit;
use privet_core::injection::score;
use privet_core::mask::find;
use privet_core::policy::Masking;
use serde::{Deserialize, Serialize};

use super::characters::{Characters, on_one_line};
use super::{CommandError, MAX_TEXT_BYTES, read_text, write_injection};

/// Size of the buffers of a pipe.
const BUFFER: usize = 64 * 1024;

/// A line of input.
#[derive(Deserialize)]
struct Row {
    text: String,
}

/// A line of output.
#[derive(Serialize)]
struct Found<'a> {
    spans: Vec<Span<'a>>,
    injection: f32,
}

/// A found value.
#[derive(Serialize)]
struct Span<'a> {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    entity: &'a str,
    score: f32,
}

/// The spans of hits, in characters.
fn spans<'a>(text: &str, hits: &[Hit], masking: &'a Masking) -> Vec<Span<'a>> {
    let mut characters = Characters::new(text);
    let span = |hit: &Hit| {
        let start = characters.before(hit.range.start);
        let end = characters.before(hit.range.end);
        Span { start, end, entity: masking.name(hit.entity), score: hit.score }
    };
    hits.iter().map(span).collect()
}

/// Prints what stands in a text, for people: type, score, where; with `show_values` the value.
///
/// # Errors
/// Where the input is too long or not UTF-8, or reading or writing fails.
pub fn text(
    masking: &Masking,
    show_values: bool,
    input: impl Read,
    out: impl Write,
) -> Result<(), CommandError> {
    let text = read_text(input)?;
    let mut out = BufWriter::new(out);
    let mut hits = Vec::new();
    find(text.as_bytes(), masking, &mut hits);
    let spans = spans(&text, &hits, masking);
    let width = spans.iter().map(|s| s.entity.len()).max().unwrap_or_default();
    for (span, hit) in spans.iter().zip(&hits) {
        let Span { start, end, entity, score } = span;
        write!(out, "{entity:<width$}  {score:.2}  {start}–{end}")?;
        if show_values {
            let value = text.as_bytes().get(hit.range.clone()).unwrap_or_default();
            write!(out, "  {}", on_one_line(value))?;
        }
        writeln!(out)?;
    }
    write_injection(&mut out, score(text.as_bytes()))?;
    Ok(out.flush()?)
}

/// Prints what stands in each row. Output is passed on whenever no further row is at hand, so that this
/// can stand in a pipe whose writer waits for an answer.
///
/// # Errors
/// At the first line that is no row, with its number, or where reading or writing fails. What stood
/// before is printed.
pub fn rows(masking: &Masking, input: impl Read, out: impl Write) -> Result<(), CommandError> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut out = BufWriter::with_capacity(BUFFER, out);
    let result = each_row(masking, &mut input, &mut out);
    out.flush()?;
    result
}

fn each_row<R: Read>(
    masking: &Masking,
    input: &mut BufReader<R>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let (mut line, mut hits) = (Vec::new(), Vec::new());
    for number in 1u64.. {
        line.clear();
        input.by_ref().take(MAX_TEXT_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        let text = row(&line).map_err(|why| CommandError::Input(format!("line {number}: {why}")))?;
        find(text.as_bytes(), masking, &mut hits);
        let found = Found { spans: spans(&text, &hits, masking), injection: score(text.as_bytes()).value };
        serde_json::to_writer(&mut *out, &found).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
    }
    Ok(())
}

/// The text of a row, or what is wrong with it. serde_json's own words could repeat the line's.
fn row(line: &[u8]) -> Result<String, String> {
    if line.len() > MAX_TEXT_BYTES {
        return Err(format!("longer than {MAX_TEXT_BYTES} bytes"));
    }
    serde_json::from_slice::<Row>(line).map(|row| row.text).map_err(|e| {
        let what = if e.is_data() { "no object with a string `text`" } else { "not valid JSON" };
        format!("{what} (column {})", e.column())
    })
}
