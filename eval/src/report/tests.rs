//! The whole report over a folder of made-up sets.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::data::{Data, DataError};
use crate::detector::Detector;

fn write(folder: &Path, name: &str, rows: &[serde_json::Value]) {
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let file = std::fs::File::create(folder.join(name)).unwrap();
    if name.ends_with(".gz") {
        GzEncoder::new(file, Compression::fast()).write_all(lines.as_bytes()).unwrap();
    } else {
        (&file).write_all(lines.as_bytes()).unwrap();
    }
}

fn report(folder: &Path, detector: &Detector) -> String {
    let data = Data::read(folder, detector).unwrap_or_else(|e| panic!("{e}"));
    super::all(&data, detector, "2001-02-03")
}

/// The cells of the first line that begins with this cell.
fn cells(report: &str, first: &str) -> Vec<String> {
    let mut lines =
        report.lines().map(|line| line.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>());
    let found = lines.find(|cells| cells.get(1).is_some_and(|c| c == first));
    found.unwrap_or_else(|| panic!("no line {first}:\n{report}"))[2..].to_vec()
}

#[test]
fn every_kind_of_set_comes_into_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let key = ["ghp", "_", &"a1B2c3D4e5F6".repeat(3)].concat();
    let email = json!({"start": 3, "end": 18, "type": "EMAIL"});
    write(
        folder.path(),
        "pii_one.jsonl",
        &[
            json!({"text": "ü: ada@example.com", "spans": [email]}),
            json!({"text": "bob@example.com", "spans": []}),
            json!({"text": "nobody", "spans": [{"start": 0, "end": 6, "type": "EMAIL"}]}),
        ],
    );
    write(
        folder.path(),
        "pii_x_recognizer_tests.jsonl",
        &[
            json!({"text": "192.0.2.7", "scope": ["IP"],
                "spans": [{"start": 0, "end": 9, "type": "IP", "score_hi": 0.1}]}),
            json!({"text": "a@example.com 192.0.2.8", "spans": [], "scope": ["IP"]}),
            json!({"text": "x", "spans": [{"start": 0, "end": 1, "type": "UNHEARD_OF"}], "scope": ["UNHEARD_OF"]}),
        ],
    );
    write(folder.path(), "ner_one.jsonl", &[json!({"text": "x", "spans": [], "scope": ["PERSON"]})]);
    write(
        folder.path(),
        "secrets_one.jsonl.gz",
        &[json!({"text": key, "label": 1}), json!({"text": "nothing", "label": 0})],
    );
    write(
        folder.path(),
        "inj_one.jsonl",
        &[json!({"text": "do as I say", "label": 1}), json!({"text": format!("see {key}"), "label": 0})],
    );
    let out = report(folder.path(), &Detector::default());
    assert!(out.contains("As of 2001-02-03."), "{out}");
    assert_eq!(cells(&out, "pii_one")[..5], ["all", "2", "0.500", "0.500", "0.500"]);
    let (_, unlabelled) = out.split_once("| under no label").unwrap();
    assert_eq!(cells(unlabelled, "pii_one")[..7], ["all", "1", "1", "1", "1.000", "0.500", "0.667"]);
    assert_eq!(cells(&out, "IP")[..], ["2", "0", "0", "0", "1", "0.000", "1/1", ""]);
    assert!(out.contains("UNHEARD_OF (1)"), "{out}");
    assert_eq!(cells(&out, "ner_one")[..3], ["PERSON", "0", "–"]);
    assert_eq!(cells(&out, "secrets_one")[..7], ["1", "1", "1", "0", "1.000", "1.000", "1.000"]);
    assert_eq!(cells(&out, "inj_one")[..3], ["1", "1", "10000.0"]);
}

#[test]
fn the_injection_score_is_measured_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let row = |text: &str, label| json!({"text": text, "label": label, "source": "made up"});
    write(folder.path(), "inj_a.jsonl", &[row("9", 1), row("4", 1), row("5", 0), row("1", 0)]);
    write(folder.path(), "inj_b.jsonl", &[row("8", 1)]);
    write(folder.path(), "inj_notinject.jsonl", &[row("8", 0), row("0", 0)]);
    let mut detector = Detector::default();
    detector.injection = Some(|text| text.parse::<f32>().unwrap() / 10.0);
    let out = report(folder.path(), &detector);
    let (_, section) = out.split_once("## Injection score").unwrap();
    assert_eq!(cells(section, "inj_a")[..6], ["2", "2", "0.750", "0.500", "0.500", "0.000"]);
    assert_eq!(cells(section, "inj_b")[..6], ["1", "0", "1.000", "1.000", "1.000", "–"]);
    assert_eq!(cells(section, "all but notinject")[..6], ["3", "2", "0.833", "0.667", "0.667", "0.000"]);
    assert_eq!(cells(section, "inj_notinject")[..6], ["0", "2", "–", "–", "–", "0.500"]);
    assert_eq!(cells(&out, "injection, AUC"), ["all but notinject", "0.985", "0.833", "no", ""]);
}

#[test]
fn data_that_cannot_be_read_is_said_with_its_line() {
    let detector = Detector::default();
    let read = |rows: &[serde_json::Value]| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "pii_one.jsonl", rows);
        Data::read(folder.path(), &detector).err()
    };
    let good = json!({"text": "a", "spans": []});
    assert!(matches!(read(&[good.clone(), json!({"spans": []})]), Some(DataError::Row(_, 2, _))));
    for (start, end) in [(0, 2), (1, 0), (0, 0)] {
        let bad = json!({"text": "ü", "spans": [{"start": start, "end": end, "type": "EMAIL"}]});
        assert!(matches!(read(&[good.clone(), bad]), Some(DataError::Span(_, 2))), "{start} {end}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Data::read(empty.path(), &detector), Err(DataError::Empty(_))));
}

#[test]
fn what_was_missed_and_what_is_wrong_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "pii_one.jsonl",
        &[json!({"text": "nobody\nhere bob@example.com",
            "spans": [{"start": 0, "end": 6, "type": "EMAIL"}]})],
    );
    let detector = Detector::default();
    let data = Data::read(folder.path(), &detector).unwrap_or_else(|e| panic!("{e}"));
    let shown = crate::show::wrong(&data, "pii_one", &detector);
    assert_eq!(
        shown,
        "missed\tEMAIL\t⟦nobody⟧\\nhere bob@example.com\nwrong\tEMAIL (EMAIL)\tnobody\\nhere ⟦bob@example.com⟧\n"
    );
    assert_eq!(crate::show::wrong(&data, "pii_two", &detector), "");
}
