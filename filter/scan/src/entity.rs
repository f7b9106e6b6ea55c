//! The types of sensitive values, and when two written forms are the same value.

use core::fmt;
use core::ops::Range;

use crate::case::folded;

/// The form by which two values of a type are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
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
                #[allow(clippy::enum_variant_names, reason = "the names are those of the types")]
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
    /// A driving licence number, where the text calls it one.
    DriverLicense = "DRIVER_LICENSE", Compact;
    /// A bank account number, where the text calls it one.
    BankAccount = "BANK_ACCOUNT", Digits;
    /// A patient's number in a hospital or practice, where the text calls it one.
    MedicalRecordNumber = "MEDICAL_RECORD_NUMBER", Compact;
    /// A vehicle's number plate, where the text calls it one.
    LicensePlate = "LICENSE_PLATE", Compact;
    /// A value added tax number with the prefix of its state (European Union, United Kingdom).
    EuVatId = "EU_VAT_ID", Compact;

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
    /// An individual taxpayer identification number of the United States.
    UsItin = "US_ITIN", Digits, "US";
    /// A national provider identifier of the United States.
    UsNpi = "US_NPI", Digits, "US";
    /// A Medicare beneficiary identifier.
    UsMbi = "US_MBI", Compact, "US";
    /// A routing number of the American Bankers Association.
    AbaRoutingNumber = "ABA_ROUTING_NUMBER", Digits, "US";
    /// A population registry code of Mexico.
    MxCurp = "MX_CURP", Compact, "MX";
    /// A taxpayer code of Mexico.
    MxRfc = "MX_RFC", Compact, "MX";
    /// A natural person's taxpayer number in Brazil.
    BrCpf = "BR_CPF", Digits, "BR";
    /// A company's taxpayer number in Brazil.
    BrCnpj = "BR_CNPJ", Digits, "BR";
    /// A RUT of Chile.
    ClRut = "CL_RUT", Compact, "CL";
    /// A CUIT or CUIL of Argentina.
    ArCuit = "AR_CUIT", Digits, "AR";
    /// A number of the National Health Service.
    UkNhs = "UK_NHS", Digits, "GB";
    /// A national insurance number of the United Kingdom.
    UkNino = "UK_NINO", Compact, "GB";
    /// A driver number of Great Britain.
    UkDrivingLicence = "UK_DRIVING_LICENCE", Compact, "GB";
    /// A tax identification number of Germany.
    DeTaxId = "DE_TAX_ID", Digits, "DE";
    /// A tax office's number in Germany.
    DeTaxNumber = "DE_TAX_NUMBER", Digits, "DE";
    /// A pension insurance number of Germany.
    DeSocialSecurity = "DE_SOCIAL_SECURITY", Compact, "DE";
    /// A health insurance number of Germany.
    DeHealthInsurance = "DE_HEALTH_INSURANCE", Compact, "DE";
    /// A physician's number in Germany.
    DeLanr = "DE_LANR", Digits, "DE";
    /// An identity card number of Germany.
    DeIdCard = "DE_ID_CARD", Compact, "DE";
    /// A NIF or DNI of Spain.
    EsNif = "ES_NIF", Compact, "ES";
    /// A foreigner's number in Spain.
    EsNie = "ES_NIE", Compact, "ES";
    /// A fiscal code of Italy.
    ItFiscalCode = "IT_FISCAL_CODE", Compact, "IT";
    /// A social security number of France.
    FrNir = "FR_NIR", Compact, "FR";
    /// A citizen service number of the Netherlands.
    NlBsn = "NL_BSN", Digits, "NL";
    /// A national register number of Belgium.
    BeNationalNumber = "BE_NATIONAL_NUMBER", Digits, "BE";
    /// A PESEL of Poland.
    PlPesel = "PL_PESEL", Digits, "PL";
    /// A taxpayer number of Portugal.
    PtNif = "PT_NIF", Digits, "PT";
    /// A personal identity number of Sweden.
    SePersonnummer = "SE_PERSONNUMMER", Digits, "SE";
    /// An organisation number of Sweden.
    SeOrganisationsnummer = "SE_ORGANISATIONSNUMMER", Digits, "SE";
    /// A personal identity code of Finland.
    FiPersonalIdentityCode = "FI_PERSONAL_IDENTITY_CODE", Exact, "FI";
    /// A national identity number of Norway.
    NoFodselsnummer = "NO_FODSELSNUMMER", Digits, "NO";
    /// A personal number of Denmark.
    DkCpr = "DK_CPR", Digits, "DK";
    /// A personal public service number of Ireland.
    IePpsn = "IE_PPSN", Compact, "IE";
    /// A social insurance number of Austria.
    AtSvnr = "AT_SVNR", Digits, "AT";
    /// A social insurance number of Switzerland.
    ChAhv = "CH_AHV", Digits, "CH";
    /// A birth number of Czechia and Slovakia.
    CzBirthNumber = "CZ_BIRTH_NUMBER", Digits, "CZ";
    /// A social security number of Hungary.
    HuTaj = "HU_TAJ", Digits, "HU";
    /// A personal numeric code of Romania.
    RoCnp = "RO_CNP", Digits, "RO";
    /// A civil number of Bulgaria.
    BgEgn = "BG_EGN", Digits, "BG";
    /// A social security number of Greece.
    GrAmka = "GR_AMKA", Digits, "GR";
    /// A personal identification number of Croatia.
    HrOib = "HR_OIB", Digits, "HR";
    /// A citizen number of the successors of Yugoslavia.
    Jmbg = "JMBG", Digits, "RS";
    /// A personal code of Estonia.
    EePersonalCode = "EE_PERSONAL_CODE", Digits, "EE";
    /// A personal code of Lithuania.
    LtPersonalCode = "LT_PERSONAL_CODE", Digits, "LT";
    /// A personal code of Latvia.
    LvPersonalCode = "LV_PERSONAL_CODE", Digits, "LV";
    /// An identity number of Iceland.
    IsKennitala = "IS_KENNITALA", Digits, "IS";
    /// A pension insurance number of Russia.
    RuSnils = "RU_SNILS", Digits, "RU";
    /// A natural person's taxpayer number in Russia.
    RuInn = "RU_INN", Digits, "RU";
    /// A taxpayer card number of Ukraine.
    UaRnokpp = "UA_RNOKPP", Digits, "UA";
    /// An identity number of Turkey.
    TrNationalId = "TR_NATIONAL_ID", Digits, "TR";
    /// An identity number of Israel.
    IlIdNumber = "IL_ID_NUMBER", Digits, "IL";
    /// An Aadhaar number of India.
    InAadhaar = "IN_AADHAAR", Digits, "IN";
    /// A permanent account number of India.
    InPan = "IN_PAN", Compact, "IN";
    /// A goods and services taxpayer number of India.
    InGstin = "IN_GSTIN", Compact, "IN";
    /// A voter card number of India.
    InVoter = "IN_VOTER", Compact, "IN";
    /// An identity number of Singapore.
    SgNricFin = "SG_NRIC_FIN", Compact, "SG";
    /// A resident registration number of Korea.
    KrRrn = "KR_RRN", Digits, "KR";
    /// A foreigner registration number of Korea.
    KrFrn = "KR_FRN", Digits, "KR";
    /// A business registration number of Korea.
    KrBrn = "KR_BRN", Digits, "KR";
    /// A driving licence number of Korea.
    KrDriverLicense = "KR_DRIVER_LICENSE", Digits, "KR";
    /// An identity number of Thailand.
    ThNationalId = "TH_NATIONAL_ID", Digits, "TH";
    /// A resident identity number of China.
    CnResidentId = "CN_RESIDENT_ID", Compact, "CN";
    /// An individual number of Japan.
    JpMyNumber = "JP_MY_NUMBER", Digits, "JP";
    /// An identity number of Taiwan.
    TwNationalId = "TW_NATIONAL_ID", Compact, "TW";
    /// An identity card number of Hong Kong.
    HkId = "HK_ID", Compact, "HK";
    /// An identity card number of Malaysia.
    MyNric = "MY_NRIC", Digits, "MY";
    /// An identity number of Indonesia.
    IdNik = "ID_NIK", Digits, "ID";
    /// A taxpayer number of the Philippines.
    PhTin = "PH_TIN", Digits, "PH";
    /// An identity number of the United Arab Emirates.
    AeEmiratesId = "AE_EMIRATES_ID", Digits, "AE";
    /// An identity number of Saudi Arabia.
    SaNationalId = "SA_NATIONAL_ID", Digits, "SA";
    /// A tax file number of Australia.
    AuTfn = "AU_TFN", Digits, "AU";
    /// A business number of Australia.
    AuAbn = "AU_ABN", Digits, "AU";
    /// A company number of Australia.
    AuAcn = "AU_ACN", Digits, "AU";
    /// A Medicare number of Australia.
    AuMedicare = "AU_MEDICARE", Digits, "AU";
    /// A taxpayer number of New Zealand.
    NzIrd = "NZ_IRD", Digits, "NZ";
    /// An identity number of South Africa.
    ZaIdNumber = "ZA_ID_NUMBER", Digits, "ZA";
    /// An identification number of Nigeria.
    NgNin = "NG_NIN", Digits, "NG";
}

/// Names that another product uses for the same types, accepted in policies.
const ALIASES: [(&str, EntityType); 13] = [
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
    ("US_DRIVER_LICENSE", EntityType::DriverLicense),
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
    pub fn form(self) -> Form {
        self.row().map_or(Form::Exact, |row| row.form)
    }

    /// The form by which two values of this type are compared: case-insensitive for names and e-mail
    /// addresses, digits only for telephone, card and social security numbers, without spaces for IBANs.
    #[must_use]
    pub fn canonical(self, value: &[u8]) -> Vec<u8> {
        match self.form() {
            Form::Exact => value.to_vec(),
            Form::Fold => core::str::from_utf8(value)
                .map_or_else(|_| value.to_ascii_lowercase(), |v| folded(v).into_bytes()),
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
