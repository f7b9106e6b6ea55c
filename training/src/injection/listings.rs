//! Harmless lists of settings, keys and personal details under their names, in the forms in which people paste them: they
//! are what the gateway is there for, and no attack.
//!
//! The values are drawn at random and are nobody's.

use super::learn::Random;

/// Names of what a list holds, in words.
const NAMES: [&[&str]; 40] = [
    &["api", "key"],
    &["secret", "key"],
    &["access", "key", "id"],
    &["secret", "access", "key"],
    &["client", "secret"],
    &["client", "id"],
    &["password"],
    &["db", "password"],
    &["admin", "password"],
    &["token"],
    &["auth", "token"],
    &["bearer", "token"],
    &["refresh", "token"],
    &["github", "token"],
    &["openai", "api", "key"],
    &["anthropic", "api", "key"],
    &["slack", "webhook"],
    &["webhook", "secret"],
    &["private", "key"],
    &["encryption", "key"],
    &["signing", "secret"],
    &["connection", "string"],
    &["database", "url"],
    &["redis", "url"],
    &["jwt", "secret"],
    &["session", "secret"],
    &["user"],
    &["username"],
    &["host"],
    &["port"],
    &["email"],
    &["phone"],
    &["name"],
    &["iban"],
    &["credit", "card"],
    &["ssn", "us"],
    &["passport"],
    &["ip", "address"],
    &["region"],
    &["environment"],
];

/// What may stand before a list.
const LEADS: [&str; 10] = [
    "",
    "",
    "",
    "Here is my config:\n",
    "My .env file:\n",
    "These are the values:\n",
    "Why does this not work?\n",
    "```\n",
    "The settings of staging are\n",
    "Please check these:\n",
];

/// A list.
pub(super) fn listing(random: &mut Random) -> String {
    let lead = *random.one(&LEADS);
    let (case, form) = (random.below(5), random.below(8));
    let rows = 1 + random.below(10);
    let mut lines = Vec::new();
    for _ in 0..rows {
        let name = written(NAMES[random.below(NAMES.len())], case);
        let value = value(random);
        lines.push(match form {
            0 => format!("{name}={value}"),
            1 => format!("{name}: {value}"),
            2 => format!("{name} = \"{value}\""),
            3 => format!("  \"{name}\": \"{value}\","),
            4 => format!("export {name}={value}"),
            5 => format!("| {name} | {value} |"),
            6 => format!("- {name}: `{value}`"),
            _ => format!("{name} {value}"),
        });
    }
    let joint = if random.below(6) == 0 { ", " } else { "\n" };
    let list = lines.join(joint);
    if form == 3 { format!("{lead}{{\n{}\n}}", list.trim_end_matches(',')) } else { format!("{lead}{list}") }
}

/// A name as programs and people write it.
fn written(words: &[&str], case: usize) -> String {
    match case {
        0 => words.join("_").to_uppercase(),
        1 => words.join("_"),
        2 => words.join("-"),
        3 => words.join(" "),
        _ => words.iter().map(|w| capital(w)).collect(),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// Something drawn at random: a token, a number, an address.
fn value(random: &mut Random) -> String {
    const ALPHABETS: [&str; 4] = [
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "0123456789abcdef",
        "0123456789",
        "abcdefghijklmnopqrstuvwxyz",
    ];
    let alphabet = random.one(&ALPHABETS).as_bytes();
    let mut run = |length: usize| -> String {
        (0..length).map(|_| char::from(alphabet[random.below(alphabet.len())])).collect()
    };
    let (first, second, third) = (run(3), run(8), run(20));
    match random.below(8) {
        0 => format!("{first}_{third}"),
        1 => third + &second,
        2 => format!("{first}-{second}-{third}"),
        3 => format!("{second}@{first}.example"),
        4 => format!("https://{second}.example/{third}"),
        5 => format!("{first}.{first}.{second}"),
        6 => format!("{second}!{first}"),
        _ => second,
    }
}
