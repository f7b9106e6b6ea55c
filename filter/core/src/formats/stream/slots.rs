//! The strings of an answer that grow, and the events of the gateway's own that give out what they hold.

use super::event::{Piece, Read};
use super::rules::{Continuation, Rules, SlotId, numbered};
use crate::json::Tag;
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
    continuation: Continuation,
}

impl Slot {
    fn id(&self) -> SlotId<'_> {
        SlotId { tag: self.tag, a: self.a, b: self.b, name: &self.name, depth: self.depth }
    }
}

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
    /// Type and JSON of events of the gateway's own that go out next.
    pub(super) own: Vec<(Vec<u8>, Vec<u8>)>,
    /// The number that the provider gives its next event, if it numbers them.
    pub(super) sequence_number: Option<u64>,
    /// Events of the gateway's own so far.
    pub(super) inserted: u64,
    /// Values that were put back so far.
    pub(super) restored: u32,
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
        rules: &dyn Rules,
        read: &Read<'_>,
        closes: impl Fn(&SlotId<'_>) -> bool,
        splices: &mut Vec<Splice>,
    ) {
        self.close(tokens, |slot| rules.interrupts(read, slot));
        let mut places = core::mem::take(&mut self.places);
        places.clear();
        places.extend(read.event.pieces.iter().map(|piece| self.place(rules, read, piece)));
        for (n, (piece, place)) in read.event.pieces.iter().zip(&places).enumerate() {
            let range = piece.range.clone();
            let restored = match place {
                Place::Data => 0,
                Place::Alone => {
                    let mut alone = GrowingSlot::default();
                    alone.grow(tokens, read.data, range, piece.depth, true, splices)
                }
                Place::Slot(number) => {
                    let Some(slot) = self.open.get_mut(*number) else { continue };
                    let comes_again = || places.get(n + 1..).is_some_and(|later| later.contains(place));
                    let last = closes(&slot.id()) && !comes_again() || rules.is_cut_off(read, n);
                    slot.growing.grow(tokens, read.data, range, slot.depth, last, splices)
                }
            };
            self.restored += restored;
        }
        self.places = places;
        self.close(tokens, closes);
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
        self.open.push(Slot { tag, a, b, name: name.to_vec(), depth, growing, continuation });
        Place::Slot(self.open.len() - 1)
    }

    /// Closes the slots that `ends` names: what they hold back is put into events of the gateway's own.
    pub(super) fn close(&mut self, tokens: &TokenMap, ends: impl Fn(&SlotId<'_>) -> bool) {
        let Self { open, own, sequence_number, inserted, restored, .. } = self;
        open.retain_mut(|slot| {
            if !ends(&slot.id()) {
                return true;
            }
            if let Some((text, values)) = slot.growing.close(tokens, slot.depth) {
                let Continuation { name, before, after } = &slot.continuation;
                let json = [&**before, &text, &**after].concat();
                let json = match *sequence_number {
                    Some(number) => numbered(&json, number.saturating_add(*inserted)),
                    None => json,
                };
                own.push((name.clone(), json));
                *restored += values;
                *inserted += 1;
            }
            false
        });
    }
}
