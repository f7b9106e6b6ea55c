//! Data in base64 and `data:` URLs, which a walk puts aside: what it is may be said behind it.

use core::ops::Range;

use crate::bytes::cut;
use crate::json::shape::TEXT;
use crate::json::{Types, walk};
use crate::order;

use super::document::{DataUrl, Document, may_be_json, of_base64};
use super::splice::{Found, What, in_order};
use super::{Nothing, Scan};

/// Data in a string, looked at after the walk.
pub(super) struct Pending {
    pub(super) range: Range<usize>,
    pub(super) escaped: bool,
    /// Whether it is an address, whose data is only that of a `data:` URL.
    pub(super) address: bool,
    /// Where the object begins that it stands in.
    pub(super) object: usize,
}

impl Scan<'_> {
    /// Looks at the data that the walk has put aside.
    pub(super) fn documents(&mut self) {
        let pending = core::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        order::by_key(&mut self.plain_data, &|object| *object);
        for data in pending {
            let (raw, start) = (cut(self.body, data.range.clone()), data.range.start);
            let read = if data.escaped {
                let mut decoded = core::mem::take(&mut self.decoded);
                decoded.decode(raw, start);
                let read = self.document(decoded.bytes(), &data, |r| decoded.source_range(r));
                self.decoded = decoded;
                read
            } else {
                self.document(raw, &data, |r| start + r.start..start + r.end)
            };
            let coverage = &mut self.masked.coverage;
            let count = if read { &mut coverage.scanned } else { &mut coverage.opaque };
            count.add(data.range.len());
        }
        in_order(&mut self.found);
    }

    /// Looks at one; returns whether it could be read.
    fn document(
        &mut self,
        text: &[u8],
        data: &Pending,
        source: impl Fn(&Range<usize>) -> Range<usize>,
    ) -> bool {
        let is_plain = data.address || self.plain_data.binary_search(&data.object).is_ok();
        let (start, document) = match DataUrl::of(text) {
            Some(url) => (url.start, url.document(text)),
            None if is_plain => (0, Document::Plain),
            None => (0, of_base64(text)),
        };
        let at = data.range.start;
        if matches!(document, Document::Plain) {
            let first = self.segments.len();
            self.whole(text, &[], at, source);
            self.segments.end_document(first, at);
            return true;
        }
        // The media type's parameters can hold the file's name.
        self.text(cut(text, 0..start), &[], None, &source);
        let Document::Text(content, encoding) = document else { return false };
        let found = self.content(&content, at);
        if !found.is_empty() {
            let range = source(&(start..text.len()));
            self.found.push(Found { range, what: What::Document { content, encoding, found } });
        }
        true
    }

    /// What a document holds that stands `at` a place of the body, by its own offsets.
    fn content(&mut self, content: &[u8], at: usize) -> Vec<Found> {
        let mut scan = Scan::new(content, self.masking, self.look);
        let coverage = self.masked.coverage;
        scan.masked = core::mem::take(&mut self.masked);
        scan.segments = core::mem::take(&mut self.segments);
        let first = scan.segments.len();
        if may_be_json(content) && walk(content, &TEXT, Types::ANY, &mut Nothing).is_ok() {
            // It has been walked over before, so that half of it is never counted.
            let _ = walk(content, &TEXT, Types::ANY, &mut scan);
        } else {
            scan.whole(content, &[], 0, Clone::clone);
        }
        self.segments = scan.segments;
        self.segments.end_document(first, at);
        self.masked = scan.masked;
        self.masked.coverage = coverage;
        scan.found
    }
}
