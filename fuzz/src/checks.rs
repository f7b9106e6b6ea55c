//! What must hold of every scan, whatever the text.

use privet_core::detect::Detector;

/// Scans `text` and checks the hits.
pub(crate) fn scan(text: &[u8]) {
    let mut hits = Vec::new();
    Detector::default().scan(text, &mut hits);
    let utf8 = core::str::from_utf8(text).ok();
    let mut done = 0;
    for hit in &hits {
        assert!(hit.range.start >= done, "hits overlap or are out of order: {hits:?}");
        assert!(hit.range.start < hit.range.end, "an empty hit: {hit:?}");
        assert!(hit.range.end <= text.len(), "a hit beyond the text: {hit:?}");
        assert!((0.0..=1.0).contains(&hit.score), "a score out of range: {hit:?}");
        if let Some(utf8) = utf8 {
            assert!(utf8.get(hit.range.clone()).is_some(), "a hit cuts a character: {hit:?}");
        }
        done = hit.range.end;
    }
}
