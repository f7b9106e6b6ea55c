//! The names in East Asian script, packed: in the order of their characters, in four columns.
//!
//! 1. a byte for each name: with how many characters of the one before it begins (15 at most) in the higher half, and
//!    the number of its kind, which is that of its line in `data/east_asian.txt`, in the lower;
//! 2. how many characters are behind those;
//! 3. the higher bytes of these characters' codes, of all names;
//! 4. the lower ones.

use super::coder::Coder;
use super::lexicon::bytes;

/// Hands the columns to `coder` and takes what that returns.
pub(crate) fn code(coder: &mut impl Coder, columns: &mut [Vec<u8>; 4]) {
    columns.iter_mut().for_each(|column| bytes(coder, column));
}
