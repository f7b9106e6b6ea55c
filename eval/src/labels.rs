//! Which of the core's types a label of the data means.

use privet_core::entity::{EntityType, built_in};

use crate::counts::{Counts, exact, overlap, pair};
use crate::data::{Set, SpanRow};
use crate::valid::is_valid;

/// Labels that the core calls otherwise, or by more than one name. A label with its country in front
/// (`CA_SIN`) is found behind it (`SIN_CA`), and without it (`UK_PASSPORT`), and does not stand here.
const NAMES: &[(&str, &[&str])] = &[
    ("IP", &["IP_ADDRESS"]),
    ("SSN", &["SSN_US"]),
    ("PH_MOBILE_NUMBER", &["PHONE"]),
    ("TR_PHONE_NUMBER", &["PHONE"]),
    ("DATE_TIME", &["DATE_TIME", "DATE_OF_BIRTH"]),
    ("DE_FUEHRERSCHEIN", &["DRIVER_LICENSE"]),
    ("DE_KFZ", &["LICENSE_PLATE"]),
    ("DE_PLZ", &["LOCATION", "ADDRESS"]),
    ("DE_VAT_ID", &["EU_VAT_ID"]),
    ("IN_VEHICLE_REGISTRATION", &["LICENSE_PLATE"]),
    ("IT_VAT_CODE", &["EU_VAT_ID"]),
    ("NG_VEHICLE_REGISTRATION", &["LICENSE_PLATE"]),
    ("TH_TNIN", &["TH_NATIONAL_ID"]),
    ("UK_POSTCODE", &["LOCATION", "ADDRESS"]),
    ("UK_VEHICLE_REGISTRATION", &["LICENSE_PLATE"]),
    ("US_BANK_NUMBER", &["BANK_ACCOUNT"]),
];

/// Types that every set of personal data is measured by.
pub(crate) const CORE: [&str; 6] = ["EMAIL", "PHONE", "CREDIT_CARD", "IBAN", "SSN", "IP"];

/// Labels that count as one, with the types that count as found.
pub(crate) struct Class {
    pub(crate) name: String,
    labels: Vec<String>,
    entities: Vec<EntityType>,
}

impl Class {
    /// The class of one label.
    pub(crate) fn of(label: &str) -> Self {
        Self::pooled(label, &[label])
    }

    /// One class of several labels.
    pub(crate) fn pooled(name: &str, labels: &[&str]) -> Self {
        let entities = labels.iter().flat_map(|label| entities(label)).collect();
        let labels = labels.iter().map(|l| (*l).to_owned()).collect();
        Self { name: name.to_owned(), labels, entities }
    }

    /// Places of every kind.
    pub(crate) fn places() -> Self {
        Self::pooled("LOCATION + ADDRESS", &["LOCATION", "ADDRESS"])
    }

    /// The classes that a row is measured by.
    pub(crate) fn all_of(row: &SpanRow) -> Vec<Self> {
        let all = CORE.iter().chain(&["PERSON"]).map(|label| Self::of(label)).chain([Self::places()]);
        let Some(scope) = &row.scope else { return all.collect() };
        let place = |label: &&String| *label == "LOCATION" || *label == "ADDRESS";
        let places = scope.iter().any(|label| place(&label)).then(Self::places);
        scope.iter().filter(|label| !place(label)).map(|label| Self::of(label)).chain(places).collect()
    }

    /// Whether the core has a type for it.
    pub(crate) fn is_known(&self) -> bool {
        !self.entities.is_empty()
    }

    /// Whether the class has this type.
    pub(crate) fn has(&self, entity: EntityType) -> bool {
        self.entities.contains(&entity)
    }

    /// Whether the class has this label.
    pub(crate) fn has_label(&self, label: &str) -> bool {
        self.labels.iter().any(|l| l == label)
    }

    /// Whether the class is to be counted in this row.
    pub(crate) fn is_in_scope(&self, row: &SpanRow) -> bool {
        row.scope.as_ref().is_none_or(|scope| scope.iter().any(|label| self.has_label(label)))
    }

    /// How many values of the class were found in a set where no label of any type stands, and how many of those are
    /// valid.
    pub(crate) fn unlabelled(&self, set: &Set<SpanRow>) -> (usize, usize) {
        let rows = set.rows.iter().filter(|row| self.is_in_scope(row));
        let found = rows.flat_map(|row| row.found.iter().map(move |f| (row, f)));
        let free = found.filter(|(row, f)| {
            self.has(f.entity) && !row.gold.iter().any(|gold| overlap(&gold.range, &f.range))
        });
        free.fold((0, 0), |(all, valid), (row, f)| {
            (all + 1, valid + usize::from(is_valid(&self.name, &row.text[f.range.clone()])))
        })
    }

    /// What was found of the class in a set.
    pub(crate) fn measure(&self, set: &Set<SpanRow>) -> Measured {
        let mut measured = Measured::default();
        for row in set.rows.iter().filter(|row| self.is_in_scope(row)) {
            measured.add(self, row);
        }
        measured
    }
}

/// What was found of a class.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Measured {
    pub(crate) overlap: Counts,
    pub(crate) strict: Counts,
    /// Weak values by overlap: hits and misses only.
    pub(crate) weak: Counts,
}

impl std::ops::AddAssign for Measured {
    fn add_assign(&mut self, other: Self) {
        self.overlap += other.overlap;
        self.strict += other.strict;
        self.weak += other.weak;
    }
}

impl Measured {
    fn add(&mut self, class: &Class, row: &SpanRow) {
        let gold: Vec<_> = row.gold.iter().filter(|g| class.has_label(&g.label)).collect();
        let ranges: Vec<_> = gold.iter().map(|g| g.range.clone()).collect();
        let found: Vec<_> =
            row.found.iter().filter(|f| class.has(f.entity)).map(|f| f.range.clone()).collect();
        for (counts, same) in [(&mut self.overlap, overlap as fn(&_, &_) -> _), (&mut self.strict, exact)] {
            let (hit, right) = pair(&ranges, &found, same);
            for hit in gold.iter().zip(hit).filter(|(gold, _)| !gold.weak).map(|(_, hit)| hit) {
                if hit { counts.hits += 1 } else { counts.missed += 1 }
            }
            counts.false_hits += right.iter().filter(|r| !**r).count();
        }
        let (hit, _) = pair(&ranges, &found, overlap);
        for hit in gold.iter().zip(hit).filter(|(gold, _)| gold.weak).map(|(_, hit)| hit) {
            if hit { self.weak.hits += 1 } else { self.weak.missed += 1 }
        }
    }
}

/// The core's types for a label.
fn entities(label: &str) -> Vec<EntityType> {
    let named = NAMES.iter().find(|(l, _)| *l == label);
    let names: Vec<String> = match named {
        Some((_, names)) => names.iter().map(|n| (*n).to_owned()).collect(),
        None => match label.split_once('_') {
            Some((country, rest)) if country.len() == 2 => {
                // The data says UK; ISO 3166 says GB.
                let iso = if country == "UK" { "GB" } else { country };
                vec![label.to_owned(), format!("{rest}_{country}"), format!("{rest}_{iso}"), rest.to_owned()]
            }
            _ => vec![label.to_owned()],
        },
    };
    built_in().filter(|(_, name)| names.iter().any(|n| n == name)).map(|(entity, _)| entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Gold;
    use crate::detector::Found;

    fn row(gold: &[(usize, usize, &str, bool)], found: &[(usize, usize, EntityType)]) -> SpanRow {
        let gold = gold.iter().map(|(s, e, label, weak)| Gold {
            range: *s..*e,
            label: (*label).to_owned(),
            weak: *weak,
        });
        let found = found.iter().map(|(s, e, entity)| Found { range: *s..*e, entity: *entity });
        SpanRow { text: String::new(), gold: gold.collect(), scope: None, found: found.collect() }
    }

    fn measure(label: &str, rows: Vec<SpanRow>) -> Measured {
        Class::of(label).measure(&Set { name: "made_up".to_owned(), rows })
    }

    #[test]
    fn every_core_label_has_a_type() {
        for label in CORE {
            assert!(Class::of(label).is_known(), "{label}");
        }
        assert!(Class::of("CA_SIN").has(EntityType::SinCa));
        assert!(!Class::of("NOBODY_KNOWS").is_known());
    }

    #[test]
    fn only_spans_of_the_same_type_count() {
        let rows = || vec![row(&[(0, 5, "EMAIL", false), (6, 9, "IP", false)], &[(0, 5, EntityType::Phone)])];
        let missed = Counts { missed: 1, ..Counts::default() };
        assert_eq!(measure("EMAIL", rows()).overlap, missed);
        assert_eq!(measure("PHONE", rows()).overlap, Counts { false_hits: 1, ..Counts::default() });
    }

    #[test]
    fn wrong_ends_are_a_hit_by_overlap_and_both_kinds_of_error_strictly() {
        let m = measure("EMAIL", vec![row(&[(0, 5, "EMAIL", false)], &[(1, 5, EntityType::Email)])]);
        assert_eq!(m.overlap, Counts { hits: 1, false_hits: 0, missed: 0 });
        assert_eq!(m.strict, Counts { hits: 0, false_hits: 1, missed: 1 });
    }

    #[test]
    fn weak_values_are_counted_by_themselves() {
        let gold = [(0, 5, "EMAIL", true), (6, 9, "EMAIL", true), (10, 12, "EMAIL", false)];
        let m = measure("EMAIL", vec![row(&gold, &[(0, 5, EntityType::Email)])]);
        assert_eq!(m.overlap, Counts { hits: 0, false_hits: 0, missed: 1 });
        assert_eq!(m.weak, Counts { hits: 1, false_hits: 0, missed: 1 });
    }

    #[test]
    fn values_under_no_label_are_counted_by_whether_they_are_valid() {
        let found =
            [(0, 9, EntityType::IpAddress), (10, 19, EntityType::IpAddress), (20, 24, EntityType::IpAddress)];
        let labelled = row(&[(0, 9, "IP", false)], &found);
        let other = row(&[(12, 14, "PERSON", false)], &found);
        let text = "192.0.2.7 192.0.2.8 no, ".to_owned();
        let rows = [labelled, other].map(|row| SpanRow { text: text.clone(), ..row });
        let set = Set { name: "made_up".to_owned(), rows: rows.into() };
        assert_eq!(Class::of("IP").unlabelled(&set), (4, 2));
        assert_eq!(Class::of("EMAIL").unlabelled(&set), (0, 0));
    }

    #[test]
    fn a_row_counts_only_what_is_in_its_scope() {
        let mut outside = row(&[], &[(0, 5, EntityType::Email)]);
        outside.scope = Some(vec!["IBAN".to_owned()]);
        let mut inside = row(&[(0, 5, "EMAIL", false)], &[(0, 5, EntityType::Email)]);
        inside.scope = Some(vec!["EMAIL".to_owned()]);
        let m = measure("EMAIL", vec![outside, inside]);
        assert_eq!(m.overlap, Counts { hits: 1, false_hits: 0, missed: 0 });
    }

    #[test]
    fn pooled_labels_stand_for_one_another() {
        let place = Class::pooled("PLACE", &["LOCATION", "ADDRESS"]);
        let rows = vec![row(&[(0, 5, "ADDRESS", false)], &[(0, 5, EntityType::Location)])];
        let m = place.measure(&Set { name: String::new(), rows });
        assert_eq!(m.strict, Counts { hits: 1, false_hits: 0, missed: 0 });
    }
}
