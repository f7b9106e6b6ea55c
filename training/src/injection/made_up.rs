//! Made-up attacks and made-up benign texts.

use super::examples::Example;

pub fn add(_examples: &mut Vec<Example>) {}
