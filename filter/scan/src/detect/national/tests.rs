use super::*;

/// Numbers without pattern.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A value in a form, without its separators, that passes the rule's check.
fn valid(rule: &Rule, form: &str, random: &mut Random) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    (0..3_000_000).find_map(|_| {
        value.clear();
        value.extend(form.bytes().filter_map(|class| match class {
            b'9' => Some(b'0' + random.below(10) as u8),
            b'A' => Some(b'A' + random.below(26) as u8),
            b'#' => Some(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[random.below(36)]),
            _ => None,
        }));
        (rule.check)(&value).then(|| value.clone())
    })
}

/// How many changes of one digit of valid values are made, and how many of them the rule's check passes.
fn unnoticed(rule: &Rule, random: &mut Random) -> (usize, usize) {
    let (mut made, mut passed) = (0, 0);
    for _ in 0..12 {
        let Some(value) = valid(rule, rule.forms[0], random) else { break };
        for (n, old) in value.iter().enumerate().filter(|(_, b)| b.is_ascii_digit()) {
            for digit in (b'0'..=b'9').filter(|d| d != old) {
                let mut changed = value.clone();
                changed[n] = digit;
                made += 1;
                passed += usize::from((rule.check)(&changed));
            }
        }
    }
    (made, passed)
}

#[test]
fn one_changed_digit_is_noticed_wherever_there_are_check_digits() {
    // Their checks are proof against it: Luhn, Verhoeff, ISO 7064, and remainders of primes above 10.
    const PROOF: [EntityType; 20] = [
        EntityType::UsNpi,
        EntityType::AbaRoutingNumber,
        EntityType::SinCa,
        EntityType::ClRut,
        EntityType::UkNhs,
        EntityType::DeTaxId,
        EntityType::EsNif,
        EntityType::EsNie,
        EntityType::FiPersonalIdentityCode,
        EntityType::NoFodselsnummer,
        EntityType::NlBsn,
        EntityType::PlPesel,
        EntityType::CzBirthNumber,
        EntityType::HrOib,
        EntityType::InAadhaar,
        EntityType::NgNin,
        EntityType::CnResidentId,
        EntityType::AuTfn,
        EntityType::AuAbn,
        EntityType::ZaIdNumber,
    ];
    // These have no check digits, but a form, a date or letters that few other numbers have; or check digits
    // for a part only.
    const FORM_ONLY: [EntityType; 6] = [
        EntityType::DeLanr,
        EntityType::UsItin,
        EntityType::UsMbi,
        EntityType::UkNino,
        EntityType::UkDrivingLicence,
        EntityType::InPan,
    ];
    let mut random = Random(7);
    for rule in RULES.iter().flat_map(|r| r.iter()).filter(|r| r.validated && !FORM_ONLY.contains(&r.entity))
    {
        let (made, passed) = unnoticed(rule, &mut random);
        let most = if PROOF.contains(&rule.entity) { 0 } else { made / 8 };
        assert!(passed <= most, "{:?}: {passed} of {made} changes pass", rule.entity);
    }
}

#[test]
fn every_form_is_found_by_its_beginning() {
    let mut random = Random(3);
    for rule in RULES.iter().flat_map(|r| r.iter()) {
        for form in rule.forms {
            let (key, begin) = form_key(form.as_bytes());
            let (from, to) = (usize::from(INDEX.starts[key]), usize::from(INDEX.starts[key + 1]));
            let entries = &INDEX.entries[from..to];
            let entry = entries.iter().find(|e| {
                RULES[usize::from(e.region)][usize::from(e.rule)].forms[usize::from(e.form)] == *form
            });
            let next = entry.map(|e| e.next).expect("its entry");
            assert_eq!(next, form.as_bytes().get(begin).copied().unwrap_or(0), "{:?} {form}", rule.entity);
            // What is compared first stands at the same place in all of them.
            assert!(entries.iter().all(|e| usize::from(e.begin) == begin), "{:?} {form}", rule.entity);
        }
        // A value of the form's classes is read in it, whatever its check says.
        let form = rule.forms[0];
        if let Some(value) = valid(rule, form, &mut random) {
            let mut digits = value.iter();
            let text: Vec<u8> = form
                .bytes()
                .map(|class| {
                    if matches!(class, b'9' | b'A' | b'#') { *digits.next().expect("as long") } else { class }
                })
                .collect();
            let mut read_value = [0; MAX_VALUE];
            let length = read(&text, 0, form.as_bytes(), &mut read_value).expect("its own form");
            assert_eq!(&read_value[..length], &value[..], "{:?} {form}", rule.entity);
        }
    }
}

#[test]
fn few_random_numbers_pass_what_counts_without_a_label() {
    let mut random = Random(11);
    for rule in RULES.iter().flat_map(|r| r.iter()).filter(|r| r.scores.alone > 0.0) {
        // With separators in places of its own, a form is rare already.
        let form = rule.forms[0];
        if form.bytes().any(|b| !matches!(b, b'9')) {
            continue;
        }
        let passed = (0..100_000)
            .filter(|_| {
                let value: Vec<u8> = form.bytes().map(|_| b'0' + random.below(10) as u8).collect();
                (rule.check)(&value)
            })
            .count();
        let most = if rule.scores.bare > 0.0 { 600 } else { 2_100 };
        assert!(passed <= most, "{:?} {form}: {passed} of 100,000", rule.entity);
    }
}
