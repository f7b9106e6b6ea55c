//! Texts that consist of what validators look at: each byte of the input is a digit, a letter, a
//! separator, a country's code or a word that calls a number something.
#![no_main]

mod checks;

const WORDS: [&str; 48] = [
    "ssn ",
    "iban ",
    "phone ",
    "call ",
    "card ",
    "passport ",
    "driver license ",
    "nhs ",
    "nino ",
    "sin ",
    "born ",
    "dob ",
    "vat ",
    "tax id ",
    "bsn ",
    "nif ",
    "pesel ",
    "aadhaar ",
    "pan ",
    "routing number ",
    "account ",
    "mac ",
    "wallet ",
    "password=",
    "api_key: ",
    "token ",
    "Bearer ",
    "DE",
    "GB",
    "FR",
    "ES",
    "IT",
    "US",
    "0x",
    "bc1",
    "+",
    "(",
    ")",
    "/",
    ":",
    "::",
    "=",
    "@",
    "_",
    "\n",
    "e",
    "x",
    "sk-",
];
const REST: &[u8] = b"0123456789-. ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut text = Vec::with_capacity(input.len() * 4);
    for byte in input {
        match WORDS.get(usize::from(*byte)) {
            Some(word) => text.extend_from_slice(word.as_bytes()),
            // Digits and separators come up most often.
            None if *byte >= 160 => text.push(REST[usize::from(*byte) % 13]),
            None => text.push(REST[usize::from(*byte) % REST.len()]),
        }
    }
    checks::scan(&text);
});
