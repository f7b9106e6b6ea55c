//! Made-up values of each type. They are put together from parts, so that no scanner of repositories
//! takes them for real ones.

/// A value and the type it is of.
#[derive(Debug, Clone)]
pub struct Value {
    /// The type's name.
    pub entity: &'static str,
    /// The value.
    pub text: String,
}

/// One value of each built-in type.
#[must_use]
pub fn all() -> Vec<Value> {
    let value = |entity, parts: &[&str]| Value { entity, text: parts.concat() };
    vec![
        value("EMAIL", &["ada.moreau", "@", "example.com"]),
        value("PHONE", &["+1 (415) ", "555-", "0134"]),
        value("CREDIT_CARD", &["4111 1111", " 1111 ", "1111"]),
        value("SSN_US", &["212", "-34-", "5678"]),
        value("IBAN", &["GB82 WEST", " 1234 5698 ", "7654 32"]),
        value("IP_ADDRESS", &["203.0.", "113.77"]),
        value("JWT", &["eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiJkZW1vIn0", ".c2lnbmF0dXJlLW9mLW5vdGhpbmc"]),
        value("OPENAI_API_KEY", &["sk-", "proj-", "madeup0madeup1madeup2madeup3"]),
        value("GITHUB_TOKEN", &["ghp", "_", "0madeup1madeup2madeup3madeup4madeup5"]),
        value("AWS_ACCESS_KEY_ID", &["AKIA", "MADEUP2MADEUP3", "AA"]),
    ]
}

/// The value of a type.
///
/// # Panics
/// Where there is none of this type.
#[must_use]
pub fn of(entity: &str) -> String {
    let found = all().into_iter().find(|v| v.entity == entity);
    found.unwrap_or_else(|| panic!("no value of type {entity}")).text
}
