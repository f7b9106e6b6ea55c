use super::*;

/// Whether the labels around `⟦…⟧` name `topic`.
fn names(marked: &str, topic: Topic) -> bool {
    let start = marked.find('⟦').expect("a candidate");
    let text = marked.replace(['⟦', '⟧'], "");
    let end = marked.find('⟧').expect("its end") - '⟦'.len_utf8();
    Around::new(text.as_bytes()).candidate(start, end).names(Topics::of(&[topic]))
}

#[test]
fn the_nearest_label_decides() {
    for yes in [
        "phone ⟦1⟧",
        "Phone: ⟦1⟧",
        "customerPhone = ⟦1⟧",
        "PHONE_NUMBER=⟦1⟧",
        "**Téléphone :** ⟦1⟧",
        "Telefonnummer ⟦1⟧",
        "Phones: 12 and ⟦1⟧",
        "order 12, phone ⟦1⟧",
        "Phone\n⟦1⟧",
        "contact by phone at\n  ⟦1⟧",
        "телефон: ⟦1⟧",
        "ТЕЛЕФОН ⟦1⟧",
        "我的电话号码是⟦1⟧",
        "⟦1⟧ is my phone number",
        "⟦1⟧ (fax)",
        "⟦1⟧-Fax",
    ] {
        assert!(names(yes, Topic::Phone), "{yes}");
    }
    for no in [
        "⟦1⟧",
        "phonetics ⟦1⟧",
        "microphone ⟦1⟧",
        "phone 12, order ⟦1⟧",
        "Phone: 030 12345\nsomething ⟦1⟧",
        "⟦1⟧ phone: 2",
        "⟦1⟧ phone 2",
        "⟦1⟧, phone",
        "order ⟦1⟧ by phone",
        "phone id ⟦1⟧ ".replace("phone id", "id").as_str(),
    ] {
        assert!(!names(no, Topic::Phone), "{no}");
    }
}

#[test]
fn phrases_are_longest_first_and_may_have_several_words() {
    assert!(names("tax id ⟦1⟧", Topic::TaxId));
    assert!(names("my driver's license number is ⟦1⟧", Topic::License));
    assert!(names("drivers’ licenses ⟦1⟧", Topic::License));
    assert!(names("license plate ⟦1⟧", Topic::Plate));
    assert!(!names("license plate ⟦1⟧", Topic::License));
    assert!(names("date of birth ⟦1⟧", Topic::Born));
    assert!(names("passport id: ⟦1⟧", Topic::Passport));
    assert!(names("user id: ⟦1⟧", Topic::Other));
    assert!(names("id: ⟦1⟧", Topic::Other));
}

#[test]
fn what_stands_beside_is_told_from_what_stands_near() {
    let beside = |text: &str| {
        Around::new(text.as_bytes()).candidate(text.len(), text.len()).beside(Topics::of(&[Topic::Other]))
    };
    assert!(beside("order no. ") && beside("the order number is "));
    assert!(!beside("this order has ") && !beside("order 12 has "));
}

#[test]
fn phrases_are_written_as_they_are_compared() {
    for (phrase, topic) in phrases::all() {
        let mut hash = 0;
        let _ = tokens(phrase.as_bytes(), |token| match token {
            Token::Word(word) => hash = fold::join(hash, word.hash),
            _ => panic!("{phrase} is no phrase of words"),
        });
        assert!(find(hash).is_some(), "{phrase} ({topic:?}) is not what its folded form is found by");
    }
}

#[test]
fn any_bytes_are_parted_without_a_panic() {
    let mut state = 1u64;
    for _ in 0..5_000 {
        let bytes: Vec<u8> = (0..80)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        assert!(
            Around::new(&bytes).candidate(60, 64).names_before(Topics::of(&[Topic::Mac]))
                || bytes.len() == 80
        );
    }
}
