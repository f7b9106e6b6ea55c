//! The columns of `data/east_asian.txt`, as `src/packed/east_asian.rs` describes them.

/// The names of the lines of `text`, in the order of their characters.
pub(crate) fn columns(text: &str) -> [Vec<u8>; 4] {
    let mut names: Vec<(Vec<u16>, u8)> = Vec::new();
    for (kind, line) in (0..).zip(text.lines()) {
        // The first word says what kind the names are of.
        names.extend(line.split(' ').skip(1).map(|name| (name.encode_utf16().collect(), kind)));
    }
    names.sort();
    let mut columns: [Vec<u8>; 4] = Default::default();
    let mut last: &[u16] = &[];
    for (name, kind) in &names {
        let shared = name.iter().zip(last).take_while(|(a, b)| a == b).count().min(15);
        let rest = &name[shared..];
        columns[0].push((shared as u8) << 4 | kind);
        columns[1].push(u8::try_from(rest.len()).expect("names are short"));
        columns[2].extend(rest.iter().map(|code| (code >> 8) as u8));
        columns[3].extend(rest.iter().map(|code| *code as u8));
        last = name;
    }
    columns
}
