//! Any bytes through the scanner.
#![no_main]

mod checks;

libfuzzer_sys::fuzz_target!(|text: &[u8]| checks::scan(text));
