//! Packs the weights that training has written, for `src/packed.rs` to unpack, and writes the table of `src/case.rs`.

use std::path::Path;
use std::{env, fs};

mod case;
#[path = "../src/packed/coder.rs"]
mod coder;

use coder::{Chances, Interval};

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/packed/coder.rs");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("case.rs"), case::table()).expect("cargo made the folder");
    for name in ["tagger", "injection"] {
        let source = format!("data/{name}.bin");
        println!("cargo::rerun-if-changed={source}");
        let bytes = fs::read(&source).unwrap_or_else(|e| panic!("{source}: {e}"));
        fs::write(Path::new(&out).join(format!("{name}.packed")), pack(&bytes))
            .expect("cargo made the folder");
    }
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len()).expect("weights are small").to_le_bytes().to_vec();
    let (mut interval, mut chances) = (Interval::default(), Chances::default());
    for byte in bytes {
        let mut bits = 1;
        for shift in (0..8).rev() {
            let bit = byte >> shift & 1 == 1;
            interval.take(interval.middle(chances.of(bits)), bit);
            while let Some(settled) = interval.settled() {
                out.push(settled);
            }
            chances.learn(bits, bit);
            bits = bits << 1 | u32::from(bit);
        }
    }
    // Any number of the interval will do, and where it ends, zeros are read.
    out.extend(interval.middle(1 << 15).to_be_bytes());
    out
}
