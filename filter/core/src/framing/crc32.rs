//! CRC-32 (ISO-HDLC: polynomial 0x04C11DB7 reflected, as in zlib and RFC 1952).

/// Checksums of single bytes, and of a byte with one to three zero bytes behind it.
static TABLES: [[u32; 256]; 4] = tables();

#[allow(clippy::indexing_slicing, reason = "computed while compiling")]
const fn tables() -> [[u32; 256]; 4] {
    let mut tables = [[0u32; 256]; 4];
    let mut n = 0;
    while n < 256 {
        let mut crc = n as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        tables[0][n] = crc;
        n += 1;
    }
    let mut level = 1;
    while level < 4 {
        let mut n = 0;
        while n < 256 {
            let before = tables[level - 1][n];
            tables[level][n] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
            n += 1;
        }
        level += 1;
    }
    tables
}

fn look_up(table: usize, byte: u32) -> u32 {
    TABLES.get(table).and_then(|t| t.get((byte & 0xFF) as usize)).copied().unwrap_or(0)
}

/// The checksum of `bytes`.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
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
