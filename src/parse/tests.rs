use super::*;
use crate::sources::Span;
use serde_json::{Value, json};
use std::fmt::Write;

fn read(text: &str) -> (Sources, Parsed) {
    read_with(text, &Limits::default())
}

fn read_with(text: &str, limits: &Limits) -> (Sources, Parsed) {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "f", text.as_bytes(), limits);
    (sources, parsed)
}

fn values(parsed: &Parsed) -> Vec<Value> {
    parsed.tree.documents().map(|document| to_json(document, &Skip::default())).collect()
}

fn codes(parsed: &Parsed) -> Vec<&str> {
    parsed.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn own_keys_win_then_the_first_merged_map() {
    let (sources, parsed) = read(
        "x: &x {a: 1, b: 2}\ny: &y {<<: *x, b: 3, c: {d: 4}}\nz:\n  c: 5\n  <<: [*y, *x, {e: 6, a: 7}]\n  '<<': text\n",
    );
    assert_eq!(parsed.problems, []);
    let root = parsed.tree.documents().next().unwrap();
    let z = root.get("z").unwrap();
    // Own keys in their order, then what each merged map adds.
    let told: Vec<_> = z
        .entries()
        .map(|entry| {
            let merged = entry.merged_at.map_or("", |span| sources.text(span));
            (entry.key.text, to_json(entry.value, &Skip::default()), merged, sources.text(entry.key.span))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("c", json!(5), "", "c"),
            ("<<", json!("text"), "", "'<<'"),
            ("b", json!(3), "*y", "b"),
            ("a", json!(1), "*y", "a"),
            ("e", json!(6), "{e: 6, a: 7}", "e"),
        ]
    );
    let a = root.get("x").unwrap().get("a").unwrap();
    assert_eq!(z.get("a").unwrap().id(), a.id(), "the same definition");
    assert_eq!((a.used_at(), z.get("a").unwrap().used_at().map(|span| sources.text(span))), (None, Some("*y")));
}

#[test]
fn a_use_has_an_identity_of_its_own() {
    let (sources, parsed) = read("a: &x {k: 1}\nb: *x\nc: *x\n");
    let root = parsed.tree.documents().next().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|key| root.get(key).unwrap());
    assert_eq!((a.id(), b.id()), (b.id(), c.id()));
    assert!(a.use_id() == a.id() && b.use_id() != c.use_id() && b.use_id() != a.id());
    // What lies inside was reached through the alias, and is no alias.
    let k = b.get("k").unwrap();
    assert_eq!((k.use_id(), k.used_at().map(|span| sources.text(span))), (k.id(), Some("*x")));
    assert_eq!(k.span(), a.get("k").unwrap().span());
}

#[test]
fn a_later_anchor_replaces_an_earlier_one() {
    let (_, parsed) = read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n---\ne: *x\n");
    assert_eq!(values(&parsed), [json!({"a": 1, "b": 1, "c": 2, "d": 2}), json!({})]);
    assert_eq!(codes(&parsed), ["unknown-alias"], "anchors end with their document");
}

#[test]
fn a_bomb_costs_what_it_costs_to_write() {
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..40 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    let (sources, parsed) = read(&text);
    assert_eq!(codes(&parsed), ["alias-limit"], "told once");
    let problem = &parsed.problems[0];
    assert!(problem.help.as_deref().unwrap().contains("--max-alias-expansions"));
    assert_eq!(sources.positions(problem.primary()).0.line, 5, "10 + 110 + 1110 + 11110");
    let most = values(&parsed)[0].to_string().len();
    assert!(most < 200_000, "{most} bytes of JSON");
    // The same for maps merged into each other, which get no deeper.
    for (levels, expected) in [(140, &[][..]), (2_000, &["alias-limit"])] {
        let mut text = String::from("a0: &a0 {k0: 0}\n");
        for level in 1..levels {
            let merged = if level % 2 == 0 { format!("*a{}", level - 1) } else { format!("[*a{}]", level - 1) };
            writeln!(text, "a{level}: &a{level} {{k{level}: 0, <<: {merged}}}").unwrap();
        }
        let (_, parsed) = read(&text);
        assert_eq!(codes(&parsed), expected);
    }
}

#[test]
fn few_aliases_of_something_large_are_a_bomb_too() {
    let text = format!("a: &a '{}'\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 5_000].join(", "));
    let (_, parsed) = read(&text);
    assert_eq!(codes(&parsed), ["alias-limit"]);
    assert!(values(&parsed)[0].to_string().len() < 32 << 20);
}

#[test]
fn depth_counts_brackets_indentation_and_aliases_alike() {
    let limits = Limits { depth: 6, ..Limits::default() };
    let nested = |depth: usize| format!("a: {}{}\n", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert_eq!(codes(&read_with(&nested(6), &limits).1), [] as [&str; 0]);
    assert_eq!(codes(&read_with(&nested(7), &limits).1), ["too-deep"]);
    let (_, parsed) = read_with("a: &a {b: {c: {}}}\nx: {y: *a}\n", &limits);
    assert_eq!(codes(&parsed), [] as [&str; 0]);
    let (sources, parsed) = read_with("a: &a {b: {c: {}}}\nx: {y: {z: {q: *a}}}\n", &limits);
    assert_eq!(codes(&parsed), ["too-deep"]);
    assert_eq!(sources.text(parsed.problems[0].primary()), "*a");
    assert_eq!(values(&parsed), [json!({"a": {"b": {"c": {}}}, "x": {"y": {"z": {}}}})], "only the alias is left out");
    for opening in ["[", "{a: ", "- ", "? ", "&x [", "a:\n "] {
        let (_, parsed) = read_with(&opening.repeat(100_000), &Limits { depth: usize::MAX, ..limits });
        assert!(!parsed.problems.is_empty(), "{opening}");
    }
}

#[test]
fn a_broken_document_does_not_lose_the_others() {
    let (_, parsed) = read("a: 1\n---\nb: [\n---\n# nothing\n---\nc: 1\nc: 2\n...\n---\nd: {e: *f, g: 1}\n");
    assert_eq!(codes(&parsed), ["syntax", "duplicate-key", "unknown-alias"]);
    assert_eq!(values(&parsed), [json!({"a": 1}), json!({"c": 1}), json!({"d": {"g": 1}})]);
}

#[test]
fn files_that_say_nothing_have_no_document() {
    for text in ["", "\u{feff}", "# only\n", "---\n", "\n\n---\n# x\n---\n...\n"] {
        let (_, parsed) = read(text);
        assert_eq!((values(&parsed), codes(&parsed)), (vec![], vec![]), "{text:?}");
    }
    let (_, parsed) = read("--- ~\n");
    assert_eq!(codes(&parsed), ["not-a-map"]);
}

#[test]
fn what_is_no_text_is_told_at_its_byte() {
    for (bytes, at, what) in [
        (&b"a: \xff\n"[..], 3..4, "byte 0xFF is not UTF-8"),
        (b"a: \xe2\x82\n", 3..5, "byte 0xE2 is not UTF-8"),
        (b"a: \xc3\xa9\0b\n", 5..6, "it holds a NUL byte"),
        (b"a: \x1b[0m\n", 3..4, "it holds the control character 0x1B"),
        (b"\xff\xfea\0", 0..2, "it is encoded as UTF-16"),
    ] {
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "f", bytes, &Limits::default());
        assert_eq!(codes(&parsed), ["not-text"]);
        assert_eq!(parsed.problems[0].message, format!("this file is not text: {what}"));
        assert_eq!(parsed.problems[0].primary(), Span::new(at.start, at.end), "offsets are those of the file");
        assert_eq!(sources.get(parsed.source).text().len(), bytes.len());
        assert!(!sources.get(parsed.source).text().contains(['\0', '\x1b']), "nothing that drives a terminal");
    }
}

#[test]
fn a_large_file_is_not_read() {
    let (sources, parsed) = read_with("a: 1\nb: 2\n", &Limits { file_bytes: 9, ..Limits::default() });
    assert_eq!((codes(&parsed), values(&parsed)), (vec!["too-large"], vec![]));
    assert!(parsed.problems[0].help.as_deref().unwrap().contains("--max-file-size"));
    assert_eq!(sources.get(parsed.source).text(), "a: 1");
    assert_eq!(codes(&read_with("a: 1\nb: 2\n", &Limits { file_bytes: 10, ..Limits::default() }).1), [] as [&str; 0]);
}

#[test]
fn comments_know_whether_a_line_is_theirs() {
    let (sources, parsed) = read("# one\na: 1   # two \n  #three\nb: 'x # y'\nc: |\n  # text\n");
    let told: Vec<_> = parsed
        .tree
        .comments()
        .iter()
        .map(|comment| (sources.text(comment.span), &*comment.text, comment.own_line))
        .collect();
    assert_eq!(told, [("# one", "one", true), ("# two ", "two", false), ("#three", "three", true)]);
}

#[test]
fn spans_cover_what_was_written() {
    let (sources, parsed) =
        read("a:\n- x\n-   # c\n  - y\nb: &n !t\n  c: >-  # d\n    e\n    f\n\nd: !reset\ne:\nf: [g,\n  h]  # i\n");
    let root = parsed.tree.documents().next().unwrap();
    let text = |node: Node<'_>| sources.text(node.span()).to_owned();
    assert_eq!(text(root.get("a").unwrap()), "- x\n-   # c\n  - y");
    assert_eq!(text(root.get("a").unwrap().items().nth(1).unwrap()), "- y");
    assert_eq!(text(root.get("b").unwrap()), "c: >-  # d\n    e\n    f");
    assert_eq!(text(root.get("b").unwrap().get("c").unwrap()), ">-  # d\n    e\n    f");
    assert_eq!((text(root.get("d").unwrap()), root.get("d").unwrap().tag()), ("!reset".to_owned(), Some("!reset")));
    let e = root.get("e").unwrap();
    assert_eq!((e.kind(), sources.place(e.span())), (NodeKind::Null, "f:11:3".to_owned()));
    assert_eq!(text(root.get("f").unwrap()), "[g,\n  h]");
}
