//! What is measured: the core with the policy that masks everything.

use std::ops::Range;

use privet_core::entity::{EntityType, Hit};
use privet_core::mask;
use privet_core::policy::{Masking, Policy};

/// The injection score of a text, in [0, 1].
type Scorer = fn(&str) -> f32;

/// The core's injection score.
const INJECTION: Option<Scorer> = Some(|text| privet_core::injection::score(text.as_bytes()).value);

/// The types that are secrets: whatever a row of the secrets sets may be found as.
const SECRETS: [EntityType; 10] = [
    EntityType::Jwt,
    EntityType::OpenaiApiKey,
    EntityType::GithubToken,
    EntityType::AwsAccessKeyId,
    EntityType::AwsSecretAccessKey,
    EntityType::GenericApiKey,
    EntityType::EnvSecret,
    EntityType::SecretToken,
    EntityType::PrivateKey,
    EntityType::ConnectionString,
];

/// A found value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) range: Range<usize>,
    pub(crate) entity: EntityType,
}

impl Found {
    /// Whether it was found as a secret.
    pub(crate) fn is_secret(&self) -> bool {
        SECRETS.contains(&self.entity)
    }
}

/// The core, ready to read rows.
pub(crate) struct Detector {
    masking: Masking,
    /// The injection score; none where the core has none.
    pub(crate) injection: Option<Scorer>,
}

impl Default for Detector {
    fn default() -> Self {
        let policy = Policy::parse(br#"{"schema":1,"revision":"eval"}"#).expect("the smallest policy");
        Self { masking: policy.masking, injection: INJECTION }
    }
}

impl Detector {
    /// What the gateway would replace in `text`.
    pub(crate) fn find(&self, text: &str) -> Vec<Found> {
        let mut hits = Vec::new();
        self.scan(text, &mut hits);
        hits.into_iter().map(|hit| Found { range: hit.range, entity: hit.entity }).collect()
    }

    /// The same into a buffer that is kept, for measuring time.
    pub(crate) fn scan(&self, text: &str, hits: &mut Vec<Hit>) {
        mask::find(text.as_bytes(), &self.masking, hits);
    }

    /// The name of a type.
    pub(crate) fn name(&self, entity: EntityType) -> &str {
        self.masking.name(entity)
    }
}
