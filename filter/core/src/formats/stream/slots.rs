//! The strings of an answer that grow, and the events of the gateway's own that give out what they hold.

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId, numbered};
use super::watched::Watched;
use crate::bytes::cut;
use crate::json::Tag;
use crate::output::Guards;
use crate::rehydrate::{Depth, GrowingSlot, Splice};
use crate::tokens::TokenMap;

/// Most growing slots that are open at a time; pieces of further ones are restored each by itself.
pub const MAX_SLOTS: usize = 256;
/// Longest name of a slot; pieces of slots with longer ones are restored each by itself.
const MAX_NAME: usize = 256;

struct Slot {
    tag: Tag,
    a: u64,
    b: u64,
    name: Vec<u8>,
    depth: Depth,
    growing: GrowingSlot,
    /// What of it policies have not decided about.
    watched: Watched,
    continuation: Continuation,
}

impl Slot {
    /// An event that goes on with the slot's text.
    fn event(&self, text: &[u8]) -> Own {
        let Continuation { name, before, after } = &self.continuation;
        (name.clone(), [&**before, text, &**after].concat())
    }

    fn id(&self) -> SlotId<'_> {
        SlotId { tag: self.tag, a: self.a, b: self.b, name: &self.name, depth: self.depth }
    }
}

/// Type and JSON of an event of the gateway's own.
pub(super) type Own = (Vec<u8>, Vec<u8>);

/// Where a piece of an event belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The slot of this number.
    Slot(usize),
    /// Nowhere: it is restored by itself.
    Alone,
    /// It is data and no text.
    Data,
}

/// The growing strings of an answer.
#[derive(Default)]
pub(super) struct Slots {
    open: Vec<Slot>,
    /// Events of the gateway's own that go out next.
    pub(super) own: Vec<Own>,
    /// The number that the provider gives its next event, if it numbers them.
    pub(super) sequence_number: Option<u64>,
    /// Events of the gateway's own so far.
    pub(super) inserted: u64,
    /// Values that were put back so far.
    pub(super) restored: u32,
    /// Whether text goes out with the current event, where policies are asked.
    pub(super) gave: bool,
    /// Whether text has gone out before.
    pub(super) released: bool,
    /// The slot of each piece of the current event.
    places: Vec<Place>,
}

impl Slots {
    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Takes the pieces of an event and adds what gives out in their place what is decided. `closes` says
    /// which slots end with the event; those of which it holds nothing are given out before it.
    pub(super) fn grow(
        &mut self,
        tokens: &TokenMap,
        guards: &mut Guards,
        rules: &dyn Rules,
        read: &Read<'_>,
        closes: impl Fn(&SlotId<'_>) -> bool,
        splices: &mut Vec<Splice>,
    ) {
        self.close(tokens, guards, |slot| rules.interrupts(read, slot));
        let mut places = core::mem::take(&mut self.places);
        places.clear();
        places.extend(read.event.pieces.iter().map(|piece| self.place(rules, read, piece)));
        let (first, mut given) = (splices.len(), Vec::new());
        for (n, (piece, place)) in read.event.pieces.iter().zip(&places).enumerate() {
            let range = piece.range.clone();
            let mut alone = (GrowingSlot::default(), Watched::default());
            let (growing, watched, depth, last) = match place {
                Place::Data => continue,
                Place::Alone => (&mut alone.0, &mut alone.1, piece.depth, true),
                Place::Slot(number) => {
                    let Some(slot) = self.open.get_mut(*number) else { continue };
                    let comes_again = || places.get(n + 1..).is_some_and(|later| later.contains(place));
                    let last = closes(&slot.id()) && !comes_again() || rules.is_cut_off(read, n);
                    (&mut slot.growing, &mut slot.watched, slot.depth, last)
                }
            };
            if guards.is_empty() {
                self.restored += growing.grow(tokens, read.data, range, depth, last, splices);
                continue;
            }
            let raw = cut(read.data, range.clone());
            let (text, restored) = watched.grow(growing, tokens, guards, raw, depth, last);
            self.restored += restored;
            self.gave |= !text.is_empty();
            given.push((*place, text.clone()));
            if text != raw {
                splices.push(Splice { range, with: text });
            }
        }
        self.places = places;
        if guards.is_blocked() {
            // The event itself does not go out, but what was decided of its texts before.
            splices.truncate(first);
            self.give(&given);
        }
        self.close(tokens, guards, closes);
    }

    /// Puts texts into events of the gateway's own.
    fn give(&mut self, given: &[(Place, Vec<u8>)]) {
        for (place, text) in given.iter().filter(|(_, text)| !text.is_empty()) {
            let Place::Slot(number) = place else { continue };
            let Some(slot) = self.open.get(*number) else { continue };
            let own = slot.event(text);
            self.insert(own);
        }
    }

    /// Adds an event of the gateway's own.
    fn insert(&mut self, (name, json): Own) {
        let json = match self.sequence_number {
            Some(number) => numbered(&json, number.saturating_add(self.inserted)),
            None => json,
        };
        self.own.push((name, json));
        self.inserted += 1;
    }

    /// The slot of a piece, made where there is none yet.
    fn place(&mut self, rules: &dyn Rules, read: &Read<'_>, piece: &Piece) -> Place {
        let Some(id) = rules.slot(read, piece) else { return Place::Data };
        if let Some(number) = self.open.iter().position(|slot| slot.id() == id) {
            return Place::Slot(number);
        }
        if self.open.len() >= MAX_SLOTS || id.name.len() > MAX_NAME {
            return Place::Alone;
        }
        let SlotId { tag, a, b, name, depth } = id;
        let (continuation, growing) = (rules.continuation(read, &id), GrowingSlot::default());
        let watched = Watched::default();
        self.open.push(Slot { tag, a, b, name: name.to_vec(), depth, growing, watched, continuation });
        Place::Slot(self.open.len() - 1)
    }

    /// Closes the slots that `ends` names: what they hold back is put into events of the gateway's own.
    pub(super) fn close(
        &mut self,
        tokens: &TokenMap,
        guards: &mut Guards,
        ends: impl Fn(&SlotId<'_>) -> bool,
    ) {
        let mut last_words = Vec::new();
        self.open.retain_mut(|slot| {
            if !ends(&slot.id()) {
                return true;
            }
            let closed = match guards.is_empty() {
                true => slot.growing.close(tokens, slot.depth),
                false => slot.watched.close(&mut slot.growing, tokens, guards, slot.depth),
            };
            last_words.extend(closed.map(|(text, values)| (slot.event(&text), values)));
            false
        });
        for (own, values) in last_words {
            self.gave = true;
            self.restored += values;
            self.insert(own);
        }
    }
}
