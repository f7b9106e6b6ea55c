//! The lexicon and the weights are what `privet-train names` makes: the same rows, lists, seed and code give
//! the same bytes. The sample in `names/` is made up; `PRIVET_REWRITE=1` writes its digests anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use privet_core::detect::names::lexicon::Lexicon;
use privet_core::detect::words::hash;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/names")
}

/// Trains on the sample; the two files it wrote.
fn trained(out: &str) -> [Vec<u8>; 2] {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(out);
    std::fs::create_dir_all(&out).expect("a folder");
    let done = Command::new(env!("CARGO_BIN_EXE_privet-train"))
        .args(["names", "--data"])
        .arg(sample().join("data"))
        .arg("--lists")
        .arg(sample().join("lists"))
        .arg("--out")
        .arg(&out)
        .status()
        .expect("the tool");
    assert!(done.success());
    ["names.bin", "tagger.bin"].map(|name| std::fs::read(out.join(name)).expect(name))
}

#[test]
fn the_same_sample_gives_the_same_bytes_every_time() {
    let [lexicon, weights] = trained("first");
    assert_eq!([lexicon.clone(), weights.clone()], trained("second"));
    let digests = format!("{:016x} {:016x}\n", hash(&lexicon), hash(&weights));
    let golden = sample().join("digests.txt");
    if std::env::var_os("PRIVET_REWRITE").is_some() {
        std::fs::write(&golden, &digests).expect("the golden file");
    }
    assert_eq!(digests, std::fs::read_to_string(golden).expect("the golden file"));
}

#[test]
fn the_sample_lexicon_knows_its_names() {
    let [lexicon, _] = trained("lexicon");
    let lexicon = Lexicon::new(&lexicon);
    assert_eq!(lexicon.get(hash(b"ADA")).first(), 3);
    assert_eq!(lexicon.get(hash(b"Marsh")).last(), 2);
    assert_eq!(lexicon.get(hash(b"Vole")).last(), 0);
    assert_eq!(lexicon.get(hash(b"newland")).place(), 3);
}
