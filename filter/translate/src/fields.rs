//! Reading a request's objects so that nothing in them is dropped in silence: what a reader does not take by name is
//! refused when it has [finished](Fields::finish).

use crate::conversation::{Json, Number};
use crate::json::{Kind, Member, Value};
use crate::{Notes, Unsupported};

/// Where a value stands in the body. Written out only where something is refused.
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The body.
    Top,
    /// A member.
    Member(&'p Path<'p>, &'p str),
    /// An item.
    Item(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// The path of a member here.
    #[must_use]
    pub fn member(&'p self, name: &'p str) -> Self {
        Self::Member(self, name)
    }

    /// The path of an item here.
    #[must_use]
    pub fn item(&'p self, number: usize) -> Self {
        Self::Item(self, number)
    }

    /// `messages[2].content[0].file`. A name that is not a word of at most 64 ASCII letters, digits, `_` and `-` stands
    /// as `*`: it is content rather than a field.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Member(around, name) => {
                let mut out = around.written();
                if !out.is_empty() {
                    out.push('.');
                }
                let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
                out.push_str(if name.len() <= 64 && name.bytes().all(word) { name } else { "*" });
                out
            }
            Self::Item(around, number) => {
                let mut out = around.written();
                out.push('[');
                out.push_str(&number.to_string());
                out.push(']');
                out
            }
        }
    }

    /// A refusal of what stands here.
    #[must_use]
    pub fn refuse(&self, reason: &'static str) -> Unsupported {
        Unsupported { field: self.written(), reason }
    }
}

/// Why a member is refused that has another type than the format's reference says.
pub const WRONG_TYPE: &str = "it has the wrong type";
/// Why a member is refused that the reader does not know.
pub const UNKNOWN: &str = "it cannot be translated for this provider";
/// Why an object without a member is refused.
pub const MISSING: &str = "it is missing";

/// The members of an object. Null counts as absent.
#[derive(Debug)]
pub struct Fields<'v, 'a, 'p> {
    members: &'v [Member<'a>],
    /// A bit for each member that was taken.
    taken: u64,
    path: &'p Path<'p>,
}

impl<'v, 'a, 'p> Fields<'v, 'a, 'p> {
    /// The members of `value`.
    ///
    /// # Errors
    /// It is no object.
    pub fn of(value: &'v Value<'a>, path: &'p Path<'p>) -> Result<Self, Unsupported> {
        match &value.kind {
            Kind::Object(members) => Ok(Self { members, taken: 0, path }),
            _ => Err(path.refuse(WRONG_TYPE)),
        }
    }

    /// Where the object stands.
    #[must_use]
    pub fn path(&self) -> &'p Path<'p> {
        self.path
    }

    /// Which of two names a member has, in formats that take each in two spellings; the first where it is not there.
    #[must_use]
    pub fn spelled<'n>(&self, name: &'n str, other: &'n str) -> &'n str {
        let has = |name: &str| self.members.iter().any(|m| m.name == name);
        if !has(name) && has(other) { other } else { name }
    }

    /// Takes a member. Of two of one name the second is refused in the end; so is each beyond the 64th.
    pub fn take(&mut self, name: &str) -> Option<&'v Value<'a>> {
        let (n, member) = self.members.iter().enumerate().take(64).find(|(_, m)| m.name == name)?;
        self.taken |= 1 << n;
        (member.value.kind != Kind::Null).then_some(&member.value)
    }

    /// Takes a string.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&mut self, name: &str) -> Result<Option<&'v str>, Unsupported> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.refuse(name, WRONG_TYPE))
    }

    /// Takes a string that must be there.
    ///
    /// # Errors
    /// It is missing or no string.
    pub fn required_text(&mut self, name: &str) -> Result<&'v str, Unsupported> {
        self.text(name)?.ok_or_else(|| self.refuse(name, MISSING))
    }

    /// Takes a flag.
    ///
    /// # Errors
    /// It is none.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, Unsupported> {
        match self.take(name).map(|v| &v.kind) {
            None => Ok(None),
            Some(Kind::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.refuse(name, WRONG_TYPE)),
        }
    }

    /// Takes a number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&mut self, name: &str) -> Result<Option<Number>, Unsupported> {
        match self.take(name) {
            None => Ok(None),
            Some(value) if value.kind == Kind::Number => Ok(Some(Number(value.raw.to_owned()))),
            Some(_) => Err(self.refuse(name, WRONG_TYPE)),
        }
    }

    /// Takes an array; none is an empty one.
    ///
    /// # Errors
    /// It is something else.
    pub fn list(&mut self, name: &str) -> Result<&'v [Value<'a>], Unsupported> {
        match self.take(name).map(|v| &v.kind) {
            None => Ok(&[]),
            Some(Kind::Array(items)) => Ok(items),
            Some(_) => Err(self.refuse(name, WRONG_TYPE)),
        }
    }

    /// Takes an object as it is written.
    ///
    /// # Errors
    /// It is something else.
    pub fn object(&mut self, name: &str) -> Result<Option<Json>, Unsupported> {
        match self.take(name) {
            None => Ok(None),
            Some(value) if matches!(value.kind, Kind::Object(_)) => Ok(Some(Json(value.raw.to_owned()))),
            Some(_) => Err(self.refuse(name, WRONG_TYPE)),
        }
    }

    /// Takes an array of strings, or one string.
    ///
    /// # Errors
    /// It is something else.
    pub fn texts(&mut self, name: &str) -> Result<Vec<String>, Unsupported> {
        let Some(value) = self.take(name) else { return Ok(Vec::new()) };
        if let Some(text) = value.as_str() {
            return Ok(vec![text.to_owned()]);
        }
        let Kind::Array(items) = &value.kind else { return Err(self.refuse(name, WRONG_TYPE)) };
        let texts: Option<Vec<String>> = items.iter().map(|i| i.as_str().map(str::to_owned)).collect();
        texts.ok_or_else(|| self.refuse(name, WRONG_TYPE))
    }

    /// Takes members that change nothing in the meaning of the request, whatever they hold.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.take(name);
        }
    }

    /// Takes members that no other format has and the request can do without; they are named where they say something.
    pub fn note(&mut self, names: &[&'static str], notes: &mut Notes) {
        for name in names {
            let value = self.take(name);
            if value.is_some_and(|value| value.kind != Kind::Bool(false) && !is_empty(value)) {
                notes.add(name);
            }
        }
    }

    /// Takes a flag that must not be set.
    ///
    /// # Errors
    /// It is.
    pub fn unset(&mut self, name: &str) -> Result<(), Unsupported> {
        match self.flag(name)? {
            Some(true) => Err(self.refuse(name, UNKNOWN)),
            _ => Ok(()),
        }
    }

    /// A refusal of a member.
    #[must_use]
    pub fn refuse(&self, name: &str, reason: &'static str) -> Unsupported {
        self.path.member(name).refuse(reason)
    }

    /// Refuses what was not taken, unless it says nothing: null, or an empty array or object.
    ///
    /// # Errors
    /// The first such member.
    pub fn finish(self) -> Result<(), Unsupported> {
        let left = self.members.iter().enumerate().find(|(n, member)| {
            let taken = *n < 64 && self.taken & (1 << n) != 0;
            !taken && !is_empty(&member.value)
        });
        match left {
            Some((_, member)) => Err(self.refuse(&member.name, UNKNOWN)),
            None => Ok(()),
        }
    }
}

/// Whether a value says nothing: null, an empty array, an empty object.
fn is_empty(value: &Value<'_>) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::Array(items) => items.is_empty(),
        Kind::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn what_is_not_taken_is_refused_by_its_path() {
        let body = parse(br#"{"a":[{"b":1,"c":null,"d":{},"e":[],"file":"x"}]}"#).unwrap();
        let mut fields = Fields::of(&body, &Path::Top).unwrap();
        let items = fields.list("a").unwrap();
        fields.finish().unwrap();
        let (a, top) = (Path::Top, Path::Top);
        let (a, _) = (a.member("a"), top);
        let item = a.item(0);
        let mut fields = Fields::of(&items[0], &item).unwrap();
        assert_eq!(fields.number("b").unwrap(), Some(Number("1".into())));
        assert_eq!(fields.finish().unwrap_err().field, "a[0].file");
    }

    #[test]
    fn a_name_that_stands_twice_and_one_that_is_content_are_refused() {
        let body = parse(br#"{"a":1,"a":2}"#).unwrap();
        let mut fields = Fields::of(&body, &Path::Top).unwrap();
        fields.ignore(&["a"]);
        assert_eq!(fields.finish().unwrap_err().field, "a");
        let body = parse(br#"{"my name is x":1}"#).unwrap();
        assert_eq!(Fields::of(&body, &Path::Top).unwrap().finish().unwrap_err().field, "*");
    }
}
