//! Bedrock's region, and what requests are signed with.

use privet_core::provider::Kind;

use super::super::AwsCredentials;
use super::super::reader::Node;
use super::api_key;

/// `region`, as it stands in names of hosts.
pub(super) fn region(kind: Option<Kind>, given: Option<Node<'_>>) -> Option<String> {
    let node = only_bedrock(kind, given)?;
    let region = node.string()?;
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if region.is_empty() || !region.bytes().all(known) {
        node.complain("must be a region such as eu-central-1");
        return None;
    }
    Some(region)
}

fn only_bedrock<'r>(kind: Option<Kind>, given: Option<Node<'r>>) -> Option<Node<'r>> {
    let node = given?;
    if kind.is_some_and(|kind| kind != Kind::Bedrock) {
        node.complain("only a provider of the kind bedrock has it");
        return None;
    }
    Some(node)
}

/// Where Bedrock Runtime is in a region (AWS General Reference, "Amazon Bedrock endpoints").
pub(super) fn base_url(region: Option<&str>) -> Option<String> {
    region.map(|region| format!("https://bedrock-runtime.{region}.amazonaws.com"))
}

/// `aws`: keys, or a credentials file and a profile in it.
pub(super) fn credentials(kind: Option<Kind>, given: Option<Node<'_>>) -> Option<AwsCredentials> {
    let node = only_bedrock(kind, given)?;
    let [id, secret, token, file, profile] =
        node.mapping(["access_key_id", "secret_access_key", "session_token", "credentials_file", "profile"])?;
    if let Some(file) = file {
        if id.is_some() || secret.is_some() || token.is_some() {
            file.complain("stands beside keys; say it once");
        }
        let profile = profile.map_or(Some("default".to_owned()), |n| n.string())?;
        return Some(AwsCredentials::File { path: file.path()?, profile });
    }
    if let Some(profile) = profile {
        profile.complain("belongs to a `credentials_file`");
    }
    let needed = |name: &str, given: Option<Node<'_>>| match api_key(given) {
        Ok(None) => {
            node.complain(format_args!("{name}: requests cannot be signed without it"));
            None
        }
        key => key.ok().flatten(),
    };
    let (id, secret) = (needed("access_key_id", id), needed("secret_access_key", secret));
    let session_token = api_key(token).ok()?;
    Some(AwsCredentials::Keys { access_key_id: id?, secret_access_key: secret?, session_token })
}
