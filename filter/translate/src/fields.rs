//! Reading a request's objects so that nothing in them is dropped in silence: what a reader does not take by name is
//! refused when it has [finished](Fields::finish).
//!
//! The first refusal of a body is [kept](Refused) and is its outcome; readers go on with defaults and look for it once, in
//! the end. A `Result` for each member would make them several times as large.

use core::cell::OnceCell;

use crate::conversation::{Json, Number, Request};
use crate::json::{Kind, Member, Value, parse};
use crate::{Asked, Notes, Unsupported};

/// The first refusal of a body, if there is one.
#[derive(Debug, Default)]
pub struct Refused(OnceCell<Unsupported>);

impl Refused {
    /// What was read, where nothing was refused.
    ///
    /// # Errors
    /// The first refusal.
    pub fn or<T>(self, read: T) -> Result<T, Unsupported> {
        match self.0.into_inner() {
            Some(refused) => Err(refused),
            None => Ok(read),
        }
    }
}

/// Reads the members of a body into a request.
pub type Read = fn(&mut Fields<'_, '_, '_>, &mut Request, Asked<'_>, &mut Notes);

/// Reads a request whose body is an object.
///
/// # Errors
/// The first field that no other format can be given.
pub fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes, read: Read) -> Result<Request, Unsupported> {
    let mut request = Request::default();
    object(body, NO_JSON, &mut |f| read(f, &mut request, asked, notes))?;
    Ok(request)
}

/// Reads a body that is an object.
///
/// # Errors
/// The first refusal.
#[inline(never)]
pub fn object(
    body: &[u8],
    no_json: &'static str,
    read: &mut dyn FnMut(&mut Fields<'_, '_, '_>),
) -> Result<(), Unsupported> {
    let refused = Refused::default();
    let top = Path::Top(&refused);
    match parse(body) {
        Ok(value) => {
            let mut fields = Fields::of(&value, &top);
            read(&mut fields);
            fields.finish();
        }
        Err(_) => top.refuse(no_json),
    }
    refused.or(())
}

/// Where a value stands in the body. Written out only where something is refused.
#[derive(Clone, Copy)]
pub enum Path<'p> {
    /// The body, and what was refused of it.
    Top(&'p Refused),
    /// A member.
    Member(&'p Path<'p>, &'p str),
    /// An item.
    Item(&'p Path<'p>, usize),
}

impl core::fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.written())
    }
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
            Self::Top(_) => String::new(),
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

    /// Refuses what stands here. What is returned stands in its place while the reader goes on.
    pub fn refuse<T: Default>(&self, reason: &'static str) -> T {
        self.keep(reason);
        T::default()
    }

    #[inline(never)]
    fn keep(&self, reason: &'static str) {
        let mut top = self;
        let refused = loop {
            match top {
                Self::Top(refused) => break refused,
                Self::Member(around, _) | Self::Item(around, _) => top = around,
            }
        };
        refused.0.get_or_init(|| Unsupported { field: self.written(), reason });
    }
}

/// Why a body is refused that is no JSON.
pub const NO_JSON: &str = "the body is not valid JSON";
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
    /// The members of `value`, which is refused where it is no object.
    #[inline(never)]
    #[must_use]
    pub fn of(value: &'v Value<'a>, path: &'p Path<'p>) -> Self {
        let members = match &value.kind {
            Kind::Object(members) => members.as_slice(),
            _ => path.refuse(WRONG_TYPE),
        };
        Self { members, taken: 0, path }
    }

    /// The same, where there has to be a value.
    #[inline(never)]
    #[must_use]
    pub fn required_of(value: Option<&'v Value<'a>>, path: &'p Path<'p>) -> Self {
        match value {
            Some(value) => Self::of(value, path),
            None => Self { members: path.refuse(MISSING), taken: 0, path },
        }
    }

    /// Where the object stands.
    #[must_use]
    pub fn path(&self) -> &'p Path<'p> {
        self.path
    }

    /// Takes an object; none is an empty one. `path` is the member's.
    #[inline(never)]
    #[must_use]
    pub fn inner<'i>(&mut self, name: &str, path: &'i Path<'i>) -> Fields<'v, 'a, 'i> {
        match self.take(name) {
            Some(value) => Fields::of(value, path),
            None => Fields { members: &[], taken: 0, path },
        }
    }

    /// Takes an object that must be there. `path` is the member's.
    #[inline(never)]
    #[must_use]
    pub fn required_inner<'i>(&mut self, name: &str, path: &'i Path<'i>) -> Fields<'v, 'a, 'i> {
        Fields::required_of(self.take(name), path)
    }

    /// Which of two names a member has, in formats that take each in two spellings; the first where it is not there.
    #[inline(never)]
    #[must_use]
    pub fn spelled<'n>(&self, name: &'n str, other: &'n str) -> &'n str {
        let has = |name: &str| self.members.iter().any(|m| m.name == name);
        if !has(name) && has(other) { other } else { name }
    }

    /// Takes a member. Of two of one name the second is refused in the end; so is each beyond the 64th.
    #[inline(never)]
    pub fn take(&mut self, name: &str) -> Option<&'v Value<'a>> {
        let (n, member) = self.members.iter().enumerate().take(64).find(|(_, m)| m.name == name)?;
        self.taken |= 1 << n;
        (member.value.kind != Kind::Null).then_some(&member.value)
    }

    /// Takes a string.
    #[inline(never)]
    pub fn text(&mut self, name: &str) -> Option<&'v str> {
        let value = self.take(name)?;
        value.as_str().or_else(|| self.refuse(name, WRONG_TYPE))
    }

    /// Takes a string, for keeps.
    #[inline(never)]
    pub fn owned(&mut self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// Takes a string that must be there.
    #[inline(never)]
    pub fn required_text(&mut self, name: &str) -> &'v str {
        self.text(name).unwrap_or_else(|| self.refuse(name, MISSING))
    }

    /// Takes a string that must be there, for keeps.
    #[inline(never)]
    pub fn required(&mut self, name: &str) -> String {
        self.required_text(name).to_owned()
    }

    /// Takes the name of the model, which the request's path may tell as well.
    #[inline(never)]
    pub fn model(&mut self, asked: Asked<'_>) -> String {
        let named = self.text("model").or(asked.model);
        named.unwrap_or_else(|| self.refuse("model", MISSING)).to_owned()
    }

    /// Takes a flag.
    #[inline(never)]
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        match self.take(name)?.kind {
            Kind::Bool(flag) => Some(flag),
            _ => self.refuse(name, WRONG_TYPE),
        }
    }

    /// Takes a number.
    #[inline(never)]
    pub fn number(&mut self, name: &str) -> Option<Number> {
        let value = self.take(name)?;
        match value.kind {
            Kind::Number => Some(Number(value.raw.to_owned())),
            _ => self.refuse(name, WRONG_TYPE),
        }
    }

    /// Takes numbers, each to its place.
    #[inline(never)]
    pub fn numbers(&mut self, places: &mut [(&str, &mut Option<Number>)]) {
        for (name, place) in places {
            **place = self.number(name);
        }
    }

    /// Takes an array; none is an empty one.
    #[inline(never)]
    pub fn list(&mut self, name: &str) -> &'v [Value<'a>] {
        match self.take(name).map(|v| &v.kind) {
            None => &[],
            Some(Kind::Array(items)) => items,
            Some(_) => self.refuse(name, WRONG_TYPE),
        }
    }

    /// Takes an array; each item is read with where it stands and its number.
    #[inline(never)]
    pub fn each(&mut self, name: &str, read: &mut dyn FnMut(&'v Value<'a>, &Path<'_>, usize)) {
        let path = self.path.member(name);
        for (n, item) in self.list(name).iter().enumerate() {
            read(item, &path.item(n), n);
        }
    }

    /// Takes an object as it is written.
    #[inline(never)]
    pub fn object(&mut self, name: &str) -> Option<Json> {
        let value = self.take(name)?;
        match value.kind {
            Kind::Object(_) => Some(Json(value.raw.to_owned())),
            _ => self.refuse(name, WRONG_TYPE),
        }
    }

    /// Takes an array of strings, or one string.
    #[inline(never)]
    pub fn texts(&mut self, name: &str) -> Vec<String> {
        let Some(value) = self.take(name) else { return Vec::new() };
        let items = match &value.kind {
            Kind::Array(items) => items.as_slice(),
            _ => core::slice::from_ref(value),
        };
        let texts: Option<Vec<String>> = items.iter().map(|i| i.as_str().map(str::to_owned)).collect();
        texts.unwrap_or_else(|| self.refuse(name, WRONG_TYPE))
    }

    /// Takes a number that must be this one.
    #[inline(never)]
    pub fn only(&mut self, name: &str, digits: &str, reason: &'static str) {
        if self.number(name).is_some_and(|number| number.0 != digits) {
            self.refuse(name, reason)
        }
    }

    /// Takes strings that must all be this one.
    #[inline(never)]
    pub fn only_text(&mut self, name: &str, text: &str, reason: &'static str) {
        if self.texts(name).iter().any(|other| other != text) {
            self.refuse(name, reason)
        }
    }

    /// Takes members that change nothing in the meaning of the request, whatever they hold.
    #[inline(never)]
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.take(name);
        }
    }

    /// Takes members that no other format has and the request can do without; they are named where they say something.
    #[inline(never)]
    pub fn note(&mut self, names: &[&'static str], notes: &mut Notes) {
        for name in names {
            let value = self.take(name);
            if value.is_some_and(|value| value.kind != Kind::Bool(false) && !is_empty(value)) {
                notes.add(name);
            }
        }
    }

    /// Takes a flag that must not be set.
    #[inline(never)]
    pub fn unset(&mut self, name: &str) {
        if self.flag(name) == Some(true) {
            self.refuse(name, UNKNOWN)
        }
    }

    /// Refuses a member. What is returned stands in its place while the reader goes on.
    pub fn refuse<T: Default>(&self, name: &str, reason: &'static str) -> T {
        self.keep(name, reason);
        T::default()
    }

    #[inline(never)]
    fn keep(&self, name: &str, reason: &'static str) {
        self.path.member(name).keep(reason);
    }

    /// The first member that was not taken, unless it says nothing: null, or an empty array or object.
    fn left(&self) -> Option<&'v Member<'a>> {
        let left = self.members.iter().enumerate().find(|(n, member)| {
            let taken = *n < 64 && self.taken & (1 << n) != 0;
            !taken && !is_empty(&member.value)
        });
        left.map(|(_, member)| member)
    }

    /// Refuses what was not taken, unless it says nothing: null, or an empty array or object.
    #[inline(never)]
    pub fn finish(self) {
        if let Some(member) = self.left() {
            self.refuse(&member.name, UNKNOWN)
        }
    }

    /// The same, but what was not taken is noted by the object's name.
    #[inline(never)]
    pub fn finish_noting(self, name: &'static str, notes: &mut Notes) {
        if self.left().is_some() {
            notes.add(name);
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

    #[test]
    fn what_is_not_taken_is_refused_by_its_path() {
        let body = parse(br#"{"a":[{"b":1,"c":null,"d":{},"e":[],"file":"x"}]}"#).unwrap();
        let refused = Refused::default();
        let top = Path::Top(&refused);
        let mut fields = Fields::of(&body, &top);
        let items = fields.list("a");
        fields.finish();
        assert_eq!(refused.0.get(), None);
        let a = top.member("a");
        let item = a.item(0);
        let mut fields = Fields::of(&items[0], &item);
        assert_eq!(fields.number("b"), Some(Number("1".into())));
        fields.finish();
        assert_eq!(refused.or(()).unwrap_err().field, "a[0].file");
    }

    fn refused(body: &str, read: &mut dyn FnMut(&mut Fields<'_, '_, '_>)) -> Unsupported {
        object(body.as_bytes(), NO_JSON, read).unwrap_err()
    }

    #[test]
    fn a_name_that_stands_twice_and_one_that_is_content_are_refused() {
        assert_eq!(refused(r#"{"a":1,"a":2}"#, &mut |f| f.ignore(&["a"])).field, "a");
        assert_eq!(refused(r#"{"my name is x":1}"#, &mut |_| {}).field, "*");
    }

    #[test]
    fn the_first_refusal_counts() {
        let first = refused(r#"{"a":1,"b":2,"c":3}"#, &mut |f| {
            assert_eq!(f.text("b"), None);
            assert_eq!(f.required_text("d"), "");
            assert_eq!(f.flag("a"), None);
        });
        assert_eq!(first, Unsupported { field: "b".into(), reason: WRONG_TYPE });
        assert_eq!(
            refused("[]", &mut |f| f.unset("a")),
            Unsupported { field: "".into(), reason: WRONG_TYPE }
        );
        assert_eq!(refused("{", &mut |_| {}).reason, NO_JSON);
    }
}
