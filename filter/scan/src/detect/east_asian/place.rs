//! Places and addresses in Han characters and kana.
//!
//! Large to small, with nothing between (UPU, *Postal addressing systems*): `広東省深圳市南山区` are three places,
//! `熊本県熊本市中央区上水前寺2丁目18番` is an address.

use super::hit;
use super::lists::{Kind, lists};
use super::script::{WIDTH, code_at, code_before, digits, is_among, is_han, is_katakana, is_one_of, word_at};
use crate::bytes::{at, cut};
use crate::entity::{EntityType, Hit};

/// What divisions and municipalities are.
const KINDS: &str = "省市县縣県区區郡州府都道町村镇鎮乡鄉盟旗";
const UNIT_KINDS: &str = "市县縣県区區郡州町村镇鎮乡鄉盟旗";
const LONG_KINDS: &str = "自治区 自治區 维吾尔自治区 維吾爾自治區 壮族自治区 壯族自治區 回族自治区 回族自治區 自治州 自治县 自治縣 特别行政区 特別行政區";
/// What a municipality of the lists has behind it.
const MUNICIPAL: &str = "市县縣県区區";
/// Words that are no municipality, though they end like one; and what no municipality's name ends with.
const NO_UNITS: &str = "山区 山區 市区 市區 郊区 郊區 城区 城區 老区 库区 区县 省市 各县 县市 乡镇 鄉鎮 全市 全县 全区 全州 本市 该市 該市 超市 \
    股市 上市 楼市 夜市 集市 门市 家乡 故乡 老乡 同乡 下乡 城乡 家鄉 故鄉";
const NO_UNIT_ENDS: &str = "农村 農村 城市 都市 地区 地區 社区 社區 校区 校區 园区 園區 灾区 災區 特区 特區 小区 牧区 军区 軍區 战区 戰區 \
    景区 景區 辖区 轄區 疫区 疫區 城镇 城鎮 村镇";
/// Most characters of a municipality.
const UNIT: usize = 7;
/// Most municipalities of a place, one in the other.
const DEPTH: usize = 4;

/// What a street's name ends with.
const STREETS: &str = "路街巷道弄村庄莊里段町丁目条條寨屯坊同";
/// What counts houses in Japan, also without a street.
const BLOCKS: &str = "丁目 番地 番";
/// What counts houses, floors and rooms.
const COUNTED: &str =
    "丁目 番地 番 号 號 号楼 號樓 号院 号室 號室 弄 巷 室 楼 樓 栋 棟 幢 座 层 層 階 单元 單元 段";
/// Longest way from a municipality to the house number, and from one number to the next, in characters.
const STREET: usize = 16;
/// Most numbers of an address.
const NUMBERS: usize = 8;

/// Looks at the place that begins at `i`; returns where it ends.
pub(super) fn find(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let (name_end, kind) =
        lists().longest(text, i, |kind| !matches!(kind, Kind::Surname | Kind::FamilyName))?;
    match kind {
        Kind::Word => return Some(name_end),
        Kind::Country if is_one_of(text, name_end, "人语語话話系籍") => return Some(name_end),
        _ if is_inside_katakana(text, i, name_end) => return None,
        _ if is_side(text, name_end) => return Some(name_end),
        _ => {}
    }
    // `熊 本 市`: characters parted by spaces all along.
    let gap = usize::from(at(text, i + WIDTH) == b' ');
    let end = match kind {
        Kind::Municipality => kind_end(text, name_end, gap, MUNICIPAL)?,
        Kind::Division => kind_end(text, name_end, gap, KINDS).unwrap_or(name_end),
        Kind::Place => kind_end(text, name_end, gap, MUNICIPAL).unwrap_or(name_end),
        _ => name_end,
    };
    let first = hits.len();
    hits.push(hit(i..end, EntityType::Location, 0.85));
    // A city's name alone (`广州天河区`) has districts behind it; what else looks so is chance.
    let is_bare = kind == Kind::Place && end == name_end;
    let is_city = || unit(text, end, 0).is_some_and(|unit| is_one_of(text, unit - WIDTH, "区區县縣"));
    if kind == Kind::Country || (is_bare && !is_city()) {
        return Some(end);
    }
    let mut last = end;
    for _ in 0..DEPTH {
        let begin = last + usize::from(gap > 0 && at(text, last) == b' ');
        let Some(end) = unit(text, begin, gap) else { break };
        hits.push(hit(begin..end, EntityType::Location, 0.8));
        last = end;
    }
    if let Some(end) = house(text, last, hits.len() > first + 1) {
        hits.truncate(first);
        hits.push(hit(i..end, EntityType::Address, 0.85));
        last = end;
    }
    Some(last)
}

/// Whether a name in katakana goes on on either side.
fn is_inside_katakana(text: &[u8], start: usize, end: usize) -> bool {
    let joins = |a, b| is_katakana(a) && is_katakana(b);
    joins(code_before(text, start), code_at(text, start)) || joins(code_before(text, end), code_at(text, end))
}

/// Whether what follows makes another word of a river's or mountain's name and a direction: `长江西岸`.
fn is_side(text: &[u8], end: usize) -> bool {
    is_one_of(text, end, "岸侧側麓坡")
}

/// Where the kind of division ends that stands at `i`.
fn kind_end(text: &[u8], i: usize, gap: usize, kinds: &str) -> Option<usize> {
    if let Some(length) = word_at(text, i, LONG_KINDS) {
        return Some(i + length);
    }
    let i = i + usize::from(gap > 0 && at(text, i) == b' ');
    is_one_of(text, i, kinds).then_some(i + WIDTH)
}

/// Where the municipality ends that begins at `i`: one to six characters and what it is.
fn unit(text: &[u8], i: usize, gap: usize) -> Option<usize> {
    let mut end = i;
    for n in 0..UNIT {
        end += usize::from(n > 0 && gap > 0 && at(text, end) == b' ');
        let code = code_at(text, end);
        let is_letter = is_han(code) || is_katakana(code) || is_one_of(text, end, "のが");
        // Particles, which no such name has in it.
        if !is_letter || is_one_of(text, end, "的之了是个這这那家往到去至从從在于於来來")
        {
            return None;
        }
        if n > 0 && is_one_of(text, end, UNIT_KINDS) {
            let end = end + WIDTH;
            let tail = cut(text, end.saturating_sub(2 * WIDTH)..end);
            let is_other = is_among(cut(text, i..end), NO_UNITS) || is_among(tail, NO_UNIT_ENDS);
            return (!is_other && !is_one_of(text, end, "场場面民")).then_some(end);
        }
        end += WIDTH;
    }
    None
}

/// Where the address ends that goes on at `i` with a street and numbers. Right behind a place that `is_deep`, inside
/// another one, stand those of blocks; behind others, numbers count something else.
fn house(text: &[u8], i: usize, is_deep: bool) -> Option<usize> {
    let mut house = None;
    let mut from = i;
    for _ in 0..NUMBERS {
        let Some(number) = number_behind(text, from) else { break };
        let end = number_end(text, number)?;
        let counted = word_at(text, end, COUNTED);
        let is_street = is_one_of(text, number.checked_sub(WIDTH)?, STREETS);
        let is_block = word_at(text, end, BLOCKS).is_some() || is_lots(cut(text, number..end));
        if house.is_none() && !(is_block && (number > i || is_deep) || is_street && number > i) {
            return None;
        }
        if house.is_some() && counted.is_none() && number != from {
            break;
        }
        from = end + counted.unwrap_or_default();
        // `7號之2`
        if is_one_of(text, from, "之") && digits(text, from + WIDTH) > from + WIDTH {
            from = digits(text, from + WIDTH);
        }
        house = Some(from);
    }
    house
}

/// The next number within a street's length.
fn number_behind(text: &[u8], from: usize) -> Option<usize> {
    let mut i = from;
    for _ in 0..=STREET {
        if digits(text, i) > i {
            return Some(i);
        }
        let code = code_at(text, i);
        i += match at(text, i) {
            b'-' | b'A'..=b'Z' | b'a'..=b'z' | b' ' | b'#' => 1,
            // U+FF21 to U+FF5A: full-width letters.
            _ if is_han(code) || is_katakana(code) || matches!(code, 0xFF21..=0xFF5A) => WIDTH,
            _ if is_one_of(text, i, "のが　") => WIDTH,
            _ => return None,
        };
    }
    None
}

/// The end of a number, which may have parts: `2-18-1`, `88之3`.
fn number_end(text: &[u8], i: usize) -> Option<usize> {
    let mut end = digits(text, i);
    if end - i > 5 * WIDTH {
        return None;
    }
    for _ in 0..3 {
        let joint = match at(text, end) {
            b'-' => 1,
            // U+2010 to U+2015, U+2212, U+FF0D; 之 and の.
            _ if matches!(code_at(text, end), 0x2010..=0x2015 | 0x2212 | 0xFF0D | 0x4E4B | 0x306E) => WIDTH,
            _ => break,
        };
        let next = digits(text, end + joint);
        if next == end + joint {
            break;
        }
        end = next;
    }
    Some(end)
}

/// Whether a number is three of a Japanese address: block, lot and house.
fn is_lots(number: &[u8]) -> bool {
    number.split(|b| !b.is_ascii_digit()).filter(|part| !part.is_empty()).count() == 3 && number.len() < 12
}
