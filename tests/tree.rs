//! The tree says what was written, and each of its spans says where.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod parsing;

use premortem::parse::{Limits, Node, NodeKind, Skip, parse, to_json};
use premortem::sources::Sources;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;

/// A value and how to write it.
#[derive(Clone, Debug)]
enum Written {
    Scalar(Value, String),
    /// In a block, lines.
    Literal(Vec<String>),
    List(Vec<Written>, Style),
    Map(Vec<(String, Written)>, Style),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    Block,
    /// A list at the indentation of its key.
    Flat,
    Flow,
}

fn scalars() -> impl Strategy<Value = Written> {
    let plain = prop::sample::select(vec![
        ("7", json!(7)),
        ("-3", json!(-3)),
        ("0.5", json!(0.5)),
        ("true", json!(true)),
        ("~", json!(null)),
        ("null", json!(null)),
        ("yes", json!("yes")),
        ("22:22", json!("22:22")),
        ("a b", json!("a b")),
        ("é😀", json!("é😀")),
        ("x#y", json!("x#y")),
        ("'it''s: [1] # no'", json!("it's: [1] # no")),
        ("\"\\u00e9\\n\\\"\"", json!("é\n\"")),
        ("''", json!("")),
        ("\"12\"", json!("12")),
        ("!t x", json!("x")),
        ("!!str 5", json!("5")),
        ("9223372036854775808", json!(9_223_372_036_854_775_808.0)),
    ]);
    plain.prop_map(|(text, value)| Written::Scalar(value, text.to_owned()))
}

fn trees() -> impl Strategy<Value = Written> {
    let style = prop::sample::select(vec![Style::Block, Style::Flat, Style::Flow]);
    let literal = prop::collection::vec("[a-zé:#-]{1,6}( [a-z]{1,4})?", 1..4).prop_map(Written::Literal);
    let leaf = prop_oneof![6 => scalars(), 1 => literal];
    let tree = leaf.prop_recursive(5, 40, 5, move |inner| {
        let key = "[a-zé][a-z_é]{0,5}|'q: k'|\"d #k\"";
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), style.clone())
                .prop_map(|(items, style)| Written::List(items, style)),
            (prop::collection::btree_map(key, inner, 0..5), style.clone())
                .prop_map(|(entries, style)| Written::Map(entries.into_iter().collect(), style)),
        ]
    });
    // A document is a map or a list.
    tree.prop_map(|tree| match tree {
        Written::List(items, _) if items.is_empty() => Written::Map(vec![], Style::Flow),
        Written::List(..) | Written::Map(..) => tree,
        other => Written::List(vec![other], Style::Block),
    })
}

impl Written {
    fn value(&self) -> Value {
        match self {
            Self::Scalar(value, _) => value.clone(),
            Self::Literal(lines) => Value::from(lines.join("\n") + "\n"),
            Self::List(items, _) => items.iter().map(Self::value).collect(),
            Self::Map(entries, _) => {
                let entries =
                    entries.iter().map(|(key, value)| (key.trim_matches(['\'', '"']).to_owned(), value.value()));
                Value::Object(entries.collect())
            }
        }
    }

    fn is_block(&self) -> bool {
        match self {
            Self::Scalar(..) => false,
            Self::Literal(_) => true,
            Self::List(items, style) => !items.is_empty() && *style != Style::Flow,
            Self::Map(entries, style) => !entries.is_empty() && *style != Style::Flow,
        }
    }

    /// On one line.
    fn flow(&self) -> String {
        match self {
            Self::Scalar(_, text) => text.clone(),
            Self::Literal(lines) => Value::from(lines.join("\n") + "\n").to_string(),
            Self::List(items, _) => format!("[{}]", items.iter().map(Self::flow).collect::<Vec<_>>().join(", ")),
            Self::Map(entries, _) => {
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {}", value.flow())).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    /// As lines of their own, each ended.
    fn block(&self, indent: usize, out: &mut String) {
        match self {
            Self::List(items, _) if self.is_block() => {
                for item in items {
                    write!(out, "{:indent$}-", "").unwrap();
                    item.after(indent, indent + 2, out);
                }
            }
            Self::Map(entries, _) if self.is_block() => {
                for (key, value) in entries {
                    write!(out, "{:indent$}{key}:", "").unwrap();
                    let is_flat = matches!(value, Self::List(_, Style::Flat));
                    value.after(indent, if is_flat { indent } else { indent + 2 }, out);
                }
            }
            _ => writeln!(out, "{:indent$}{} # end", "", self.flow()).unwrap(),
        }
    }

    /// After a key or dash at `outer`, with its own lines at `indent`.
    fn after(&self, outer: usize, indent: usize, out: &mut String) {
        match self {
            Self::Literal(lines) => {
                out.push_str(" |  # text\n");
                for line in lines {
                    writeln!(out, "{:width$}{line}", "", width = outer + 1).unwrap();
                }
            }
            _ if self.is_block() => {
                out.push('\n');
                self.block(indent, out);
            }
            _ => writeln!(out, " {}  # value", self.flow()).unwrap(),
        }
    }

    fn document(&self) -> String {
        let mut out = String::from("# start\n");
        self.block(0, &mut out);
        out
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read_and_every_span_is_its_value(tree in trees()) {
        let text = tree.document();
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            let mut sources = Sources::default();
            let parsed = parsing::check(text.as_bytes());
            prop_assert_eq!(&parsed.problems, &[], "{}", text);
            let parsed = parse(&mut sources, "t.yaml", text.as_bytes(), &Limits::default());
            let root = parsed.tree.documents().next().unwrap();
            prop_assert_eq!(to_json(root, &Skip::default()), tree.value(), "{}", text);
            prop_assert_eq!(parsed.tree.documents().count(), 1);
            prop_assert!(parsed.tree.comments()[0].own_line && !parsed.tree.comments().iter().skip(1).any(|comment| comment.own_line));
            spans_read_back(&sources, root)?;
        }
    }
}

/// The text of each span, alone in a file, is the same value.
fn spans_read_back(sources: &Sources, node: Node<'_>) -> Result<(), TestCaseError> {
    let span = node.span();
    let source = sources.file_of(span);
    if matches!(node.kind(), NodeKind::Map | NodeKind::List) {
        // Later lines of a block are indented as they stand, so the first has to stand at its column.
        let column = sources.positions(span).0.column - 1;
        let column =
            if source.text().starts_with('\u{feff}') && sources.positions(span).0.line == 1 { 0 } else { column };
        let alone = format!("{:column$}{}", "", sources.text(span));
        let mut again = Sources::default();
        let parsed = parse(&mut again, "span.yaml", alone.as_bytes(), &Limits::default());
        let value = parsed.tree.documents().next().map(|root| to_json(root, &Skip::default()));
        prop_assert_eq!(value, Some(to_json(node, &Skip::default())), "{:?} in {:?}", alone, source.text());
    } else if !sources.text(span).starts_with('|') {
        let alone = format!("- {} {}", node.tag().unwrap_or_default(), sources.text(span));
        let mut again = Sources::default();
        let parsed = parse(&mut again, "span.yaml", alone.as_bytes(), &Limits::default());
        let value = parsed
            .tree
            .documents()
            .next()
            .and_then(|root| root.items().next())
            .map(|item| to_json(item, &Skip::default()));
        prop_assert_eq!(value, Some(to_json(node, &Skip::default())), "{:?} in {:?}", alone, source.text());
    } else {
        let lines: Vec<_> = sources.text(span).lines().skip(1).map(str::trim_start).collect();
        prop_assert_eq!(lines.join("\n") + "\n", node.raw());
    }
    for entry in node.entries() {
        let key = sources.text(entry.key.span).trim_matches(['\'', '"']);
        prop_assert_eq!(key, entry.key.text);
        spans_read_back(sources, entry.value)?;
    }
    for item in node.items() {
        spans_read_back(sources, item)?;
    }
    Ok(())
}
