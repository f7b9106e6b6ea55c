//! Packs what training has written, for `src/packed.rs` to unpack, and writes the table of `src/case.rs`.

use std::path::{Path, PathBuf};
use std::{env, fs};

mod case;
#[path = "../src/packed/coder.rs"]
mod coder;
mod east_asian;
#[path = "../src/packed/east_asian.rs"]
mod east_asian_columns;
#[path = "../src/packed/layout.rs"]
mod layout;
#[path = "../src/packed/lexicon.rs"]
mod lexicon;

use coder::{Coder, EVEN, Interval};

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/packed");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("case.rs"), case::table()).expect("cargo made the folder");
    for name in ["tagger", "injection"] {
        let mut weights = read(&format!("{name}.bin"));
        let mut packer = Packer::default();
        lexicon::bytes(&mut packer, &mut weights);
        let length = u32::try_from(weights.len()).expect("weights are small").to_le_bytes();
        write(&out, name, &length, packer);
    }
    let mut names = read("names.bin");
    let mut packer = Packer::default();
    lexicon::code(&mut packer, &mut names).expect("training wrote the table");
    write(&out, "names", &names[..layout::HEADER], packer);
    let text = String::from_utf8(read("east_asian.txt")).expect("a text");
    let mut columns = east_asian::columns(&text);
    let sizes = [&columns[0], &columns[2]].map(|column| (column.len() as u32).to_le_bytes()).concat();
    let mut packer = Packer::default();
    east_asian_columns::code(&mut packer, &mut columns);
    write(&out, "east_asian", &sizes, packer);
}

fn read(name: &str) -> Vec<u8> {
    let source = format!("data/{name}");
    println!("cargo::rerun-if-changed={source}");
    fs::read(&source).unwrap_or_else(|e| panic!("{source}: {e}"))
}

fn write(out: &Path, name: &str, head: &[u8], packer: Packer) {
    let packed = [head, &packer.finish()].concat();
    fs::write(out.join(format!("{name}.packed")), packed).expect("cargo made the folder");
}

/// Writes what it is told.
#[derive(Default)]
struct Packer {
    /// Bytes of which nothing can be told.
    plain: Vec<u8>,
    coded: Vec<u8>,
    interval: Interval,
}

impl Packer {
    fn finish(mut self) -> Vec<u8> {
        // Any number of the interval will do, and where it ends, zeros are read.
        self.coded.extend(self.interval.middle(EVEN).to_be_bytes());
        [self.plain, self.coded].concat()
    }
}

impl Coder for Packer {
    fn bit(&mut self, chance: u16, bit: bool) -> bool {
        self.interval.take(self.interval.middle(chance), bit);
        while let Some(settled) = self.interval.settled() {
            self.coded.push(settled);
        }
        bit
    }

    fn any_byte(&mut self, byte: u8) -> u8 {
        self.plain.push(byte);
        byte
    }
}
