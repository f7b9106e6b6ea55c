//! Names and places in Hangul, where spaces part words and particles end them.

use super::hit;
use super::lists::{Kind, lists};
use super::script::{
    WIDTH, code_at, code_before, digits, ends_in, is_among, is_hangul, is_one_of, run, word_at,
};
use crate::bytes::{at, before, cut};
use crate::entity::{EntityType, Hit};

/// Surnames of one syllable, of all but a few Koreans, and of two.
const SURNAMES: &str = "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국";
const LONG_FIRST: &str = "남황제사선독서";
const LONG_SURNAMES: &str = "남궁 황보 제갈 사공 선우 독고 서문";
/// Particles and endings behind a name.
const PARTICLES: &str = "은 는 이 가 을 를 의 에 로 와 과 도 만 까지 부터 에서 으로 이나 나 보다 처럼 및 에는 에서는 에도 에서도 으로부터 로부터 에게 께 이라 라는 이라는 \
    입니다 이다 이며 였다 이고 이었다 에선 으로는 로는 과의 와의 에서의 까지의 행";
/// What a division or municipality is.
const KINDS: &str = "특별자치시 특별자치도 특별시 광역시 시 도 군 구";
/// What a part of a municipality is, and what a street is.
const UNITS: &str = "시군구읍면동리";
const STREETS: &str = "로 길 거리";
/// Words that end like such a part and are none.
const NO_UNITS: &str = "다시 즉시 역시 잠시 당시 도시 필시 동시 혹시 접시 몇시 표시 전시 임시 일시 지시 게시 제시 감시 무시 정시 개시 명시 친구 연구 지구 요구 도구 가구 야구 축구 농구 배구 \
    기구 욕구 탐구 입구 출구 누구 항구 영구 미군 공군 해군 육군 장군 아군 적군 활동 운동 행동 이동 감동 노동 자동 공동 작동 변동 우리 소리 자리 거리 머리 관리 처리 정리 논리 \
    심리 요리 분리 유리 권리 다리 원리 수리 의리 빨리 멀리 하면 반면 화면 측면 장면 표면 정면 국면 이면 가면 되면 라면 보면 으면 방면";
/// Most parts of a municipality, one in the other.
const DEPTH: usize = 4;
/// Longest word, in characters.
const WORD: usize = 12;

/// Looks at the word that begins at `i`, if it is not the rest of one; returns where it ends.
pub(super) fn at_word(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> usize {
    let end = run(text, i, text.len(), is_hangul);
    if is_hangul(code_before(text, i)) || before(text, i).is_ascii_alphanumeric() {
        return end;
    }
    if let Some(name_end) = titled(text, i) {
        hits.push(hit(i..name_end, EntityType::Person, 0.8));
        return end.max(name_end);
    }
    place(text, i, end, hits).map_or(end, |place_end| place_end.max(end))
}

/// Where the name at `i` ends, a surname and two syllables, with a title behind it.
fn titled(text: &[u8], i: usize) -> Option<usize> {
    let end = surname(text, i)? + 2 * WIDTH;
    if (i..end).step_by(WIDTH).any(|at| !is_hangul(code_at(text, at))) {
        return None;
    }
    if is_introduced(text, i, end) {
        return Some(end);
    }
    let title = if at(text, end) == b' ' { end + 1 } else { end };
    let is_title = match () {
        () if is_one_of(text, title, "씨") => true,
        // `구매자님` is nobody by name.
        () if is_one_of(text, title, "님") => title == end && !is_one_of(text, end - WIDTH, "자객원생장"),
        () => false,
    };
    let rest = word_end(text, title + WIDTH);
    (is_title && is_particle(cut(text, title + WIDTH..rest))).then_some(end)
}

/// Whether somebody says that this is a name: `이름은 김민수입니다`, `김민수라고 합니다`.
fn is_introduced(text: &[u8], i: usize, end: usize) -> bool {
    let rest = cut(text, end..word_end(text, end));
    let before = cut(text, i.saturating_sub(4 * WIDTH)..i);
    let behind = cut(text, end + rest.len()..text.len());
    let is_named = ["이름은 ", "성함은 "].iter().any(|label| before.ends_with(label.as_bytes()));
    is_named && is_among(rest, "입니다 이에요 예요 이라고 라고 이고")
        || is_among(rest, "라고 이라고")
            && [" 합니다", " 해요", " 불러"].iter().any(|word| behind.starts_with(word.as_bytes()))
}

/// The end of the surname at `i`.
fn surname(text: &[u8], i: usize) -> Option<usize> {
    let long = if is_one_of(text, i, LONG_FIRST) { word_at(text, i, LONG_SURNAMES) } else { None };
    let short = is_one_of(text, i, SURNAMES).then_some(WIDTH);
    long.or(short).map(|length| i + length)
}

/// The end of the name at `i`, behind its label: two to four syllables.
pub(super) fn name(text: &[u8], i: usize, sure: bool) -> Option<usize> {
    let end = word_end(text, i);
    let length = (end - i) / WIDTH;
    let is_name = if sure { (2..=5).contains(&length) } else { length == 3 && surname(text, i).is_some() };
    is_name.then_some(end)
}

fn word_end(text: &[u8], i: usize) -> usize {
    run(text, i, WORD, is_hangul)
}

fn is_particle(rest: &[u8]) -> bool {
    rest.is_empty() || is_among(rest, PARTICLES)
}

/// The places that begin with the word from `i` to `word`; where they end.
fn place(text: &[u8], i: usize, word: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let (name_end, kind) = lists().longest(text, i, |kind| {
        matches!(kind, Kind::KoreanDivision | Kind::Korean | Kind::KoreanMunicipality)
    })?;
    let kind_end = word_at(text, name_end, KINDS).map(|length| name_end + length);
    let is_whole = |end: usize| is_particle(cut(text, end..word));
    let end = match kind_end.filter(|end| is_whole(*end)) {
        Some(end) => end,
        None if kind != Kind::KoreanMunicipality && is_whole(name_end) => name_end,
        None => return None,
    };
    // `베이징 시`
    let apart = word_end(text, end + 1);
    let is_apart = at(text, end) == b' '
        && is_one_of(text, end + 1, "시")
        && is_particle(cut(text, end + 1 + WIDTH..apart));
    let end = if is_apart && end == word { end + 1 + WIDTH } else { end };
    let first = hits.len();
    hits.push(hit(i..end, EntityType::Location, 0.85));
    if (kind == Kind::Korean && end == name_end) || end < word {
        return Some(end);
    }
    let mut last = end;
    for _ in 0..DEPTH {
        let Some(end) = unit(text, last) else { break };
        hits.push(hit(last + 1..end, EntityType::Location, 0.8));
        last = end;
    }
    if let Some(end) = house(text, last) {
        hits.truncate(first);
        hits.push(hit(i..end, EntityType::Address, 0.85));
        last = end;
    }
    Some(last)
}

/// Where the part of a municipality ends that stands a space behind `end`: ` 안산시`.
fn unit(text: &[u8], end: usize) -> Option<usize> {
    if at(text, end) != b' ' {
        return None;
    }
    let start = end + 1;
    let word = word_end(text, start);
    // Its kind is the last syllable but those of a particle.
    let last = (start + 2 * WIDTH..=word).step_by(WIDTH);
    let ends = last.filter(|end| is_one_of(text, end - WIDTH, UNITS) && is_particle(cut(text, *end..word)));
    let end = ends.last()?;
    let tail = cut(text, end - 2 * WIDTH..end);
    (!is_among(tail, NO_UNITS)).then_some(end)
}

/// Where the address ends that goes on behind `end` with a street or a village's part and a number:
/// ` 테헤란로 123`, ` 역삼동 123-45`.
fn house(text: &[u8], end: usize) -> Option<usize> {
    let mut number = end + 1;
    if !is_one_of(text, end.checked_sub(WIDTH)?, "동리가") {
        if at(text, end) != b' ' {
            return None;
        }
        // The street's name may have digits in it: `테헤란로14길`.
        let mut street = end + 1;
        for _ in 0..3 {
            street = digits(text, word_end(text, street));
        }
        let name = cut(text, end + 1..street);
        // `을지로3가`
        let is_part = ends_in(name, "가") && at(text, street - WIDTH - 1).is_ascii_digit();
        if !is_part && (name.len() < 3 * WIDTH || !ends_in(name, STREETS)) {
            return None;
        }
        number = street + 1;
    }
    let underground = word_at(text, number, "지하").unwrap_or_default();
    let mut last = number_end(text, number + underground).filter(|_| at(text, number - 1) == b' ')?;
    // `앞으로 3년`: a number of something.
    if !is_particle(cut(text, last..word_end(text, last))) {
        return None;
    }
    // `, 101동 1203호`
    for _ in 0..3 {
        let gap = crate::bytes::run(text, last, |b| matches!(b, b' ' | b',')).min(last + 2);
        let end = digits(text, gap);
        if gap == last || end == gap || !is_one_of(text, end, "동호층") {
            break;
        }
        last = end + WIDTH;
    }
    // ` (역삼동)`
    let village = last + 2;
    let close = word_end(text, village);
    let is_village = cut(text, last..village) == b" (" && close > village && at(text, close) == b')';
    Some(if is_village { close + 1 } else { last })
}

/// The end of a house number: `123`, `123-45번지`.
fn number_end(text: &[u8], i: usize) -> Option<usize> {
    let mut end = digits(text, i);
    if end == i || end - i > 5 {
        return None;
    }
    if at(text, end) == b'-' {
        end = digits(text, end + 1);
    }
    let counted = word_at(text, end, "번지 번길 호 층").unwrap_or_default();
    Some(end + counted)
}
