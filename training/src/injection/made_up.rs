//! Made-up texts from templates: attacks by family, and harmless texts with the words that attacks use.
//!
//! The templates stand in `data/injection`: `{name}` is one of the words listed under that name, `(a|b)` one of
//! these. They are filled in from a seed.

use std::collections::BTreeMap;

use super::examples::{Example, example};
use super::learn::Random;

const WORDS: &str = include_str!("../../data/injection/words.txt");
const ATTACKS: &str = include_str!("../../data/injection/attacks.txt");
const BENIGN: &str = include_str!("../../data/injection/benign.txt");

pub type Words = BTreeMap<&'static str, Vec<&'static str>>;

/// Lines that are neither empty nor comments.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("# "))
}

fn words() -> Words {
    lines(WORDS)
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, list)| (name, list.split('|').map(str::trim).collect()))
        .collect()
}

/// Fills a template in.
pub fn fill(template: &str, words: &Words, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find(['{', '(']) {
        out += &rest[..open];
        rest = &rest[open..];
        let named = rest.starts_with('{');
        let close = closing(rest);
        let inner = close.map(|end| &rest[1..end]);
        let choice = match inner {
            Some(name) if named => words.get(name).map(|list| list[random.below(list.len())].to_owned()),
            Some(list) if list.contains('|') => {
                let options = options(list);
                Some(options[random.below(options.len())].to_owned())
            }
            _ => None,
        };
        match (choice, close) {
            (Some(choice), Some(end)) => {
                out += &fill(&choice, words, random);
                rest = &rest[end + 1..];
            }
            _ => {
                out += &rest[..1];
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Where the bracket that `text` begins with closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (n, c) in text.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(n);
        }
    }
    None
}

/// The options of a list, which may hold lists.
fn options(list: &str) -> Vec<&str> {
    let (mut out, mut depth, mut start) = (Vec::new(), 0, 0);
    for (n, c) in list.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            '|' if depth == 0 => {
                out.push(&list[start..n]);
                start = n + 1;
            }
            _ => {}
        }
    }
    out.push(&list[start..]);
    out
}

fn texts(template: &str, count: usize, words: &Words, random: &mut Random) -> Vec<String> {
    let mut texts: Vec<String> = (0..count)
        .map(|n| {
            let text = fill(template, words, random).replace("\\n", "\n");
            let text = text.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
            match n % 3 {
                0 => text,
                1 => capital(&text),
                _ => text.trim_end_matches('.').to_owned(),
            }
        })
        .collect();
    texts.sort();
    texts.dedup();
    texts
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// Adds the made-up texts.
pub fn add(examples: &mut Vec<Example>) {
    let words = words();
    let mut random = Random(11);
    add_templates(examples, &words, &mut random);
    let documents = std::env::var("NDOC").ok().and_then(|v| v.parse().ok()).unwrap_or(600);
    for _ in 0..documents {
        let text = super::documents::document(&words, &mut random);
        examples.push(example("made_up", "document".to_owned(), false, true, text));
    }
    add_triggers(examples, &words, &mut random);
    add_long(examples, &mut random);
}

/// Harmless texts with words put in that attacks use: the words alone are no attack.
fn add_triggers(examples: &mut Vec<Example>, words: &Words, random: &mut Random) {
    let mut added = Vec::new();
    let share = std::env::var("TRIG").ok().and_then(|v| v.parse().ok()).unwrap_or(2usize);
    if share == 0 {
        return;
    }
    let benign =
        examples.iter().filter(|e| !e.attack && e.train && e.words.ends.len() < 80 && e.group != "btc");
    for e in benign {
        if random.below(share) != 0 {
            continue;
        }
        let mut parts: Vec<&str> = e.text.split(' ').collect();
        for _ in 0..1 + random.below(3) {
            parts.insert(
                random.below(parts.len() + 1),
                words["trigger"][random.below(words["trigger"].len())],
            );
        }
        added.push(Example {
            fold: e.fold,
            ..example(e.group, "triggers".to_owned(), false, true, parts.join(" "))
        });
    }
    examples.extend(added);
}

/// Long harmless texts, and the same around a short attack.
fn add_long(examples: &mut Vec<Example>, random: &mut Random) {
    let env = |n: &str, d: usize| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    let count = env("NLONG", 600);
    let mut added = Vec::new();
    for fold in 0..5 {
        let plain = |group: &str| -> Vec<&Example> {
            examples
                .iter()
                .filter(|e| !e.attack && e.group == group && e.fold == fold && e.source != "triggers")
                .collect()
        };
        let carriers: Vec<Vec<&Example>> = ["wikigold", "btc", "gsm8k", "instructions", "made_up"]
            .map(plain)
            .into_iter()
            .filter(|c| !c.is_empty())
            .collect();
        if carriers.is_empty() {
            continue;
        }
        let attacks: Vec<&Example> = examples
            .iter()
            .filter(|e| e.attack && e.train && e.fold == fold && e.words.ends.len() <= 60)
            .collect();
        for n in 0..count / 5 {
            let carrier = &carriers[n % carriers.len()];
            let joint = ["\n", " ", "\n\n", "\n- ", " | "][random.below(5)];
            let mut texts: Vec<&str> = (0..3 + random.below(25))
                .map(|_| carrier[random.below(carrier.len())].text.as_str())
                .collect();
            added.push(Example {
                fold,
                ..example(carrier[0].group, "long".to_owned(), false, true, texts.join(joint))
            });
            if !attacks.is_empty() {
                let attack = attacks[random.below(attacks.len())];
                texts.truncate(2 + random.below(12));
                texts.insert(random.below(texts.len() + 1), &attack.text);
                added.push(Example {
                    fold,
                    carrier: carrier[0].group,
                    ..example(attack.group, "long".to_owned(), true, true, texts.join(joint))
                });
            }
        }
    }
    examples.extend(added);
}

fn add_templates(examples: &mut Vec<Example>, words: &Words, random: &mut Random) {
    let env = |n: &str, d: usize| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    for line in lines(ATTACKS) {
        let (family, template) = line.split_once(": ").unwrap_or(("role", line));
        for text in texts(template, env("NPOS", 20), words, random) {
            examples.push(example("made_up", family.to_owned(), true, true, text));
        }
    }
    for template in lines(BENIGN) {
        for text in texts(template, env("NNEG", 20), words, random) {
            examples.push(example("made_up", "benign".to_owned(), false, true, text));
        }
    }
}
