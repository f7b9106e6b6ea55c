//! Where a stream is cut into chunks: where it hurts.

use std::time::Duration;

use super::ask::Ask;

/// Pause after each chunk of a stream that is cut into few, so that they travel apart.
const PAUSE: Duration = Duration::from_micros(300);

/// The chunks of a stream that was written as `frames`, and the pause after each. The model's name says
/// how it is cut: `…-bytes` byte by byte, `…-nasty` inside of characters, placeholders, escapes, line ends
/// and the prelude and checksum of binary frames, `…-events` between frames; else in sizes that meet all
/// of these sooner or later.
#[must_use]
pub fn cut(ask: &Ask, frames: &[Vec<u8>]) -> (Vec<Vec<u8>>, Duration) {
    if ask.has("events") {
        return (frames.to_vec(), PAUSE);
    }
    if ask.has("bytes") {
        return (frames.concat().iter().map(|b| vec![*b]).collect(), Duration::ZERO);
    }
    if ask.has("nasty") {
        return (frames.iter().flat_map(|f| nasty(f)).collect(), Duration::ZERO);
    }
    (sizes(&frames.concat()), PAUSE)
}

/// In the middle of events, between the two line ends, byte by byte.
fn sizes(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut sizes = [97usize, 1, 150, 2, 211, 64, 1, 1, 300].iter().cycle();
    let mut rest = stream;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap_or(&1)).min(rest.len());
        let (piece, others) = rest.split_at(size);
        pieces.push(piece.to_vec());
        rest = others;
    }
    pieces
}

/// One frame, cut behind every byte that something else must follow, inside the prelude of a binary frame
/// (12 bytes), and inside its last checksum.
fn nasty(frame: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    for (i, byte) in frame.iter().enumerate() {
        if let Some(piece) = pieces.last_mut() {
            piece.push(*byte);
        }
        let open = *byte >= 0xC0 || matches!(byte, b'_' | b'\\' | b'\r' | b'\n' | b':');
        if open || matches!(i, 2 | 6 | 10) || i + 3 == frame.len() {
            pieces.push(Vec::new());
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_cut_gives_the_same_bytes() {
        let frames: Vec<Vec<u8>> =
            ["data: {\"x\":\"EMAIL_1 grün 😀\\n\"}\r\n\r\n", "data: [DONE]\n\n"].map(|f| f.into()).to_vec();
        for model in ["echo", "echo-bytes", "echo-nasty", "echo-events"] {
            let ask = Ask { model: model.to_owned(), ..Ask::default() };
            assert_eq!(cut(&ask, &frames).0.concat(), frames.concat(), "{model}");
        }
    }

    #[test]
    fn nasty_cuts_are_inside_of_characters_placeholders_and_line_ends() {
        let pieces = nasty("__________ü_1\r\n".as_bytes());
        assert!(pieces.contains(&vec![0xC3]), "{pieces:?}");
        assert!(pieces.contains(&b"\n".to_vec()), "{pieces:?}");
    }
}
