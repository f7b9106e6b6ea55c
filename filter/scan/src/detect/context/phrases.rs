//! The words and phrases that say what a value is, by topic.
//!
//! Sources: what issuing authorities call the identifier in their language and in English, its usual
//! abbreviation, and what forms and documents print in front of it. Phrases are written as they are compared
//! (`fold`): small letters, Latin ones without accents, words parted by one space, no plural `s`, and
//! German umlauts also in two letters.

use super::fold::{hash, join};

/// Makes the topics and the table of their phrases.
macro_rules! topics {
    ($($(#[$doc:meta])* $topic:ident: $($phrase:literal),*;)*) => {
        /// What a label says that a value is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::detect) enum Topic {
            $($(#[$doc])* $topic,)*
        }

        /// All phrases of languages that part words.
        const PHRASES: &[(&str, Topic)] = &[$($(($phrase, Topic::$topic),)*)*];
    };
}

topics! {
    // How words behave, rather than what they name.

    /// Words that belong to the label before them.
    Number: "number", "no", "nr", "num", "nummer", "numero", "n", "nro", "numeral", "code", "value", "field", "the",
        "is", "was", "are", "es", "e", "ist", "lautet", "est", "er", "on file", "as", "s", "my", "your", "his", "her", "of",
        "following", "below", "this", "номер", "numer", "cislo", "szam", "stevilka", "broj", "numarasi", "numara", "nomor",
        "so", "and", "or", "und", "oder", "et", "y", "o", "called", "current", "b", "strong", "span", "p", "td", "li";
    /// Words that lead up to a value.
    Link: "at", "on", "to", "via", "under", "unter", "auf", "an", "au", "al", "a", "am", "op",
        "pa", "till", "na", "em", "it", "that";
    /// Of what, the word before says.
    Id: "id", "identifier", "ident", "ref", "kennung";
    /// What a number is that is none of all these.
    Other: "order", "invoice", "imei", "imeisv", "isbn", "issn", "ean", "gtin", "upc", "sku", "asin", "tracking", "shipment",
        "ticket", "case", "transaction", "txn", "serial", "model", "part", "build", "commit", "hash", "uuid", "guid",
        "timestamp", "epoch", "port", "pin", "otp",
        "coordinate", "lat", "lon", "lng", "latitude", "longitude", "price", "amount", "total", "sum", "cost", "balance",
        "usd", "eur", "gbp", "policy", "claim", "contract", "vin", "population", "page", "chapter", "section",
        "paragraph", "flight", "booking", "confirmation", "batch", "lot", "product", "item", "article", "patent", "doi",
        "pmid", "arxiv", "bestellung", "bestellnummer", "bestell", "rechnung", "rechnungs", "auftrag", "auftrags", "kunden",
        "vertrag", "vertrags", "commande", "facture", "pedido", "factura", "fattura", "ordine", "ordre", "faktura",
        "purchase order", "po", "bic", "swift", "duns", "lei", "cusip", "isin", "wkn", "dea", "ndc", "cve", "rfc number",
        "quantity", "qty", "salary", "revenue", "income", "meter", "pixel", "byte", "resolution", "frequency",
        "account id", "customer id", "user id", "session", "request", "trace", "process", "pid", "thread", "offset",
        "length", "size", "count", "score", "score of", "voucher", "coupon", "license key", "product key", "stock",
        "warehouse", "container", "seal", "bill of lading", "awb", "mawb", "vessel", "imo", "mmsi", "icao", "cas",
        "einecs", "phone imei", "phoneimei", "parcel", "apn", "employee", "student", "member", "bates", "docket",
        "version", "release", "firmware", "revision", "kernel", "token", "secret", "password", "passwort", "key", "api key";

    // Core types.

    /// Telephone numbers.
    Phone: "phone", "telephone", "tel", "mobile", "cell", "cellphone", "cellular", "fax", "whatsapp", "sms", "telefax",
        "mob", "ph", "landline", "hotline", "helpline", "callback", "call back", "tele", "telecom", "telefon", "telephonenum",
        "phonenum", "handy", "mobil", "mobiltelefon", "mobilfunk", "festnetz", "rufnummer", "ruf", "durchwahl", "fon",
        "telefono", "movil", "celular", "cellulare", "cel", "fono", "telefonica", "fijo", "portable", "fixe", "telecopie",
        "telefone", "telemovel", "fone", "telefoon", "mobiel", "gsm", "tlf", "telefonnr", "mobilnr", "puhelin", "puh",
        "kannykka", "gsm nr", "komorka", "kom", "tel kom", "telefonu", "cep", "cep telefonu", "telepon", "hp", "ponsel",
        "dien thoai", "sdt", "телефон", "тел", "моб", "мобильный", "факс", "мобільний", "τηλεφωνο", "τηλέφωνο", "τηλ",
        "طلب", "هاتف", "الهاتف", "جوال", "رقم الهاتف", "טלפון", "phone number", "contact number", "contact no", "viber",
        "main line", "direct line", "direct dial", "switchboard", "pager",
        "emergency contact", "emergency line", "extension", "toll free", "tollfree", "msisdn", "voicemail", "telef", "telno",
        "phone no", "fax no", "mobile no", "tel no";
    /// What is said of people as well as of telephones.
    Reach: "call", "contact", "reach", "reachable", "dial", "ring", "text", "message", "answering", "answer", "contacted",
        "calling", "called at", "phoned", "texted", "shout", "anrufen", "rufen", "erreichbar", "erreichen", "kontakt", "appelez",
        "appeler", "joindre", "joignable", "contacter", "llama", "llame", "llamar", "llamame", "contacto", "contactar",
        "chiama", "chiamare", "chiamami", "contatto", "contattare", "ligue", "ligar", "contato", "bel", "bellen", "ring meg",
        "ringa", "soita", "zadzwon", "dzwonic", "zavolejte", "позвоните", "звоните", "line", "desk", "customer service",
        "support team", "front desk", "imessage", "direct", "nursing station", "communication";
    /// What stands behind a telephone number, and before one in a signature.
    Place: "office", "home", "work", "house", "buro", "buero", "privat", "bureau", "domicile", "oficina", "casa", "ufficio";
    /// Payment cards.
    Card: "card", "credit card", "debit card", "creditcard", "cc", "visa", "mastercard", "amex", "american express", "maestro",
        "discover", "diners", "jcb", "unionpay", "kreditkarte", "kreditkarten", "karte", "karten", "carte", "carte bancaire",
        "carte de credit", "tarjeta", "tarjeta de credito", "carta", "carta di credito", "cartao", "kreditkort", "kort", "karta",
        "luottokortti", "pan number", "card number", "cardnumber", "карта", "карты", "creditcardnumber", "gift card";
    /// Social security numbers of the United States.
    Ssn: "ssn", "social security", "soc sec", "socialsecurity", "social sec", "socialnum", "social num", "social number",
        "social", "soc number", "ss", "s s n", "seguro social", "socialsecuritynumber";
    /// Individual taxpayer identification numbers.
    Itin: "itin", "individual taxpayer", "taxpayer identification", "individual tax";
    /// Tax numbers of anywhere.
    TaxId: "tax id", "tax number", "tax no", "tax nr", "taxpayer id", "taxpayer", "tin", "tax identification",
        "tax payer", "tax reference", "tax ref", "taxid", "steuer id", "steueridentifikation";
    /// National identity numbers of anywhere.
    NationalId: "national id", "id number", "national identity", "national identification", "identity card", "id card", "identity",
        "identification", "personal id", "personal identity", "personal identification", "personal code", "citizen id",
        "citizen", "identity document", "nationalid", "personal number", "national insurance", "national number", "idcard",
        "national identity card", "identification card", "government id", "state id", "birth number", "resident id",
        "insurance number", "social insurance", "insured", "carte d identite", "carte identite", "personalausweis",
        "ausweis", "documento de identidad", "documento", "carta identita", "carta d identita", "nid", "foreigner id";
    /// Bank accounts.
    Account: "acct", "bank account", "account number", "account no", "account nr", "accountnumber", "checking account",
        "savings account", "bank number", "bankkonto", "konto", "kontonummer", "compte bancaire", "numero de compte",
        "cuenta bancaria", "numero de cuenta", "conto corrente", "conta corrente", "conta bancaria", "rekeningnummer",
        "bankrekening", "kontonr", "rachunku", "bankaccount", "acct number", "acct no";
    /// Passports.
    Passport: "passport", "passeport", "pasaporte", "passaporto", "passaporte", "reisepass", "reisepasses", "pass nr",
        "pass nummer", "pass", "paspoort", "pas nummer", "pass no", "pasport", "paszport", "paszportu", "pasaport", "passi",
        "passport id", "travel document", "паспорт", "паспорта", "utlevel", "cestovni pas", "putovnica", "διαβατηριο", "جواز";
    /// Driving licences.
    License: "driver license", "drivers license", "driver licence", "drivers licence", "driving license", "driving licence",
        "dl", "driverlicense", "driver lic", "driver s license", "dln", "driver id",
        "driver license number", "drivers lic", "operator license", "fuhrerschein", "fuehrerschein", "permis",
        "permis de conduire", "licencia", "licencia de conducir", "permiso de conducir", "carnet de conducir", "patente",
        "patente di guida", "rijbewijs", "carta de conducao", "cnh", "prawo jazdy", "korkort", "kjennemerke", "ajokortti",
        "driving permit", "driver permit", "learner permit", "driverslicense", "driverlicensenumber";
    /// Licences, of whatever.
    AnyLicense: "license", "licence", "license number", "licence number", "license no", "licence no", "license id";
    /// Number plates.
    Plate: "plate number", "plate no", "license plate", "licence plate", "number plate", "registration plate", "vehicle registration",
        "vehicle reg", "car registration", "vrm", "vrn", "kennzeichen", "kfz kennzeichen", "kfz", "plaque",
        "immatriculation", "plaque d immatriculation", "matricula", "targa", "kenteken", "plaka", "plakasi", "placa",
        "registreringsnummer", "rejestracyjny", "rendszam", "vehicle", "licenseplate", "vehicle number", "reg plate";
    /// Medical records.
    MedicalRecord: "mrn", "medical record", "med rec", "medical rec", "patient mrn", "med record", "medicalrecord", "patient id",
        "patient number", "hospital number", "chart number", "patient identifier", "health record", "medical record number",
        "medical record no", "medical record id", "mrnumber", "patienten";
    /// Dates of birth.
    Born: "born", "born on", "birth", "date of birth", "dob", "d o b", "birth date", "birthdate", "birthday", "dateofbirth",
        "bday", "b day", "geboren", "geb", "geburt", "geburtsdatum", "geburtstag", "ne le", "nee le", "naissance",
        "date de naissance", "nacio", "nacido", "nacida", "nacimiento", "fecha de nacimiento", "nato", "nata", "nato il",
        "nascita", "data di nascita", "nascido", "nascida", "nascimento", "data de nascimento", "geboortedatum",
        "fodt", "fodd", "fodselsdato", "fodelsedatum", "syntynyt", "syntymaaika", "urodzony", "urodzona", "urodzenia",
        "data urodzenia", "narozen", "narozena", "datum narozeni", "szuletett", "szuletesi datum", "nascut", "nascuta",
        "data nasterii", "dogum", "dogum tarihi", "родился", "родилась", "рождения", "дата рождения", "народився",
        "γεννηση", "γέννησης", "تاريخ الميلاد", "ولد", "taarikh", "ngay sinh", "tanggal lahir", "lahir", "kelahiran";
    /// Postal codes.
    PostalCode: "zip", "zip code", "zipcode", "postcode", "post code", "postal code", "postalcode", "postal", "plz", "postleitzahl",
        "code postal", "codepostal", "codigo postal", "codigopostal", "codice postale", "codice di avviamento postale",
        "cod postal", "pincode", "postnummer", "postnr", "postinumero", "kod pocztowy", "kodu pocztowego", "psc",
        "smerovaci cislo", "iranyitoszam", "posta kodu", "postanski broj", "postna stevilka", "postiindeks",
        "pasta indekss", "pasto kodas", "kode pos", "poskod", "почтовый индекс", "поштовий індекс", "пощенски код", "eircode",
        "מיקוד", "الرمز البريدي";
    /// Hardware addresses.
    Mac: "mac", "mac address", "ethernet", "hardware address", "hwaddr", "physical address", "ether", "bssid";
    /// Crypto-currency.
    Wallet: "wallet", "btc", "bitcoin", "ethereum", "eth", "crypto", "litecoin", "blockchain";

    // North America.

    /// ABA routing numbers.
    Routing: "routing", "aba", "rtn", "routing transit", "aba routing", "transit number", "bank routing", "fedwire", "ach";
    /// National provider identifiers.
    Npi: "npi", "national provider", "provider identifier", "national provider identifier", "prescriber";
    /// Medicare beneficiary identifiers.
    Mbi: "mbi", "medicare beneficiary", "medicare id", "beneficiary";
    /// Canadian social insurance numbers.
    Sin: "sin", "social insurance number", "nas", "assurance sociale", "canadian social insurance", "sin number";
    /// Mexican CURP and RFC.
    Mexico: "curp", "rfc", "clave unica";

    // Europe.

    /// National insurance numbers of the United Kingdom.
    Nino: "nino", "ni number", "national insurance number", "nat ins", "insurance no", "ni no";
    /// Numbers of the National Health Service.
    Nhs: "nhs", "national health", "nhs number", "health service", "nhsno";
    /// UTRs of the United Kingdom.
    Utr: "utr", "unique taxpayer", "unique taxpayer reference", "self assessment";
    /// VAT numbers.
    Vat: "vat", "vat id", "vat number", "vat reg", "vat registration", "ust id", "ust idnr", "ust id nr", "ustid", "ust", "umsatzsteuer",
        "mwst", "uid", "tva", "n tva", "numero tva", "iva", "partita iva", "p iva", "piva", "cif", "btw", "moms", "momsnr",
        "nip", "dph", "dic", "afa", "alv", "ндс", "adoszam", "nif iva", "pvm", "kmkr", "ddv", "pdv", "afm", "vatid", "vatin",
        "vatnumber", "cvr";
    /// German numbers of tax, pension and health insurance, and identity cards.
    GermanTax: "steueridentifikationsnummer", "idnr", "id nr", "tin nummer", "identifikationsnummer", "identifikations",
        "steuerid", "steuerliche", "steuer idnr", "steuernummer", "st nr", "stnr";
    /// German pension insurance.
    GermanPension: "rvnr", "rentenversicherung", "rentenversicherungsnummer", "rentenversicherungs", "sozialversicherung",
        "sozialversicherungsnummer", "sozialversicherungs", "sozialversicherungsausweis", "svnr", "sv nummer", "sv nr",
        "versicherungsnummer", "versicherungs", "vsnr";
    /// German health insurance.
    GermanHealth: "kvnr", "krankenkasse", "krankenversicherung", "krankenversicherungs", "krankenversichertennummer",
        "versicherten", "versichertennummer", "gesundheitskarte", "egk", "kv nummer", "health insurance", "krankenversicherten";
    /// German physicians and practices.
    GermanDoctor: "lanr", "arztnummer", "lebenslange arztnummer", "arzt", "bsnr", "betriebsstattennummer", "betriebsstatten",
        "betriebsstaetten", "betriebsstaettennummer", "betriebsstatte", "vertragsarzt";
    /// Identity cards of Germany.
    GermanCard: "personalausweisnummer", "personalausweises", "perso", "ausweis nr", "ausweisnummer", "ausweis nummer",
        "serien", "seriennummer ausweis", "ausweis";
    /// Spanish NIF and NIE.
    Spain: "nif", "dni", "nie", "documento nacional", "nif nie", "dni nie", "numero de identificacion fiscal";
    /// Italian codes.
    Italy: "codice fiscale", "cod fisc", "cf", "c f", "codicefiscale", "fiscal code", "tessera sanitaria", "carta d identita",
        "cie";
    /// French numbers.
    France: "nir", "insee", "securite sociale", "secu", "numero de securite sociale", "carte vitale", "no secu", "spi",
        "numero fiscal", "reference fiscale", "cni";
    /// Dutch numbers.
    Netherlands: "bsn", "burgerservicenummer", "burgerservice", "sofinummer", "sofi", "rsin";
    /// Belgian numbers.
    Belgium: "rijksregister", "rijksregisternummer", "registre national", "niss", "insz", "nn", "numero national";
    /// Polish numbers.
    Poland: "pesel", "regon", "dowod", "dowod osobisty", "dowodu";
    /// Portuguese numbers.
    Portugal: "contribuinte", "numero de contribuinte", "nif pt", "niss pt", "cartao de cidadao", "cc pt", "numero fiscal pt";
    /// Swedish numbers.
    Sweden: "personnummer", "pnr", "samordningsnummer", "organisationsnummer", "organisations", "org nr", "orgnr",
        "company identity code", "samordnings", "orgnummer";
    /// Finnish numbers.
    Finland: "hetu", "henkilotunnus", "henkilotunnu", "sotu", "personbeteckning";
    /// Norwegian numbers.
    Norway: "fodselsnummer", "fodsels", "fnr", "personnr", "d nummer", "dnummer";
    /// Danish numbers.
    Denmark: "cpr", "cpr nr", "cprnr", "personnummer dk", "cpr nummer";
    /// Irish numbers.
    Ireland: "pps", "ppsn", "pps number", "personal public service", "pps no";
    /// Austrian numbers.
    Austria: "ecard", "e card", "svnr at", "sozialversicherungsnummer at", "sozialversicherungsnr";
    /// Swiss numbers.
    Switzerland: "ahv", "avs", "ahv nr", "ahvnr", "navs", "oasi", "no avs";
    /// Czech and Slovak numbers.
    Czechia: "rodne cislo", "rodneho cisla", "rc", "r c", "rodne";
    /// Hungarian numbers.
    Hungary: "taj", "taj szam", "tajszam", "adoazonosito", "ado", "szemelyi szam", "adoazonosito jel";
    /// Romanian numbers.
    Romania: "cnp", "cod numeric personal", "codul numeric personal";
    /// Bulgarian numbers.
    Bulgaria: "egn", "егн", "единен граждански", "лнч", "lnch";
    /// Greek numbers.
    Greece: "amka", "αμκα", "αφμ", "аμκα";
    /// Croatian numbers.
    Croatia: "oib", "osobni identifikacijski broj";
    /// Unique master citizen numbers of former Yugoslavia.
    Jmbg: "jmbg", "emso", "embg", "jmb", "јмбг", "ембг";
    /// Numbers of Estonia.
    Estonia: "isikukood", "isikukoodi", "isiku";
    /// Numbers of Lithuania.
    Lithuania: "asmens kodas", "asmens kodo", "ak";
    /// Numbers of Latvia.
    Latvia: "personas kods", "personas koda";
    /// Numbers of Iceland.
    Iceland: "kennitala", "kt";
    /// Numbers of Russia and Ukraine.
    Russia: "инн", "снилс", "inn", "snils", "рнокпп", "ипн", "іпн", "паспорт рф", "rnokpp", "ogrn", "огрн";

    // Asia, Oceania, Africa, South America.

    /// Turkish numbers.
    Turkey: "tc kimlik", "kimlik", "t c kimlik", "tckn", "tc", "tc no", "turkish id", "kimlik numarasi", "vergi", "vkn",
        "tc kimlik numarasi", "turkish identity", "turkish national";
    /// Israeli numbers.
    Israel: "teudat zehut", "תעודת זהות", "ת ז", "mispar zehut", "israeli id", "מספר זהות";
    /// South African numbers.
    SouthAfrica: "rsa id", "sa id", "south african id", "refugee id", "south african identity";
    /// Indian numbers.
    India: "aadhaar", "aadhar", "adhaar", "uid india", "uidai", "vid", "pan", "permanent account", "pan card", "gstin",
        "gst", "gst number", "epic", "voter", "voter id", "elector", "voter card", "permanent account number";
    /// Singaporean numbers.
    Singapore: "nric", "fin", "uen", "nric fin", "work permit", "unique entity";
    /// Korean numbers.
    Korea: "rrn", "resident registration", "frn", "foreigner registration", "alien registration", "brn", "jumin",
        "business registration", "korean driver license";
    /// Thai numbers.
    Thailand: "thai national id", "thai id", "tnin", "thai id card", "bat prachachon";
    /// Chinese numbers.
    China: "resident identity", "chinese id", "shenfenzheng", "sfz", "resident identity card", "chinese national id";
    /// Japanese numbers.
    Japan: "my number", "mynumber", "kojin bango", "individual number";
    /// Taiwanese, Hong Kong and Malaysian numbers.
    Taiwan: "taiwan id", "hkid", "hong kong id", "hong kong identity", "roc id", "hk id", "mykad", "kad pengenalan", "ic",
        "no kp", "nric malaysia";
    /// Philippine numbers.
    Philippines: "sss", "philhealth", "umid", "philsys", "pag ibig";
    /// Indonesian numbers.
    Indonesia: "nik", "ktp", "npwp", "e ktp", "nomor induk kependudukan";
    /// Tax file numbers of Australia.
    Tfn: "tfn", "tax file number";
    /// Business and company numbers of Australia.
    Abn: "abn", "australian business", "australian business number", "business number";
    Acn: "acn", "australian company", "australian company number", "arbn";
    /// Medicare cards of Australia.
    MedicareCard: "medicare card", "medicare number", "medicare no", "medicare";
    /// Tax numbers of New Zealand.
    Ird: "ird", "ird number", "inland revenue";
    /// Nigerian numbers.
    Nigeria: "nin", "nigerian id", "bvn", "nimc", "national identification number";
    /// Brazilian numbers.
    Brazil: "cpf", "cnpj", "cadastro de pessoa", "cpf mf", "pis", "pasep", "nis", "cpf cnpj";
    /// Numbers of other countries of South America.
    SouthAmerica: "rut", "run", "cuit", "cuil", "cedula", "ruc", "nit", "cedula de identidad", "rol unico";
    /// Numbers of the Gulf states.
    Gulf: "emirates id", "eid", "iqama", "saudi id", "uae id", "qid", "civil id", "cpr bahrain", "الهوية", "رقم الهوية";
}

/// Phrases of languages that do not part words.
const UNPARTED: &[(&str, Topic)] = &[
    ("电话", Topic::Phone),
    ("電話", Topic::Phone),
    ("手机", Topic::Phone),
    ("手機", Topic::Phone),
    ("联系方式", Topic::Phone),
    ("传真", Topic::Phone),
    ("携帯", Topic::Phone),
    ("ファックス", Topic::Phone),
    ("전화", Topic::Phone),
    ("휴대폰", Topic::Phone),
    ("핸드폰", Topic::Phone),
    ("연락처", Topic::Phone),
    ("팩스", Topic::Phone),
    ("โทร", Topic::Phone),
    ("เบอร์", Topic::Phone),
    ("फ़ोन", Topic::Phone),
    ("फोन", Topic::Phone),
    ("मोबाइल", Topic::Phone),
    ("护照", Topic::Passport),
    ("護照", Topic::Passport),
    ("旅券", Topic::Passport),
    ("パスポート", Topic::Passport),
    ("여권", Topic::Passport),
    ("หนังสือเดินทาง", Topic::Passport),
    ("身份证", Topic::China),
    ("身分證", Topic::Taiwan),
    ("身份證", Topic::Taiwan),
    ("公民身份", Topic::China),
    ("マイナンバー", Topic::Japan),
    ("個人番号", Topic::Japan),
    ("주민등록", Topic::Korea),
    ("주민번호", Topic::Korea),
    ("외국인등록", Topic::Korea),
    ("사업자등록", Topic::Korea),
    ("운전면허", Topic::License),
    ("운전면허증", Topic::License),
    ("免許", Topic::License),
    ("驾驶证", Topic::License),
    ("驾照", Topic::License),
    ("ประชาชน", Topic::Thailand),
    ("ประจำตัว", Topic::Thailand),
    ("आधार", Topic::India),
    ("पैन", Topic::India),
    ("पासपोर्ट", Topic::Passport),
    ("生年月日", Topic::Born),
    ("出生", Topic::Born),
    ("生日", Topic::Born),
    ("생년월일", Topic::Born),
    ("วันเกิด", Topic::Born),
    ("जन्म", Topic::Born),
    ("信用卡", Topic::Card),
    ("银行卡", Topic::Card),
    ("卡号", Topic::Card),
    ("クレジットカード", Topic::Card),
    ("카드", Topic::Card),
    ("账号", Topic::Account),
    ("账户", Topic::Account),
    ("口座", Topic::Account),
    ("계좌", Topic::Account),
    ("车牌", Topic::Plate),
    ("〒", Topic::PostalCode),
    ("邮编", Topic::PostalCode),
    ("邮政编码", Topic::PostalCode),
    ("郵遞區號", Topic::PostalCode),
    ("郵便番号", Topic::PostalCode),
    ("우편번호", Topic::PostalCode),
    ("รหัสไปรษณีย์", Topic::PostalCode),
    ("पिन कोड", Topic::PostalCode),
    ("订单", Topic::Other),
    ("注文", Topic::Other),
    ("주문", Topic::Other),
];

/// Buckets of the hash table: a power of two, some five phrases each.
const BUCKETS: usize = 256;

/// Bits of the filter of last words: a power of two, some ten for each.
const LAST_WORDS: usize = 16_384;

/// The phrases by the upper half of their hash, bucket after bucket. That a word of a text has the hash of a phrase by
/// chance is less likely than one in a hundred million.
struct Table {
    /// Where each bucket begins, and the last one ends.
    starts: [u16; BUCKETS + 1],
    hashes: [u32; PHRASES.len()],
    topics: [Topic; PHRASES.len()],
    /// A bit for each word that a phrase ends with, so that most words of a text are looked up nowhere else.
    last_words: [u64; LAST_WORDS / 64],
}

static TABLE: Table = table();

/// The hashes of a phrase and of its last word.
const fn phrase_hash(phrase: &[u8]) -> (u64, u64) {
    let (mut word, mut rest, mut joined) = (phrase, phrase, 0);
    let mut length = 0;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte == b' ' {
            joined = join(joined, hash(word.split_at(length).0));
            (word, length) = (tail, 0);
        } else {
            length += 1;
        }
    }
    let last = hash(word.split_at(length).0);
    (join(joined, last), last)
}

/// Where a word's bit stands.
const fn bit(word: u64) -> (usize, u64) {
    let bit = (word ^ word >> 32) as usize & (LAST_WORDS - 1);
    (bit / 64, 1 << (bit % 64))
}

#[allow(clippy::indexing_slicing, reason = "evaluated when compiled, and masked to the tables' sizes")]
#[allow(long_running_const_eval, reason = "some thousand short words")]
const fn table() -> Table {
    let mut table = Table {
        starts: [0; BUCKETS + 1],
        hashes: [0; PHRASES.len()],
        topics: [Topic::Other; PHRASES.len()],
        last_words: [0; LAST_WORDS / 64],
    };
    let mut hashes = [0; PHRASES.len()];
    let mut n = 0;
    while n < PHRASES.len() {
        let (hash, last) = phrase_hash(PHRASES[n].0.as_bytes());
        hashes[n] = hash;
        table.starts[bucket_of(hash).0 + 1] += 1;
        let (at, bit) = bit(last);
        table.last_words[at] |= bit;
        n += 1;
    }
    // Sizes become places, and each phrase goes to its bucket's next one; where one stands twice, the first is found.
    let mut next = [0; BUCKETS];
    n = 0;
    while n < BUCKETS {
        next[n] = table.starts[n];
        table.starts[n + 1] += table.starts[n];
        n += 1;
    }
    n = 0;
    while n < PHRASES.len() {
        let (bucket, hash) = bucket_of(hashes[n]);
        table.hashes[next[bucket] as usize] = hash;
        table.topics[next[bucket] as usize] = PHRASES[n].1;
        next[bucket] += 1;
        n += 1;
    }
    table
}

/// The bucket of a hash, and what is kept of it.
const fn bucket_of(hash: u64) -> (usize, u32) {
    (hash as usize & (BUCKETS - 1), (hash >> 32) as u32)
}

/// Whether a phrase may end with the word of this hash.
#[inline]
pub(super) fn may_end(word: u64) -> bool {
    let (at, bit) = bit(word);
    TABLE.last_words.get(at).is_some_and(|bits| bits & bit != 0)
}

/// The topic of the phrase with this hash.
pub(super) fn find(hash: u64) -> Option<Topic> {
    let (bucket, hash) = bucket_of(hash);
    let [start, end] =
        [bucket, bucket + 1].map(|n| TABLE.starts.get(n).map_or(0, |start| usize::from(*start)));
    let found = TABLE.hashes.get(start..end)?.iter().position(|known| *known == hash)?;
    TABLE.topics.get(start + found).copied()
}

/// The topic of the phrase that `text` begins with, and its length.
pub(super) fn unparted(text: &[u8]) -> Option<(Topic, usize)> {
    let lead = text.get(..3)?;
    let begins = |phrase: &&(&str, Topic)| {
        let phrase = phrase.0.as_bytes();
        phrase.get(..3) == Some(lead) && text.starts_with(phrase)
    };
    UNPARTED.iter().find(begins).map(|(phrase, topic)| (*topic, phrase.len()))
}

/// All phrases, for the test that they are written as they are compared.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (&'static str, Topic)> {
    PHRASES.iter().copied()
}
