//! Takes values out of a JSON text, with the commas that belong to them.

use core::ops::Range;

use privet_core::bytes::{cut, from};
use privet_core::order::by_key;

use crate::json::{Kind, Value};

/// What is taken out of a body.
pub(super) struct Cuts<'a> {
    body: &'a [u8],
    /// Ranges, each with what stands there instead.
    all: Vec<(Range<usize>, String)>,
}

impl<'a> Cuts<'a> {
    /// Nothing yet of `body`, which the values were read from.
    pub(super) fn of(body: &'a [u8]) -> Self {
        Self { body, all: Vec::new() }
    }

    /// Puts `with` in the place of a value.
    pub(super) fn replace(&mut self, value: &Value<'_>, with: String) {
        self.all.push((self.place(value), with));
    }

    /// Takes the items out of an array of which `goes` says so.
    pub(super) fn items(&mut self, array: &Value<'_>, goes: impl Fn(&Value<'_>) -> bool) {
        let items = array.as_items().iter().map(|item| (item, goes(item)));
        self.part(array, items);
    }

    /// Takes the members out of an object of which `goes` says so.
    pub(super) fn members(&mut self, object: &Value<'_>, goes: impl Fn(&str, &Value<'_>) -> bool) {
        let Kind::Object(members) = &object.kind else { return };
        self.part(object, members.iter().map(|m| (&m.value, goes(&m.name, &m.value))));
    }

    /// Takes parts of a composite out; a part begins where the one before ends, so that its comma, and the name of a
    /// member, go with it.
    fn part<'v>(&mut self, composite: &Value<'_>, parts: impl Iterator<Item = (&'v Value<'v>, bool)>) {
        let mut end = self.place(composite).start + 1;
        let (mut kept, mut gone) = (false, false);
        for (value, goes) in parts {
            let place = self.place(value);
            if goes {
                self.all.push((end..place.end, String::new()));
                gone = true;
            } else {
                if gone && !kept {
                    // All before it went: the comma stands alone.
                    let comma = cut(self.body, end..place.start).iter().position(|b| *b == b',');
                    self.all.push((end..end + comma.map_or(0, |i| i + 1), String::new()));
                }
                kept = true;
            }
            end = place.end;
        }
    }

    fn place(&self, value: &Value<'_>) -> Range<usize> {
        let start = (value.raw.as_ptr() as usize).saturating_sub(self.body.as_ptr() as usize);
        start..start + value.raw.len()
    }

    /// The body without them; none where nothing goes.
    pub(super) fn done(mut self) -> Option<Vec<u8>> {
        if self.all.is_empty() {
            return None;
        }
        by_key(&mut self.all, &|(range, _)| range.start);
        let mut out = Vec::with_capacity(self.body.len());
        let mut done = 0;
        for (range, with) in self.all {
            out.extend_from_slice(cut(self.body, done..range.start));
            out.extend_from_slice(with.as_bytes());
            done = range.end;
        }
        out.extend_from_slice(from(self.body, done));
        Some(out)
    }
}
