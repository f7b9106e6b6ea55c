//! Whether what a name is given is a secret, by what kind of secret the name speaks of.

use super::assignment::{Bond, Value};
use super::name::Kind;
use super::random;
use crate::bytes::{at, cut, from, run};
use crate::entity::EntityType;

/// What is known of a value's characters.
struct Shape {
    letters: bool,
    digits: bool,
    /// Characters that passwords have and words, numbers and paths have not.
    specials: usize,
    /// Only characters that tokens have.
    plain: bool,
    spaces: bool,
}

impl Shape {
    fn of(value: &[u8]) -> Self {
        let special = |b: &&u8| {
            matches!(
                **b,
                b'!' | b'@'
                    | b'#'
                    | b'$'
                    | b'%'
                    | b'^'
                    | b'&'
                    | b'*'
                    | b'+'
                    | b'='
                    | b'?'
                    | b'~'
                    | b'{'
                    | b'}'
                    | b'['
                    | b']'
                    | b'('
                    | b')'
                    | b'>'
                    | b'|'
                    | b','
                    | b';'
            )
        };
        let plain = |b: &u8| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'-' | b'.' | b'=' | b'+' | b'/' | b'~' | b':' | b'%' | b'|')
        };
        Self {
            // From U+00C0 on; what is below are signs.
            letters: value.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0xC3),
            digits: value.iter().any(u8::is_ascii_digit),
            specials: value.iter().filter(special).count(),
            plain: value.iter().all(plain),
            spaces: value.iter().any(u8::is_ascii_whitespace),
        }
    }
}

/// The type and score of `value`, given to a name of `kind`; none where it is no secret.
pub(super) fn judge(text: &[u8], value: &Value, kind: Kind) -> Option<(EntityType, f32)> {
    let bytes = cut(text, value.range.clone());
    let shape = Shape::of(bytes);
    if shape.spaces || bytes.len() < 4 || random::is_placeholder(bytes) || is_reference(bytes, value.quoted) {
        return None;
    }
    let found = match kind {
        Kind::Password => is_password(bytes, &shape, value, 4),
        Kind::Secret => {
            is_token(bytes, &shape, value, 8)
                || (bytes.len() >= 8
                    && (shape.digits || shape.specials > 0)
                    && is_password(bytes, &shape, value, 8))
                || (value.bond == Bond::Literal && bytes.len() >= 6)
        }
        Kind::AwsSecret => is_token(bytes, &shape, value, 16) || is_odd(bytes, &shape, value),
        Kind::Key => is_token(bytes, &shape, value, 10) || is_odd(bytes, &shape, value),
        Kind::Account => is_token(bytes, &shape, value, 20),
        Kind::Weak => {
            (!is_uuid(bytes) && is_token(bytes, &shape, value, 15)) || super::shape::is_basic(bytes)
        }
    };
    found.then(|| (entity(kind), score(value)))
}

fn entity(kind: Kind) -> EntityType {
    match kind {
        Kind::Password | Kind::Secret => EntityType::EnvSecret,
        Kind::Key | Kind::Weak => EntityType::GenericApiKey,
        Kind::AwsSecret => EntityType::AwsSecretAccessKey,
        Kind::Account => EntityType::ConnectionString,
    }
}

fn score(value: &Value) -> f32 {
    match value.bond {
        Bond::Assigned if value.quoted => 0.85,
        Bond::Assigned | Bond::Literal => 0.8,
        Bond::Option | Bond::Argument | Bond::Said => 0.7,
        Bond::Beside => 0.6,
    }
}

/// Something drawn at random in the alphabet of tokens.
fn is_token(bytes: &[u8], shape: &Shape, value: &Value, least: usize) -> bool {
    let least = if matches!(value.bond, Bond::Beside | Bond::Said) { least.max(16) } else { least };
    bytes.len() >= least
        && shape.plain
        && (random::is_random(bytes) || (is_uuid(bytes) && !random::is_filler(bytes)))
}

/// A string with characters of passwords where a key is expected.
fn is_odd(bytes: &[u8], shape: &Shape, value: &Value) -> bool {
    bytes.len() >= 10
        && shape.letters
        && shape.specials >= 4
        && !bytes.contains(&b'\\')
        && value.bond != Bond::Beside
}

/// What a person may have chosen: with digits or special characters, or any word where it stands for itself.
fn is_password(bytes: &[u8], shape: &Shape, value: &Value, least: usize) -> bool {
    let numeric = !shape.letters;
    if numeric && (shape.specials > 0 || !bytes.iter().all(u8::is_ascii_digit)) {
        return false;
    }
    let mixed = (shape.digits && shape.letters) || shape.specials > 0;
    match value.bond {
        Bond::Literal => bytes.len() >= least,
        Bond::Assigned if value.quoted => bytes.len() >= least,
        // `let password = new_password2`: an identifier is a variable.
        Bond::Assigned => {
            let identifier =
                bytes.contains(&b'_') && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
            let random = random::is_random(bytes);
            bytes.len() >= 5 && (random || (mixed && !identifier) || (numeric && bytes.len() >= 6))
        }
        Bond::Option => bytes.len() >= 6 && (mixed || random::is_random(bytes)),
        Bond::Argument => bytes.len() >= 6 && mixed && (shape.specials > 0 || random::is_random(bytes)),
        Bond::Said => bytes.len() >= 6 && (mixed || random::is_random(bytes)),
        Bond::Beside if value.quoted => bytes.len() >= 6 && mixed,
        Bond::Beside => bytes.len() >= 8 && shape.plain && !bytes.contains(&b'=') && random::is_random(bytes),
    }
}

/// Whether the value is where another is kept: a path, an address, a variable, a call.
fn is_reference(bytes: &[u8], quoted: bool) -> bool {
    let (first, second) = (at(bytes, 0), at(bytes, 1));
    let path = is_path(bytes)
        || (first == b'.' && matches!(second, b'/' | b'.'))
        || (second == b':' && at(bytes, 2) == b'\\');
    let number = bytes.starts_with(b"0x") && bytes.len() <= 24;
    let address = memchr::memmem::find(bytes, b"://").is_some();
    if path || address || number {
        return true;
    }
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'>' | b'-');
    let end = run(bytes, 0, name);
    let starts = first.is_ascii_alphabetic() || first == b'_';
    // A call, a macro, a part of a collection or a type with parameters.
    let bracket = at(bytes, end + usize::from(at(bytes, end) == b'!'));
    let called = starts && bracket == b'(';
    if quoted {
        return called && bytes.ends_with(b")");
    }
    let indexed = starts && (bracket == b'[' || at(bytes, end) == b'!' && bracket == b'{');
    let member = |part: &[u8]| {
        !part.first().is_none_or(u8::is_ascii_digit)
            && part.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    let dotted = bytes.contains(&b'.')
        && bytes.split(|b| *b == b'.').all(member)
        && (bytes.len() < 20 || !random::is_random(bytes));
    let private = first == b'_' && end == bytes.len() && !random::is_random(bytes);
    let scoped = ["::", "->"].iter().any(|s| memchr::memmem::find(bytes, s.as_bytes()).is_some());
    let pointer = matches!(first, b'*' | b'&') && from(bytes, 1).iter().all(|b| name(*b));
    called || indexed || dotted || private || scoped || pointer || first == b'$' && is_variable(bytes)
}

/// `$name`, `$name.other`, `$name->other`.
fn is_variable(bytes: &[u8]) -> bool {
    from(bytes, 1)
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'>' | b'[' | b']'))
}

/// Whether what stands between slashes are words: paths have them, base64 has not.
fn is_path(bytes: &[u8]) -> bool {
    let word = |part: &&[u8]| {
        part.len() >= 2
            && part.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-' | b'_' | b'*'))
    };
    let parts = bytes.split(|b| *b == b'/').filter(|part| !part.is_empty());
    bytes.contains(&b'/') && parts.clone().filter(word).count() * 2 >= parts.count()
}

/// An id as RFC 9562 writes it.
pub(super) fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
