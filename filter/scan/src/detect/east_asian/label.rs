//! What stands behind the label of a name or an address: `姓名：王小明`, `住所：…`, `이름: 김철수`, `"name": "李雷"`.

use core::ops::Range;

use super::hit;
use super::korean;
use super::lists::{Kind, lists};
use super::script::{
    WIDTH, code_at, code_before, is_han, is_hangul, is_hiragana, is_katakana, is_letter, is_one_of, run,
    word_at,
};
use crate::bytes::{at, before, cut, run_back};
use crate::entity::{EntityType, Hit};

/// Labels of a name, and of nothing else.
const JAPANESE_NAMES: &str = "氏名 お名前 患者名 宛名 担当者";
const NAMES: &str = "姓名 联系人 聯絡人 联络人 收件人 收货人 收貨人 户名 戶名 성명 성함 예금주 담당자 수령인 수신인 신청인 환자명 고객명";
/// What these end with.
const LAST: &str = "名前人者명함주자인";
/// Labels of a name that are said of things as well: what follows must begin with a surname.
const NAMES_OF_ANYTHING: &str = "名字 名前 이름 患者 病人 客户 客戶 顾客 申请人 申請人 负责人 負責人 经办人 担当 환자 고객 name contact customer patient employee";
/// Labels of an address.
const ADDRESSES: &str = "地址 住址 住所 お届け先 所在地 주소 소재지 address";
/// What an address has in it somewhere.
const PARTS: &str = "省市县縣県区區郡镇鎮乡鄉村路街巷道号號弄室楼樓栋棟町丁番시군구동로길";

/// What follows an address behind a space.
const NOT_ADDRESSES: &str =
    "电话 電話 手机 手機 邮编 郵編 郵遞區號 联系 聯絡 收件 备注 전화 연락처 우편번호 이름 TEL Tel tel";

/// Longest name and address, in characters.
const NAME: usize = 5;
const ADDRESS: usize = 60;
/// Longest mark between a label and its value, in bytes.
const MARK: usize = 10;

/// The value that begins at `i`, if a label stands before it.
pub(super) fn value(text: &[u8], i: usize) -> Option<Hit> {
    let is_mark = |b: u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b':' | b'=' | b'|' | b'*' | b'>');
    let mut label_end = run_back(text, i, MARK, is_mark);
    let mut is_marked = cut(text, label_end..i).iter().any(|b| matches!(b, b':' | b'=' | b'|'));
    // The full-width colon.
    if code_before(text, label_end) == 0xFF1A {
        label_end = run_back(text, label_end - WIDTH, MARK, is_mark);
        is_marked = true;
    }
    // Most words have nothing but a space before them.
    if label_end == i || (!is_marked && !is_one_of(text, label_end.checked_sub(WIDTH)?, LAST)) {
        return None;
    }
    behind(cut(text, label_end.saturating_sub(24)..label_end), is_marked, text, i)
}

/// The value of a member of JSON by its name, at the beginning of `text`.
pub(super) fn named(name: &[u8], text: &[u8]) -> Option<Hit> {
    behind(name, true, text, 0)
}

/// The value at `i` behind what ends in a label and maybe a mark.
fn behind(label: &[u8], is_marked: bool, text: &[u8], i: usize) -> Option<Hit> {
    if is_marked && ends_with(label, ADDRESSES) {
        return address(text, i).map(|range| hit(range, EntityType::Address, 0.85));
    }
    let japanese = ends_with(label, JAPANESE_NAMES);
    let own = japanese || ends_with(label, NAMES);
    if !(own || is_marked && ends_with(label, NAMES_OF_ANYTHING)) {
        return None;
    }
    let sure = own && is_marked;
    name(text, i, sure, japanese).map(|range| hit(range, EntityType::Person, if sure { 0.9 } else { 0.75 }))
}

/// Whether `label` ends with one of `these`; ASCII in small letters or capitals, at the beginning of a word.
fn ends_with(label: &[u8], these: &str) -> bool {
    these.split(' ').any(|one| {
        let start = label.len().checked_sub(one.len());
        let Some(start) =
            start.filter(|start| cut(label, *start..label.len()).eq_ignore_ascii_case(one.as_bytes()))
        else {
            return false;
        };
        // `filename` and `hostname` are none; `fullName`, `full_name` and `Name` are.
        !one.is_ascii()
            || !before(label, start).is_ascii_alphabetic()
            || at(label, start).is_ascii_uppercase()
    })
}

/// The name at `i`: two to five characters, two names parted by a space, or a name of another language in parts.
fn name(text: &[u8], i: usize, sure: bool, japanese: bool) -> Option<Range<usize>> {
    if is_hangul(code_at(text, i)) {
        return korean::name(text, i, sure).map(|end| i..end);
    }
    let in_name = |code| is_han(code) || is_katakana(code) || is_hiragana(code) || code == 0x30FB;
    let end = run(text, i, NAME + 1, in_name);
    let length = (end - i) / WIDTH;
    if !(2..=NAME).contains(&length) {
        return None;
    }
    let family = |wanted| lists().longest(text, i, |kind| kind == wanted).map(|(end, _)| end);
    let is_chinese = || family(Kind::Surname).is_some() && length < 4;
    if !sure && family(Kind::FamilyName).is_none() && !is_chinese() {
        return None;
    }
    // `山田 太郎`; in Chinese, another word follows a space.
    if !japanese && family(Kind::FamilyName) != Some(end) {
        return Some(i..end);
    }
    let space = match at(text, end) {
        b' ' => 1,
        _ if code_at(text, end) == 0x3000 => WIDTH,
        _ => return Some(i..end),
    };
    let given = run(text, end + space, NAME, in_name);
    let is_given = given > end + space && !is_letter(code_at(text, given)) && length < 4;
    Some(i..if is_given { given } else { end })
}

/// The address at `i`, to the end of its line, clause or value.
fn address(text: &[u8], i: usize) -> Option<Range<usize>> {
    let (mut end, mut parts) = (i, 0);
    for _ in 0..ADDRESS {
        let is_wide = |code| {
            is_letter(code) || matches!(code, 0xFF10..=0xFF19 | 0x2010..=0x2015 | 0x2212 | 0xFF0D | 0x30FB)
        };
        let is_narrow = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'#' | b'(' | b')');
        let goes_on = |i| is_wide(code_at(text, i)) || is_narrow(at(text, i));
        if is_wide(code_at(text, end)) {
            parts += usize::from(is_one_of(text, end, PARTS));
            end += WIDTH;
        } else if is_narrow(at(text, end))
            || (at(text, end) == b' ' && goes_on(end + 1) && word_at(text, end + 1, NOT_ADDRESSES).is_none())
        {
            end += 1;
        } else if cut(text, end..end + 2) == b", " && goes_on(end + 2) {
            end += 2;
        } else {
            break;
        }
    }
    (parts > 0 && end - i >= 4 * WIDTH).then_some(i..end)
}
