//! Which models a provider serves, and what they are called there.

use privet_core::policy::models::{MAX_MODEL_BYTES, MAX_MODELS};
use privet_core::provider::Kind;

use super::super::reader::Node;

fn name(node: &Node<'_>) -> Option<String> {
    let name = node.string()?;
    if is_name(&name) {
        return Some(name);
    }
    node.complain(format_args!("a model's name has 1 to {MAX_MODEL_BYTES} bytes, none of them white space"));
    None
}

fn is_name(name: &str) -> bool {
    let printable = name.chars().all(|c| !c.is_whitespace() && !c.is_control());
    !name.is_empty() && name.len() <= MAX_MODEL_BYTES && printable
}

/// `models`: names and shapes.
pub(super) fn served(given: Option<Node<'_>>) -> Vec<String> {
    let Some(node) = given else { return Vec::new() };
    let Some(items) = node.list() else { return Vec::new() };
    if items.is_empty() || items.len() > MAX_MODELS {
        node.complain(format_args!(
            "1 to {MAX_MODELS} names or shapes; leave it out where any model is served"
        ));
    }
    items.iter().filter_map(name).collect()
}

/// `model_map`: what stands in place of what, in the order of the file.
pub(super) fn map(given: Option<Node<'_>>) -> Vec<(String, String)> {
    let Some(node) = given else { return Vec::new() };
    let Some(members) = node.members() else { return Vec::new() };
    if members.len() > MAX_MODELS {
        node.complain(format_args!("at most {MAX_MODELS} models"));
    }
    let pair = |(from, to): (String, Node<'_>)| {
        if !is_name(&from) {
            to.complain(format_args!(
                "a model's name has 1 to {MAX_MODEL_BYTES} bytes, none of them white space"
            ));
        }
        let to = name(&to)?;
        Some((from, to))
    };
    members.into_iter().filter_map(pair).collect()
}

/// `deployment` and `api_version`, which Azure alone has.
pub(super) fn azure(
    kind: Option<Kind>,
    deployment: Option<Node<'_>>,
    version: Option<Node<'_>>,
) -> (Option<String>, Option<String>) {
    for node in [&deployment, &version].into_iter().flatten() {
        if kind.is_some_and(|kind| kind != Kind::Azure) {
            node.complain("only a provider of the kind azure has it");
        }
    }
    let version = version.and_then(|node| {
        let version = node.string()?;
        let date = version.strip_suffix("-preview").unwrap_or(&version).as_bytes();
        let fits = |(n, b): (usize, &u8)| if matches!(n, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() };
        if date.len() == 10 && date.iter().enumerate().all(fits) {
            return Some(version);
        }
        node.complain(
            "must be a date such as 2024-10-21, with or without -preview; leave it out for the API `v1`",
        );
        None
    });
    (deployment.and_then(|node| name(&node)), version)
}
