//! The types of sensitive values, and when two written forms are the same value.

use core::fmt;
use core::ops::Range;

/// Which entity a value is: a built-in type, or the n-th type that the policy adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A payment card number (ISO/IEC 7812).
    CreditCard,
    /// A social security number of the United States.
    SsnUs,
    /// An international bank account number (ISO 13616).
    Iban,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// A JSON web token (RFC 7519).
    Jwt,
    /// A key for the API of OpenAI.
    OpenaiApiKey,
    /// A token of GitHub.
    GithubToken,
    /// The id of an access key of AWS.
    AwsAccessKeyId,
    /// The policy's custom type of this number.
    Custom(u16),
}

/// Each built-in type with its name, in the order of the documentation.
pub const BUILT_IN: [(EntityType, &str); 10] = [
    (EntityType::Email, "EMAIL"),
    (EntityType::Phone, "PHONE"),
    (EntityType::CreditCard, "CREDIT_CARD"),
    (EntityType::SsnUs, "SSN_US"),
    (EntityType::Iban, "IBAN"),
    (EntityType::IpAddress, "IP_ADDRESS"),
    (EntityType::Jwt, "JWT"),
    (EntityType::OpenaiApiKey, "OPENAI_API_KEY"),
    (EntityType::GithubToken, "GITHUB_TOKEN"),
    (EntityType::AwsAccessKeyId, "AWS_ACCESS_KEY_ID"),
];

/// Names that another product uses for the same types, accepted in policies.
const ALIASES: [(&str, EntityType); 7] = [
    ("email", EntityType::Email),
    ("phone", EntityType::Phone),
    ("credit_card", EntityType::CreditCard),
    ("ssn", EntityType::SsnUs),
    ("SSN", EntityType::SsnUs),
    ("ip", EntityType::IpAddress),
    ("iban", EntityType::Iban),
];

impl EntityType {
    /// The built-in type of this name or alias.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let named = BUILT_IN.iter().find(|(_, n)| *n == name).map(|(t, _)| *t);
        named.or_else(|| ALIASES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t))
    }

    /// The built-in type's name; custom types are named by the policy.
    #[must_use]
    pub fn built_in_name(self) -> Option<&'static str> {
        BUILT_IN.iter().find(|(t, _)| *t == self).map(|(_, n)| *n)
    }

    /// The form by which two values of this type are compared: case-insensitive for e-mail addresses,
    /// digits only for telephone, card and social security numbers, without spaces for IBANs.
    #[must_use]
    pub fn canonical(self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Email => core::str::from_utf8(value)
                .map_or_else(|_| value.to_ascii_lowercase(), |v| v.to_lowercase().into_bytes()),
            Self::Phone | Self::CreditCard | Self::SsnUs => {
                value.iter().copied().filter(u8::is_ascii_digit).collect()
            }
            Self::Iban => {
                let kept = value.iter().filter(|b| b.is_ascii_alphanumeric());
                kept.map(u8::to_ascii_uppercase).collect()
            }
            _ => value.to_vec(),
        }
    }
}

/// Whether `name` can be an entity type's name: upper-case words that begin with a letter, joined by `_`.
/// A number behind the last `_` is therefore always the placeholder's own.
#[must_use]
pub fn is_valid_name(name: &str) -> bool {
    name.len() <= MAX_NAME_LEN
        && name.split('_').all(|word| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        })
}

/// Longest name of an entity type, in bytes; it bounds how much of a stream is ever held back.
pub const MAX_NAME_LEN: usize = 48;

/// A found value: where it stands in the scanned text, and how sure the detector is.
#[derive(Clone, PartialEq)]
pub struct Hit {
    /// Bytes of the scanned text.
    pub range: Range<usize>,
    /// What it is.
    pub entity: EntityType,
    /// Confidence in [0, 1].
    pub score: f32,
    /// Whether a checksum or a complete grammar confirms it.
    pub validated: bool,
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?}@{:?} {:.2}{}",
            self.entity,
            self.range,
            self.score,
            if self.validated { "!" } else { "" }
        )
    }
}
