//! Where the parts of the table of names lie (`detect/names/lexicon.rs` says what they are).

/// Size of the palette.
pub(crate) const PALETTE: usize = 256;
/// Infos that an entry itself can tell; the next number stands for all others.
pub(crate) const FREQUENT: u16 = 15;
/// Buckets of a group, as a power of two.
pub(crate) const GROUP: u32 = 5;
pub(crate) const MAGIC: &[u8] = b"PVN2";
pub(crate) const HEADER: usize = 16;

/// The offsets of the parts, in bytes; the palette lies behind the header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Bits of a bucket's number.
    pub(crate) bits: u32,
    /// Number of entries.
    pub(crate) count: usize,
    pub(crate) groups: usize,
    pub(crate) sizes: usize,
    pub(crate) entries: usize,
    pub(crate) rare: usize,
    pub(crate) end: usize,
}

impl Layout {
    /// As the header says that a table begins with; none where that is no such table.
    pub(crate) fn of(table: &[u8]) -> Option<Self> {
        let (header, _) = table.split_first_chunk::<HEADER>()?;
        let (magic, numbers) = header.split_first_chunk::<4>()?;
        let [bits, count, rare] = *numbers.as_chunks::<4>().0 else { return None };
        let [bits, count, rare] = [bits, count, rare].map(u32::from_le_bytes);
        let known = magic == MAGIC && (GROUP..=20).contains(&bits) && count.max(rare) < 1 << 24;
        known.then(|| Self::with(bits, count as usize, rare as usize))
    }

    /// Of a table with so many bits, entries and rare ones.
    pub(crate) fn with(bits: u32, count: usize, rare: usize) -> Self {
        let groups = HEADER + PALETTE * 2;
        let sizes = groups + (4 << (bits - GROUP));
        let entries = sizes + (1 << (bits - 1));
        let rest = entries + count * 2;
        Self { bits, count, groups, sizes, entries, rare: rest, end: rest + rare }
    }

    /// The place of a group's first entry, were entries spread evenly.
    pub(crate) fn even_start(&self, group: usize) -> usize {
        ((group as u64 * self.count as u64) >> (self.bits - GROUP)) as usize
    }
}
