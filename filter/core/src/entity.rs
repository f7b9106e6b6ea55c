//! The types of sensitive values, and when two written forms are the same value.

use core::fmt;
use core::ops::Range;

/// The form by which two values of a type are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// As they stand.
    Exact,
    /// Without case.
    Fold,
    /// Their digits only.
    Digits,
    /// Their letters (without case) and digits only.
    Compact,
}

/// A row of the table of built-in types.
struct Row {
    entity: EntityType,
    name: &'static str,
    form: Form,
    country: &'static str,
}

/// Makes the enumeration and its table: variant, name, form of comparison, and for an identifier of one
/// country its ISO 3166 code.
macro_rules! entities {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $form:ident $(, $country:literal)?;)*) => {
        /// Which entity a value is: a built-in type, or the n-th type that the policy adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntityType {
            $($(#[$doc])* $variant,)*
            /// The policy's custom type of this number.
            Custom(u16),
        }

        static TABLE: &[Row] = &[$(Row {
            entity: EntityType::$variant,
            name: $name,
            form: Form::$form,
            country: concat!($($country)?),
        },)*];

        impl EntityType {
            /// The type's row in the table; custom types have none.
            fn row(self) -> Option<&'static Row> {
                // Rows stand in the order of the variants, so that this is one look-up.
                #[derive(Clone, Copy)]
                enum Number { $($variant,)* }
                let number = match self {
                    $(Self::$variant => Number::$variant,)*
                    Self::Custom(_) => return None,
                };
                TABLE.get(number as usize)
            }
        }
    };
}

entities! {
    // Personal data of everywhere.
    /// A person's name.
    Person = "PERSON", Fold;
    /// A place: a country, city, region or address without a street.
    Location = "LOCATION", Fold;
    /// A postal address with a street.
    Address = "ADDRESS", Fold;
    /// A date of birth, where the text calls it one.
    DateOfBirth = "DATE_OF_BIRTH", Exact;
    /// An e-mail address.
    Email = "EMAIL", Fold;
    /// A telephone number.
    Phone = "PHONE", Digits;
    /// A payment card number (ISO/IEC 7812).
    CreditCard = "CREDIT_CARD", Digits;
    /// An international bank account number (ISO 13616).
    Iban = "IBAN", Compact;
    /// An IPv4 or IPv6 address.
    IpAddress = "IP_ADDRESS", Exact;
    /// A hardware address (IEEE 802 EUI-48).
    MacAddress = "MAC_ADDRESS", Compact;
    /// A crypto-currency address.
    Crypto = "CRYPTO", Exact;
    /// A passport number, where the text calls it one.
    Passport = "PASSPORT", Compact;

    // Secrets.
    /// A JSON web token (RFC 7519).
    Jwt = "JWT", Exact;
    /// A key for the API of OpenAI.
    OpenaiApiKey = "OPENAI_API_KEY", Exact;
    /// A token of GitHub.
    GithubToken = "GITHUB_TOKEN", Exact;
    /// The id of an access key of AWS.
    AwsAccessKeyId = "AWS_ACCESS_KEY_ID", Exact;
    /// The secret half of an access key of AWS.
    AwsSecretAccessKey = "AWS_SECRET_ACCESS_KEY", Exact;
    /// A value that the text calls an API key.
    GenericApiKey = "GENERIC_API_KEY", Exact;
    /// The value of an assignment whose name calls it a secret or password.
    EnvSecret = "ENV_SECRET", Exact;
    /// A token in the form of a vendor that has no type of its own, or a bearer token.
    SecretToken = "SECRET_TOKEN", Exact;
    /// A private key block (PEM, PGP, SSH).
    PrivateKey = "PRIVATE_KEY", Exact;
    /// The password in a URL or connection string.
    ConnectionString = "CONNECTION_STRING", Exact;

    // Identifiers of one country, by ISO 3166 code.
    /// A social security number of the United States.
    SsnUs = "SSN_US", Digits, "US";
    /// A social insurance number of Canada.
    SinCa = "SIN_CA", Digits, "CA";
}

/// Names that another product uses for the same types, accepted in policies.
const ALIASES: [(&str, EntityType); 12] = [
    ("name", EntityType::Person),
    ("address", EntityType::Address),
    ("passport", EntityType::Passport),
    ("email", EntityType::Email),
    ("phone", EntityType::Phone),
    ("credit_card", EntityType::CreditCard),
    ("ssn", EntityType::SsnUs),
    ("SSN", EntityType::SsnUs),
    ("US_SSN", EntityType::SsnUs),
    ("ip", EntityType::IpAddress),
    ("iban", EntityType::Iban),
    ("CA_SIN", EntityType::SinCa),
];

/// All built-in types with their names, in the order of the documentation.
pub fn built_in() -> impl Iterator<Item = (EntityType, &'static str)> {
    TABLE.iter().map(|row| (row.entity, row.name))
}

impl EntityType {
    /// The built-in type of this name or alias.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let named = built_in().find(|(_, n)| *n == name).map(|(t, _)| t);
        named.or_else(|| ALIASES.iter().find(|(n, _)| *n == name).map(|(_, t)| *t))
    }

    /// The built-in type's name; custom types are named by the policy.
    #[must_use]
    pub fn built_in_name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    /// The country (ISO 3166, two letters) whose identifier the type is; none where it is of everywhere.
    #[must_use]
    pub fn country(self) -> Option<&'static str> {
        self.row().map(|row| row.country).filter(|c| !c.is_empty())
    }

    /// Which form that is: types of the same form have the same [`Self::canonical`].
    pub(crate) fn form(self) -> Form {
        self.row().map_or(Form::Exact, |row| row.form)
    }

    /// The form by which two values of this type are compared: case-insensitive for names and e-mail
    /// addresses, digits only for telephone, card and social security numbers, without spaces for IBANs.
    #[must_use]
    pub fn canonical(self, value: &[u8]) -> Vec<u8> {
        match self.form() {
            Form::Exact => value.to_vec(),
            Form::Fold => core::str::from_utf8(value)
                .map_or_else(|_| value.to_ascii_lowercase(), |v| v.to_lowercase().into_bytes()),
            Form::Digits => value.iter().copied().filter(u8::is_ascii_digit).collect(),
            Form::Compact => {
                let kept = value.iter().filter(|b| b.is_ascii_alphanumeric());
                kept.map(u8::to_ascii_uppercase).collect()
            }
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
