//! `privet-train names`: the lexicon and the tagger of PERSON, LOCATION and ADDRESS.

mod corpus;
mod evaluate;
mod lists;
mod made;
mod random;
mod sequence;
mod train;

use std::path::{Path, PathBuf};

use corpus::{SETS, Text};
use evaluate::{Counts, evaluate};
use lists::Lists;
use made::Maker;
use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::names::tagger::Tagger;
use random::Random;
use train::{Mean, Settings};

const TEMPLATES: &str = include_str!("../names/templates.txt");
const KINDS: &str = include_str!("../names/kinds.txt");
const WORDS: &str = include_str!("../names/words.txt");
const SEED: u64 = 2024;
/// Runs with other copies and made-up texts in another order, each from its own seed.
const RUNS: u64 = 8;
/// Copies of each row with other names, and what a copy counts, so that no name is learnt by heart.
const COPIES: usize = 2;
const COPY_WEIGHT: f32 = 0.5;
/// What a copy in capitals or small letters counts.
const CASED_WEIGHT: f32 = 0.2;
/// Made-up texts of each template, and what one counts.
const FILLS: usize = 15;
const MADE_WEIGHT: f32 = 0.3;
/// What a piece of code counts.
const CODE_WEIGHT: f32 = 0.5;
const SETTINGS: Settings =
    Settings { epochs: 10, first_summed: 4, rate: 0.05, decay: 1e-4, hidden: 30, bias: 0.5, bias_place: 0.2 };
const USAGE: &str =
    "usage: privet-train names --data DIR --lists DIR --out DIR [--evaluate FOLDS|sets [--show]]";

fn value<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let n = arguments.iter().position(|a| a == name)?;
    arguments.get(n + 1).map(String::as_str)
}

/// Runs the command.
pub(crate) fn command(arguments: &[String]) -> Result<(), String> {
    let path = |name: &str| value(arguments, name).map(PathBuf::from).ok_or_else(|| USAGE.to_owned());
    let (data, lists) = (path("--data")?, path("--lists")?);
    let lists = Lists::read(&lists, KINDS, WORDS)?;
    let lexicon = lists.lexicon()?;
    let texts = corpus::read(&data)?;
    println!(
        "lexicon: {} words, {} bytes; {} texts",
        Lexicon::new(&lexicon).len(),
        lexicon.len(),
        texts.len()
    );
    if let Some(how) = value(arguments, "--evaluate") {
        cross_validate(&lists, &lexicon, &texts, how, arguments.iter().any(|a| a == "--show"));
        return Ok(());
    }
    let weights = learn(&lists, &lexicon, &texts);
    write(&path("--out")?, &lexicon, &weights)
}

fn write(out: &Path, lexicon: &[u8], weights: &[u8]) -> Result<(), String> {
    let save = |name: &str, bytes: &[u8]| std::fs::write(out.join(name), bytes).map_err(|e| e.to_string());
    save("names.bin", lexicon)?;
    save("tagger.bin", weights)
}

/// The weights for `texts`, with copies and made-up texts beside them.
fn learn(lists: &Lists, lexicon: &[u8], texts: &[Text]) -> Vec<u8> {
    let texts: Vec<Text> = texts.iter().filter(|t| t.weight > 0.0).cloned().collect();
    let mut mean = Mean::new();
    for seed in SEED..SEED + RUNS {
        mean.learn(&with_made_up(lists, &texts, seed), &Lexicon::new(lexicon), &SETTINGS, seed);
    }
    mean.bytes(&SETTINGS)
}

/// `texts`, copies of them and made-up ones.
fn with_made_up(lists: &Lists, texts: &[Text], seed: u64) -> Vec<Text> {
    let mut maker = Maker::new(lists, seed);
    let mut origins = texts.iter().map(|t| t.origin + 1).max().unwrap_or(0)..;
    let mut all = texts.to_vec();
    for _ in 0..COPIES {
        let named = texts.iter().filter(|t| !t.spans.is_empty());
        all.extend(named.filter_map(|t| t.renamed(&mut maker, COPY_WEIGHT)));
    }
    let mut random = Random::new(seed);
    for text in texts {
        let upper = random.chance(50);
        all.extend(text.cased(upper, CASED_WEIGHT).filter(|_| random.chance(if upper { 8 } else { 4 })));
    }
    for template in TEMPLATES.lines().filter(|l| !l.starts_with("# ") && !l.is_empty()) {
        let origin = origins.next().unwrap_or_default();
        for _ in 0..FILLS {
            let text = maker.fill(template, MADE_WEIGHT, origin);
            let case = random.below(25);
            all.extend(if case < 2 { text.cased(case == 0, MADE_WEIGHT) } else { None }.or(Some(text)));
        }
    }
    all.extend(
        lists.code.iter().zip(origins).map(|(code, origin)| Text::nameless(code, CODE_WEIGHT, origin)),
    );
    all
}

/// Trains without a part of the rows and measures on that part: a number of folds, or each set in turn.
fn cross_validate(lists: &Lists, lexicon: &[u8], texts: &[Text], how: &str, show: bool) {
    let folds = how.parse::<usize>().unwrap_or(0);
    let part = |n: usize, text: &Text| if folds == 0 { usize::from(text.set) } else { n % folds };
    let mut counts = [[Counts::default(); 2]; SETS.len()];
    for fold in 0..if folds == 0 { SETS.len() } else { folds } {
        let inside = |n: &usize| part(*n, &texts[*n]) == fold;
        let rest: Vec<Text> = (0..texts.len()).filter(|n| !inside(n)).map(|n| texts[n].clone()).collect();
        let tagger = Tagger::new(&learn(lists, lexicon, &rest));
        for n in (0..texts.len()).filter(inside) {
            let found = evaluate(&Lexicon::new(lexicon), &tagger, &texts[n], show);
            for (sum, count) in counts[usize::from(texts[n].set)].iter_mut().zip(found) {
                sum.add(count);
            }
        }
    }
    println!("| set | PERSON | LOCATION and ADDRESS |");
    for ((name, _), [person, place]) in SETS.iter().zip(&counts) {
        println!("| {name} | {} | {} |", person.show(), place.show());
    }
}
