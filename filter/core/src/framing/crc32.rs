//! CRC-32 (ISO-HDLC: polynomial 0x04C11DB7 reflected, as in zlib and RFC 1952).

use std::sync::LazyLock;

/// Checksums of single bytes, and of a byte with one to three zero bytes behind it; made at first use, which takes less
/// room than what they hold.
static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);

struct Tables([[u32; 256]; 4]);

impl Tables {
    fn new() -> Self {
        let mut tables = [[0; 256]; 4];
        let mut before = [0; 256];
        for (byte, crc) in before.iter_mut().enumerate() {
            let step = |crc: u32, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            *crc = (0..8).fold(byte as u32, step);
        }
        let single = before;
        let behind = |crc: u32| (crc >> 8) ^ single.get((crc & 0xFF) as usize).copied().unwrap_or(0);
        for table in &mut tables {
            *table = before;
            before = before.map(behind);
        }
        Self(tables)
    }

    fn look_up(&self, table: usize, byte: u32) -> u32 {
        self.0.get(table).and_then(|t| t.get((byte & 0xFF) as usize)).copied().unwrap_or(0)
    }
}

/// The checksum of `bytes`.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let tables: &Tables = &TABLES;
    let look_up = |table, byte| tables.look_up(table, byte);
    let mut crc = !0u32;
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        let word: [u8; 4] = word.try_into().unwrap_or_default();
        crc ^= u32::from_le_bytes(word);
        crc = look_up(3, crc) ^ look_up(2, crc >> 8) ^ look_up(1, crc >> 16) ^ look_up(0, crc >> 24);
    }
    for byte in words.remainder() {
        crc = look_up(0, crc ^ u32::from(*byte)) ^ (crc >> 8);
    }
    !crc
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        assert_eq!(super::crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(super::crc32(b""), 0);
    }
}
