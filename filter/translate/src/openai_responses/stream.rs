//! Streams. Each item of the output is announced, grows, and comes again whole; so does the response.

mod reader;
mod writer;

pub(super) use reader::Reader;
pub(super) use writer::Writing;
