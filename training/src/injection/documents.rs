//! Made-up harmless documents: tables, lists, code, logs, mails, pages.

use super::learn::Random;
use super::made_up::{Words, fill};

/// Words of a trade, for cells and names.
const NOUNS: &str = "apple bolt cable dock engine field gear hotel island jacket kettle lamp motor nail oven pump \
    quartz rail screw tower unit valve wheel yard zone north south blue red total price rate count size name date \
    value id type key user status order city year team score result note index item group level time code";

fn noun(random: &mut Random) -> &'static str {
    let all: Vec<&str> = NOUNS.split_whitespace().collect();
    all[random.below(all.len())]
}

fn number(random: &mut Random) -> String {
    match random.below(4) {
        0 => format!("{}", random.below(10)),
        1 => format!("{}.{:02}", random.below(1000), random.below(100)),
        2 => format!("{},{:03}", random.below(100), random.below(1000)),
        _ => format!("{}-{:02}-{:02}", 1990 + random.below(40), 1 + random.below(12), 1 + random.below(28)),
    }
}

fn cell(random: &mut Random) -> String {
    match random.below(3) {
        0 => number(random),
        1 => noun(random).to_owned(),
        _ => format!("{} {}", noun(random), noun(random)),
    }
}

fn table(random: &mut Random, begin: &str, between: &str, end: &str) -> String {
    let columns = 2 + random.below(6);
    let rows = 3 + random.below(25);
    let row = |random: &mut Random| {
        let cells: Vec<String> = (0..columns).map(|_| cell(random)).collect();
        format!("{begin}{}{end}\n", cells.join(between))
    };
    (0..rows).map(|_| row(random)).collect()
}

fn code(random: &mut Random) -> String {
    let mut out = String::new();
    for _ in 0..2 + random.below(8) {
        let (a, b, c) = (noun(random), noun(random), noun(random));
        let n = number(random);
        out += &match random.below(8) {
            0 => format!(
                "def {a}_{b}({c}, new_{a}=None):\n    if not {c}:\n        return None\n    {a} = [x for x in {c} if x > {n}]\n    return {a}\n\n"
            ),
            1 => format!(
                "import {a}\nfrom {b} import {c} as {a}\nwith open(\"{b}.txt\") as f:\n    print(f.read())\n"
            ),
            2 => format!(
                "function {a}({b}) {{\n  const {c} = {b}.map(x => x.{a});\n  return {{ {c}: {c}, \"{a}\": {n} }};\n}}\n"
            ),
            3 => format!("SELECT {a}, COUNT(*) FROM {b} WHERE {c} > {n} GROUP BY {a} ORDER BY 2 DESC;\n"),
            4 => format!(
                "// override the {a} of {b}\n@Override\npublic void {a}(String {c}) {{ System.out.println(\"{b}: \" + {c}); }}\n"
            ),
            5 => format!(
                "$ ./configure --with-{a} && make {b} && sudo make install\nerror: {c}.h: No such file or directory\n"
            ),
            6 => format!(
                "```\n>>> {a} = {b}({n})\n>>> {a}.{c}\nTraceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\nValueError: {c} error\n```\n"
            ),
            _ => format!("#include <{a}.h>\nint main(void) {{ /* ignore {b} */ return {c}({n}); }}\n"),
        };
    }
    out
}

fn log(random: &mut Random) -> String {
    let line = |random: &mut Random| {
        let level = ["INFO", "WARN", "ERROR", "DEBUG"][random.below(4)];
        format!(
            "{} [{level}] {}: {} {} ({}={})\n",
            number(random),
            noun(random),
            noun(random),
            noun(random),
            noun(random),
            number(random)
        )
    };
    (0..3 + random.below(20)).map(|_| line(random)).collect()
}

fn json(random: &mut Random) -> String {
    let one = |random: &mut Random| {
        let members: Vec<String> =
            (0..2 + random.below(5)).map(|_| format!("\"{}\": \"{}\"", noun(random), cell(random))).collect();
        format!("{{{}}}", members.join(", "))
    };
    let all: Vec<String> = (0..1 + random.below(8)).map(|_| one(random)).collect();
    format!("[{}]", all.join(",\n"))
}

fn page(words: &Words, random: &mut Random) -> String {
    let mut out = format!("<html><head><title>{}</title></head><body>", noun(random));
    for _ in 0..1 + random.below(6) {
        let text = fill("{benigntask}. The {topic} page.", words, random);
        out += &format!(
            "<h2>{}</h2>\n<p class=\"{}\">{text}</p>\n<a href=\"https://{}.example/{}\">{}</a><!-- {} -->\n",
            noun(random),
            noun(random),
            noun(random),
            noun(random),
            noun(random),
            noun(random)
        );
    }
    out + "</body></html>"
}

fn mail(words: &Words, random: &mut Random) -> String {
    let body = "Hi (team|Anna|all|Mr Brown|there),\n\n(thanks for|this is about|we received|please find attached) (your order|the {thing}|the invoice|your question) (on|about|for) {topic}. \
        (You can|Please) (view|change|manage|confirm) your (order|account|booking|preferences) (online|in the app|by replying to this email). \
        (If you have|In case of) (any|) questions, (just reply to this email|contact our support team|call us). \
        (We will|I'll) send (you|) (the|an) (update|reminder|link) (soon|on Monday|before the deadline). \
        (Do not share your password with anyone.|You are receiving this email because you signed up.|Unsubscribe at any time.|Ignore this message if you did not request it.|)\n\n\
        (Best regards|Kind regards|Thanks|Cheers),\n(John|The support team|Maria|Peter Jones)";
    let head = "(SUBJECT|Subject|Re): (Your|New|Update on the) {thing} (about|for) {topic}(\\n| |FROM: ) (From: info@shop.example\\n|To: anna@firm.example\\n|)";
    (fill(head, words, random) + &fill(body, words, random)).replace("\\n", "\n")
}

/// A document.
pub(crate) fn document(words: &Words, random: &mut Random) -> String {
    match random.below(10) {
        0 => table(random, "| ", " | ", " |"),
        1 => table(random, "", ",", ""),
        2 => table(random, "<tr><td>", "</td><td>", "</td></tr>"),
        3 => table(random, "- ", ": ", ""),
        4 => json(random),
        5 => log(random),
        6 => page(words, random),
        7 | 8 => code(random),
        _ => mail(words, random),
    }
}
