//! Made-up texts from templates: attacks by family, and harmless texts with the words that attacks use.
//!
//! The templates stand in `data/injection`: `{name}` is one of the words listed under that name, `(a|b)` one of
//! these. They are filled in from a seed.

use std::collections::BTreeMap;

use super::examples::{Example, FOLDS, Kind, MADE_UP, SHORT};
use super::learn::Random;
use super::{documents, listings, tasks};

const WORDS: &str = include_str!("../../data/injection/words.txt");
const ATTACKS: &str = include_str!("../../data/injection/attacks.txt");
const BENIGN: &str = include_str!("../../data/injection/benign.txt");
const EVERYDAY: &str = include_str!("../../data/injection/everyday.txt");

/// The words to put in, by name.
pub(crate) type Words = BTreeMap<&'static str, Vec<&'static str>>;

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
pub(crate) fn fill(template: &str, words: &Words, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find(['{', '(']) {
        out += &rest[..open];
        rest = &rest[open..];
        let named = rest.starts_with('{');
        let close = closing(rest);
        let inner = close.map(|end| &rest[1..end]);
        let choice = match inner {
            Some(name) if named => words.get(name).map(|list| (*random.one(list)).to_owned()),
            Some(list) if list.contains('|') => Some((*random.one(&options(list))).to_owned()),
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

/// Texts of each template.
const TEXTS: usize = 20;
/// Made-up documents.
const DOCUMENTS: usize = 600;
/// Made-up lists of keys, settings and personal details.
const LISTINGS: usize = 900;
/// One in so many harmless texts is repeated with words of attacks strewn in.
const STREWN: usize = 2;
/// Long texts of each label.
const LONG: usize = 600;
/// Documents with a request inside, of each label.
const TASKS: usize = 1500;
/// Short texts of two, of each label.
const JOINED: usize = 2000;
const SEED: u64 = 11;

/// Adds the made-up texts; with `small` only a few.
pub(crate) fn add(examples: &mut Vec<Example>, small: bool) {
    let words = words();
    let mut random = Random(SEED);
    let fewer = if small { 20 } else { 1 };
    add_templates(examples, TEXTS / fewer, &words, &mut random);
    for _ in 0..DOCUMENTS / fewer {
        let text = documents::document(&words, &mut random);
        examples.push(Example::new(MADE_UP, Kind::MadeUp, false, text));
    }
    add_tasks(examples, TASKS / fewer, &words, &mut random);
    add_requests(examples, TEXTS / 2 / fewer, &words, &mut random);
    add_strewn(examples, &words, &mut random);
    add_joined(examples, JOINED / fewer, &mut random);
    add_long(examples, LONG / fewer, &mut random);
    for _ in 0..LISTINGS / fewer {
        examples.push(Example::new(MADE_UP, Kind::MadeUp, false, listings::listing(&mut random)));
    }
}

fn add_templates(examples: &mut Vec<Example>, count: usize, words: &Words, random: &mut Random) {
    for line in lines(ATTACKS) {
        let (_, template) = line.split_once(": ").unwrap_or(("", line));
        for text in texts(template, count, words, random) {
            examples.push(Example::new(MADE_UP, Kind::MadeUp, true, text));
        }
    }
    for (templates, kind) in [(BENIGN, Kind::MadeUp), (EVERYDAY, Kind::Everyday)] {
        let count = if kind == Kind::Everyday { 2 * count } else { count };
        for text in lines(templates).flat_map(|t| texts(t, count, words, random)) {
            examples.push(Example::new(MADE_UP, kind, false, text));
        }
    }
}

/// What is an attack only inside of somebody else's document is a plain request by itself.
fn add_requests(examples: &mut Vec<Example>, count: usize, words: &Words, random: &mut Random) {
    for template in tasks::FOREIGN {
        for text in texts(template, count, words, random) {
            examples.push(Example::new(MADE_UP, Kind::Request, false, text));
        }
    }
}

/// Documents with a request of their author's, and with one of their user's.
fn add_tasks(examples: &mut Vec<Example>, count: usize, words: &Words, random: &mut Random) {
    let mut added = Vec::new();
    for fold in 0..FOLDS {
        let documents: Vec<&Example> = examples
            .iter()
            .filter(|e| e.fold == fold && DOCUMENTS_OF.contains(&e.group) && !e.attack)
            .collect();
        for n in 0..count / FOLDS {
            let document = documents.get(random.below(documents.len())).filter(|_| n % 2 == 0);
            let pair = tasks::pair(words, document.map(|d| d.text.as_str()), random);
            let carrier = document.map_or(MADE_UP, |d| d.group);
            for (text, attack) in [(pair.0, true), (pair.1, false)] {
                let example = Example::new(MADE_UP, Kind::Task, attack, text);
                added.push(Example { fold, carrier, ..example });
            }
        }
    }
    examples.extend(added);
}

/// Groups whose harmless texts serve as documents.
const DOCUMENTS_OF: [&str; 2] = ["bipia", "wikigold"];

/// Harmless texts with words strewn in that attacks use: the words alone are no attack.
fn add_strewn(examples: &mut Vec<Example>, words: &Words, random: &mut Random) {
    let triggers: &[&str] = &words["trigger"];
    let benign = |e: &&Example| !e.attack && e.train && e.len() < 80 && e.group != "btc";
    let mut added = Vec::new();
    for e in examples.iter().filter(benign) {
        if random.below(STREWN) != 0 {
            continue;
        }
        let mut parts: Vec<&str> = e.text.split(' ').collect();
        for _ in 0..1 + random.below(3) {
            let at = random.below(parts.len() + 1);
            parts.insert(at, *random.one(triggers));
        }
        added.push(Example { fold: e.fold, ..Example::new(e.group, Kind::Strewn, false, parts.join(" ")) });
    }
    examples.extend(added);
}

/// Two harmless texts in one, and a harmless one with an attack behind or before it, each of rows of one fold.
fn add_joined(examples: &mut Vec<Example>, count: usize, random: &mut Random) {
    let mut added = Vec::new();
    for fold in 0..FOLDS {
        let of = |attack: bool| -> Vec<&Example> {
            let is = |e: &&Example| e.fold == fold && e.train && e.attack == attack && e.len() <= SHORT;
            let kinds = [Kind::Row, Kind::MadeUp, Kind::Everyday];
            examples
                .iter()
                .filter(is)
                .filter(|e| kinds.contains(&e.kind) && e.group != "btc" && e.group != "wikigold")
                .collect()
        };
        let (harmless, attacks) = (of(false), of(true));
        if harmless.is_empty() || attacks.is_empty() {
            continue;
        }
        for n in 0..count / FOLDS {
            let joint = *random.one(&[" ", ". ", "\n", "? ", "\n\n", ", "]);
            let (one, other, attack) = (random.one(&harmless), random.one(&harmless), random.one(&attacks));
            let text = format!("{}{joint}{}", one.text, other.text);
            let example = Example::new(one.group, Kind::Joined, false, text);
            added.push(Example { fold, carrier: other.group, ..example });
            let (a, b) = if n % 4 == 0 { (attack, one) } else { (one, attack) };
            let text = format!("{}{joint}{}", a.text, b.text);
            let example = Example::new(attack.group, Kind::Joined, true, text);
            added.push(Example { fold, carrier: one.group, ..example });
        }
    }
    examples.extend(added);
}

/// Groups whose harmless texts are put together to long ones.
const CARRIERS: [&str; 5] = ["wikigold", "btc", "gsm8k", "instructions", MADE_UP];

/// Long harmless texts, and the same around a short attack, each of rows of one fold.
fn add_long(examples: &mut Vec<Example>, count: usize, random: &mut Random) {
    let mut added = Vec::new();
    for fold in 0..FOLDS {
        let in_fold = || examples.iter().filter(|e| e.fold == fold && e.train);
        let plain = |group: &&str| -> Vec<&Example> {
            in_fold().filter(|e| !e.attack && e.group == *group && e.kind != Kind::Strewn).collect()
        };
        let carriers: Vec<Vec<&Example>> = CARRIERS.iter().map(plain).filter(|c| !c.is_empty()).collect();
        let attacks: Vec<&Example> = in_fold().filter(|e| e.attack && e.len() <= SHORT).collect();
        if carriers.is_empty() || attacks.is_empty() {
            continue;
        }
        for n in 0..count / FOLDS {
            let carrier = &carriers[n % carriers.len()];
            let joint = *random.one(&["\n", " ", "\n\n", "\n- ", " | "]);
            let mut texts: Vec<&str> =
                (0..3 + random.below(25)).map(|_| random.one(carrier).text.as_str()).collect();
            let harmless = Example::new(carrier[0].group, Kind::Long, false, texts.join(joint));
            added.push(Example { fold, ..harmless });
            let attack = random.one(&attacks);
            texts.truncate(2 + random.below(12));
            texts.insert(random.below(texts.len() + 1), attack.text.as_str());
            let around = Example::new(attack.group, Kind::Long, true, texts.join(joint));
            added.push(Example { fold, carrier: carrier[0].group, ..around });
        }
    }
    examples.extend(added);
}
