//! Made-up texts: templates filled with names of the lists.

use std::collections::BTreeSet;

use privet_core::detect::names::tagger::Tag;

use super::corpus::{MADE, Text};
use super::lists::{Entry, Lists};
use super::random::Random;

/// Fills templates and makes names.
pub(crate) struct Maker<'a> {
    pub(crate) random: Random,

    /// The lists by how frequent the names are.
    first: [Vec<&'a str>; 4],
    last: [Vec<&'a str>; 4],
    place: [Vec<&'a str>; 4],
    countries: Vec<&'a str>,
    /// Names of persons that are names of places as well.
    shared: Vec<&'a str>,
    /// Languages and peoples.
    peoples: Vec<&'a str>,
    words: Vec<&'a str>,
}

fn buckets(list: &[Entry]) -> [Vec<&str>; 4] {
    std::array::from_fn(|n| list.iter().filter(|e| usize::from(e.1) == n).map(|e| e.0.as_str()).collect())
}

const HONORIFICS: [&str; 8] = ["Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Mrs", "Prof.", "Dr"];
const ROLES: [&str; 30] = [
    "President",
    "Prime Minister",
    "Chief Executive Officer",
    "chairman",
    "Secretary",
    "Foreign Minister",
    "director",
    "Vice President",
    "coach",
    "Treasurer",
    "actor",
    "singer",
    "Governor",
    "Senator",
    "midfielder",
    "CEO",
    "manager",
    "captain",
    "spokeswoman",
    "Sales Manager",
    "nurse",
    "Senior Engineer",
    "Judge",
    "painter",
    "politician",
    "General Counsel",
    "Finance Minister",
    "Mayor",
    "analyst",
    "Software Developer",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const STREETS: [&str; 32] = [
    "Street",
    "St",
    "St.",
    "Avenue",
    "Ave",
    "Road",
    "Rd",
    "Lane",
    "Drive",
    "Court",
    "Place",
    "Boulevard",
    "Terrace",
    "Way",
    "Crescent",
    "Square",
    "Hill",
    "Close",
    "Parkway",
    "Pkwy",
    "Circle",
    "Trail",
    "Ridge",
    "Row",
    "Crossing",
    "Meadow",
    "Station",
    "Pike",
    "Springs",
    "Grove",
    "View",
    "Mews",
];
const HOUSES: [&str; 14] = [
    "House",
    "High School",
    "Hall",
    "Center",
    "Hotel",
    "Theatre",
    "Museum",
    "Stadium",
    "Dock",
    "Mills",
    "Stores",
    "Library",
    "Design",
    "Building Society",
];
const ABBREVIATIONS: [&str; 24] = [
    "Calif.", "Mich.", "Mass.", "Ill.", "Fla.", "Tenn.", "Ohio", "N.Y.", "N.J.", "Pa.", "Va.", "Md.",
    "Conn.", "Ariz.", "Ore.", "Wash.", "Minn.", "Wis.", "Ga.", "N.C.", "Colo.", "Texas", "La.", "Ala.",
];
const STATES: [&str; 14] =
    ["CA", "NY", "TX", "IL", "FL", "OH", "WA", "MA", "VA", "GA", "PA", "CO", "NJ", "AP"];

impl<'a> Maker<'a> {
    pub(crate) fn new(lists: &'a Lists, seed: u64) -> Self {
        let place = buckets(&lists.place);
        let countries = place[3].clone();
        let words = lists.common.iter().filter(|e| e.0.len() > 3).map(|e| e.0.as_str()).collect();
        let (first, last) = (buckets(&lists.first), buckets(&lists.last));
        let peoples = lists.language.iter().map(|e| e.0.as_str()).collect();
        let names: BTreeSet<&str> =
            lists.first.iter().chain(&lists.last).filter(|e| e.1 > 1).map(|e| e.0.as_str()).collect();
        let shared = place[1..].iter().flatten().copied().filter(|name| names.contains(name)).collect();
        Self { random: Random::new(seed), first, last, place, countries, shared, peoples, words }
    }

    /// A name from one of `buckets`, frequent ones more often.
    fn name(random: &mut Random, buckets: &[Vec<&str>; 4]) -> String {
        let shares = [25, 25, 25, 25];
        let mut n = random.below(100);
        for (bucket, share) in buckets.iter().zip(shares) {
            if n < share && !bucket.is_empty() {
                return title(random.word(bucket));
            }
            n = n.saturating_sub(share);
        }
        buckets
            .iter()
            .rev()
            .find(|b| !b.is_empty())
            .map_or_else(|| "Nobody".to_owned(), |b| title(random.word(b)))
    }

    pub(crate) fn first(&mut self) -> String {
        Self::name(&mut self.random, &self.first)
    }

    pub(crate) fn last(&mut self) -> String {
        let name = Self::name(&mut self.random, &self.last);
        match self.random.below(60) {
            0 => format!("O'{name}"),
            1 => format!("{name}-{}", Self::name(&mut self.random, &self.last)),
            2 => format!("van {name}"),
            3 => format!("de {name}"),
            4 => format!("von {name}"),
            5 => format!("Mc{}", name),
            _ => name,
        }
    }

    pub(crate) fn person(&mut self) -> String {
        let (first, last) = (self.first(), self.last());
        let letter = char::from(b'A' + self.random.below(26) as u8);
        match self.random.below(20) {
            0 => format!("{first} {letter}. {last}"),
            1 => format!("{first} {letter} {last}"),
            2 => format!("{letter}. {last}"),
            3 => format!("{letter}.{}. {last}", char::from(b'A' + self.random.below(26) as u8)),
            4 => format!("{first} {} {last}", self.first()),
            5 => format!("{first}-{} {last}", self.first()),
            6 => format!("{first} {last} {}", self.last()),
            7 => format!("{first} {last} Jr."),
            _ => format!("{first} {last}"),
        }
    }

    pub(crate) fn city(&mut self) -> String {
        let random = &mut self.random;
        match random.below(10) {
            0 => title(random.word(&self.countries)),
            // Villages that no list has: made of surnames, as many are.
            1 => format!(
                "{}{}",
                Self::name(random, &self.last),
                random.word(&["ville", "ton", "burg", "field", "stad"])
            ),
            2 => format!(
                "{} {}",
                random.word(&["North", "South", "East", "West", "Port", "New", "Lake", "San", "St."]),
                Self::name(random, &self.last)
            ),
            // Others sound like any name, and only what stands around them tells.
            3 => Self::name(random, &self.last),
            _ => Self::name(random, &self.place),
        }
    }

    pub(crate) fn country(&mut self) -> String {
        title(self.random.word(&self.countries))
    }

    fn word(&mut self) -> String {
        self.random.word(&self.words).to_string()
    }

    pub(crate) fn organisation(&mut self) -> String {
        let suffix = self.random.word(&[
            "Inc",
            "Inc.",
            "Corp.",
            "Corporation",
            "Ltd",
            "Ltd.",
            "LLC",
            "GmbH",
            "Group",
            "Holdings",
            "Partners",
            "Bank",
            "& Co",
            "PLC",
            "Technologies",
            "Industries",
            "Foundation",
        ]);
        match self.random.below(14) {
            12 | 13 => {
                let name = if self.random.chance(70) { self.last() } else { self.city() };
                format!("{name} {}", self.random.word(&HOUSES))
            }
            0 => format!("{} {suffix}", self.last()),
            1 => format!("{} & {}", self.last(), self.last()),
            2 => format!("{}, {} and {}", self.last(), self.last(), self.last()),
            3 => format!("University of {}", self.city()),
            4 => format!(
                "{} {}",
                self.city(),
                self.random.word(&["University", "United", "City", "FC", "Hospital", "Council"])
            ),
            5 => format!("Bank of {}", self.city()),
            6 => (0..3).map(|_| char::from(b'A' + self.random.below(26) as u8)).collect(),
            7 => format!("{}{}", title(&self.word()), title(&self.word())),
            8 => format!("{} {suffix}", self.city()),
            9 => format!("{} {} {suffix}", title(&self.word()), title(&self.word())),
            10 => format!(
                "{} {}",
                title(&self.word()),
                self.random.word(&["Party", "Association", "Ministry", "Union"])
            ),
            _ => format!("{} {suffix}", title(&self.word())),
        }
    }

    pub(crate) fn street(&mut self) -> String {
        let most = if self.random.chance(20) { 99_000 } else { 400 };
        let number = 1 + self.random.below(most);
        let name = if self.random.chance(50) { self.last() } else { self.first() };
        match self.random.below(18) {
            11 => format!("{number} {name} {}", 1 + self.random.below(200)),
            12 => format!(
                "{} {name} {number}",
                self.random.word(&["Rue de", "Avenida", "ul.", "Piazza", "Plaza"])
            ),
            0 => format!("{name}straße {number}"),
            1 => format!(
                "{name}{} {number}",
                self.random.word(&["strasse", "gasse", "weg", "platz", "straat", "gata", "vej", "vegen"])
            ),
            2 => format!("{number} rue de {name}"),
            3 => format!("Via {name} {number}"),
            4 => format!("Calle {name} {number}"),
            5 => format!("Rua {name}, {number}"),
            6 => format!("{number} {} {}", title(&self.word()), self.random.word(&STREETS)),
            7 => format!(
                "{number} {} {} {}",
                self.random.word(&["N", "S", "East", "West", "Old"]),
                name,
                self.random.word(&STREETS)
            ),
            8 => format!("{name} {number}"),
            9 => format!("{} {name} {number}", self.first()),
            10 => format!("{name} {}", self.random.word(&STREETS)),
            _ => format!("{number} {name} {}", self.random.word(&STREETS)),
        }
    }

    pub(crate) fn address(&mut self) -> String {
        let number = 1 + self.random.below(999);
        let start = match self.random.below(14) {
            0 => format!("P.O. Box {number}"),
            1 => format!("PSC {number}, Box {}", self.random.below(9999)),
            2 => format!("Unit {number} Box {}", self.random.below(9999)),
            3 => format!("USNS {}", self.last()),
            4 | 5 => {
                format!("{} {} {number}", self.street(), self.random.word(&["Apt.", "Suite", "Unit", "#"]))
            }
            6 => format!(
                "{}\n{} {number}",
                self.street(),
                self.random.word(&["Apt.", "Suite", "Unit", "Floor"])
            ),
            _ => self.street(),
        };
        let zip = 10_000 + self.random.below(89_999);
        let unit = format!("{} {number}", self.random.word(&["Apt.", "Suite", "Unit"]));
        let between = self.random.word(&[", ", "\n", ", ", "\n ", " "]);
        let (city, state) = (self.city(), self.random.word(&STATES));
        match self.random.below(9) {
            8 => format!("{start}\n {unit}\n {city}\n {} {zip}", self.country()),
            0 => format!("{start}{between}{zip} {city}"),
            1 => format!("{start}{between}{city}{between}{} {zip}", self.country()),
            2 => format!("{start}{between}{city}, {}", self.country()),
            3 => format!("{start}{between}{}", city.to_uppercase()),
            4 => start,
            5 => format!(
                "{start}\n{} {} {zip}",
                self.random.word(&["APO", "FPO", "DPO"]),
                self.random.word(&["AA", "AE", "AP"])
            ),
            _ => format!("{start}{between}{city}, {state} {zip}"),
        }
    }

    /// A name of the same kind and about the same form.
    pub(crate) fn other_name(&mut self, old: &str, tag: Tag) -> String {
        let parts = old.split(' ').count();
        let new = match tag {
            Tag::Person if parts == 1 && self.random.chance(50) => self.first(),
            Tag::Person if parts == 1 => self.last(),
            Tag::Person if parts <= 3 => self.person(),
            Tag::Place if parts <= 2 && !old.contains(|c: char| c.is_ascii_digit()) => self.city(),
            Tag::Organisation if parts > 1 && parts < 4 => self.organisation(),
            _ => return old.to_owned(),
        };
        match () {
            () if old.len() > 3 && old.to_uppercase() == old => new.to_uppercase(),
            () if old.to_lowercase() == old => new.to_lowercase(),
            () => new,
        }
    }

    /// Fills `template`.
    pub(crate) fn fill(&mut self, template: &str, weight: f32, origin: u32) -> Text {
        let (mut text, mut spans) = (String::new(), Vec::new());
        let template = template.replace("\\n", "\n").replace("\\t", "\t");
        let mut rest = template.as_str();
        while let Some((before, slot)) = rest.split_once('{') {
            text += before;
            let Some((name, after)) =
                slot.split_once('}').filter(|(n, _)| n.bytes().all(|b| b.is_ascii_alphabetic()))
            else {
                text.push('{');
                rest = slot;
                continue;
            };
            let (value, tag) = self.slot(name);
            if tag != Tag::None {
                spans.push((text.len(), text.len() + value.len(), tag));
            }
            text += &value;
            rest = after;
        }
        text += rest;
        Text { text, spans, set: MADE, weight, origin }
    }

    fn slot(&mut self, name: &str) -> (String, Tag) {
        let upper = |(value, tag): (String, Tag)| (value.to_uppercase(), tag);
        match name {
            "person" => (self.person(), Tag::Person),
            "first" => (self.first(), Tag::Person),
            "last" => (self.last(), Tag::Person),
            "lperson" | "lfirst" | "llast" => {
                let (name, tag) = self.slot(&name[1..]);
                (name.to_lowercase(), tag)
            }
            "bothperson" => (title(self.random.word(&self.shared)), Tag::Person),
            "bothplace" => (title(self.random.word(&self.shared)), Tag::Place),
            // Many a village is called after a person.
            "village" if self.random.chance(50) => (self.last(), Tag::Place),
            "village" => (format!("{} {}", self.first(), self.last()), Tag::Place),
            "abbr" => (self.random.word(&ABBREVIATIONS).to_string(), Tag::Place),
            "city" => (self.city(), Tag::Place),
            "country" => (self.country(), Tag::Place),
            "state" => (title(self.random.word(&self.countries)), Tag::Place),
            "street" => (self.street(), Tag::Place),
            "address" => (self.address(), Tag::Place),
            "org" => (self.organisation(), Tag::Organisation),
            "LAST" | "CITY" | "COUNTRY" | "ORG" => upper(self.slot(&name.to_lowercase())),
            "people" => (title(self.random.word(&self.peoples)), Tag::None),
            "word" => (self.word(), Tag::None),
            "Word" => (title(&self.word()), Tag::None),
            "WORD" => (self.word().to_uppercase(), Tag::None),
            "LETTERS" => {
                let letters = 2 + self.random.below(5);
                ((0..letters).map(|_| char::from(b'A' + self.random.below(26) as u8)).collect(), Tag::None)
            }
            // A name that names no person: of a type, a package.
            "Name" if self.random.chance(40) => (title(&self.word()), Tag::None),
            "Name" if self.random.chance(50) => (self.last(), Tag::None),
            "Name" => (format!("{}{}", title(&self.word()), title(&self.word())), Tag::None),
            "number" => ((1 + self.random.below(2000)).to_string(), Tag::None),
            "zip" => ((10_000 + self.random.below(89_999)).to_string(), Tag::None),
            "date" => {
                let (day, month) = (1 + self.random.below(28), self.random.word(&MONTHS));
                let year = 1950 + self.random.below(80);
                let number = self.random.below(12) + 1;
                let date = match self.random.below(4) {
                    0 => format!("{day} {month} {year}"),
                    1 => format!("{year}-{number:02}-{day:02}"),
                    2 => format!("{number}/{day}/{year}"),
                    _ => format!("{month} {day}, {year}"),
                };
                (date, Tag::None)
            }
            "email" => {
                (format!("{}{}@example.com", self.first().to_lowercase(), self.random.below(99)), Tag::None)
            }
            "phone" => {
                (format!("({}) 555-{:04}", 200 + self.random.below(700), self.random.below(9999)), Tag::None)
            }
            "title" => (self.random.word(&HONORIFICS).to_string(), Tag::None),
            "role" => (self.random.word(&ROLES).to_string(), Tag::None),
            "month" => (self.random.word(&MONTHS).to_string(), Tag::None),
            _ => (String::new(), Tag::None),
        }
    }
}

/// Each word with a capital.
fn title(name: &str) -> String {
    let mut begins = true;
    let capital = |c: char| {
        let out: String = if begins { c.to_uppercase().collect() } else { c.to_string() };
        begins = !c.is_alphabetic() && c != '\'';
        out
    };
    name.chars().map(capital).collect()
}
