//! Postal addresses: grows a place by the house number before or behind it.

use crate::entity::Hit;

/// Extends `hit` to the address it is part of, if it is.
pub(super) fn extend(_text: &[u8], _hit: &mut Hit) {}
