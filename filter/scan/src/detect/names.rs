//! Names of persons, places and postal addresses: PERSON, LOCATION, ADDRESS.
//!
//! A word can be part of a name if it begins with a capital letter, or if it stands in a name list and
//! right behind words that announce a name (`my name is`). Only around such words is anything looked up:
//! the words are tagged with integer weights over hashed features ([`features`], [`tagger`]), runs of one
//! tag become a hit, and a place next to a house number becomes an address ([`address`]). All other words
//! cost the pass over the words and nothing else.
//!
//! The lists ([`lexicon`]) and the weights are built ahead of time by `privet-train names`, which uses the
//! very code of this module to read texts; where they come from stands in `training/README.md`. They are
//! English first, with names of many countries in Latin letters; of scripts without capital letters, Chinese, Japanese
//! and Korean are read by [`super::east_asian`], others not. A run of more than [`run::ROOM`] words is cut at the last line or sentence that ends in it.

pub mod address;
pub mod features;
pub mod form;
pub mod lexicon;
mod line;
pub mod run;
pub mod span;
pub mod tagger;

use std::sync::LazyLock;

use lexicon::Lexicon;
use tagger::{Tagger, Tags};

use super::words::Word;
use crate::entity::Hit;
use crate::packed::{unpack, unpack_lexicon};

static PACKED_LISTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/names.packed"));
static PACKED_WEIGHTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tagger.packed"));

/// Adds the names in `text` to `hits`, and hands its words to `beside`, some at a time.
pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>, beside: impl FnMut(&[Word])) {
    // They are read once, and not for every text.
    static LISTS: LazyLock<Vec<u8>> = LazyLock::new(|| unpack_lexicon(PACKED_LISTS));
    static MODEL: LazyLock<(Lexicon<'static>, Tagger)> =
        LazyLock::new(|| (Lexicon::new(&LISTS), Tagger::new(&unpack(PACKED_WEIGHTS))));
    let (lexicon, tagger) = &*MODEL;
    find_beside(lexicon, tagger, text, hits, beside);
}

/// The same with another model than the built-in one, as the training tool evaluates it.
pub fn find_with(lexicon: &Lexicon<'_>, tagger: &Tagger, text: &[u8], hits: &mut Vec<Hit>) {
    find_beside(lexicon, tagger, text, hits, |_| ());
}

fn find_beside(
    lexicon: &Lexicon<'_>,
    tagger: &Tagger,
    text: &[u8],
    hits: &mut Vec<Hit>,
    beside: impl FnMut(&[Word]),
) {
    let first = hits.len();
    // Most short texts need none.
    let mut tags = None;
    let mut name = |run: &run::Run<'_>| {
        let tags = tags.get_or_insert_with(Tags::default);
        tagger.decode(text, lexicon, run, tags);
        span::spans(text, run, tags, hits);
    };
    let foreign = run::runs_and_words(text, lexicon, &mut name, beside);
    address::join(text, lexicon, hits, first);
    if foreign {
        super::east_asian::find(text, hits);
    }
}
