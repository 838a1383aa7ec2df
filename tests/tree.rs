//! The tree says what was written, and each of its spans says where.

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
        ("7", json!(7)), ("-3", json!(-3)), ("0.5", json!(0.5)), ("true", json!(true)), ("~", json!(null)), ("null", json!(null)),
        ("yes", json!("yes")), ("22:22", json!("22:22")), ("a b", json!("a b")), ("é😀", json!("é😀")), ("x#y", json!("x#y")),
        ("'it''s: [1] # no'", json!("it's: [1] # no")), ("\"\\u00e9\\n\\\"\"", json!("é\n\"")), ("''", json!("")), ("\"12\"", json!("12")),
        ("!t x", json!("x")), ("!!str 5", json!("5")), ("9223372036854775808", json!(9_223_372_036_854_775_808_u64 as f64)),
    ]);
    plain.prop_map(|(text, value)| Written::Scalar(value, text.to_owned()))
}

fn trees() -> impl Strategy<Value = Written> {
    let style = prop::sample::select(vec![Style::Block, Style::Flat, Style::Flow]);
    let literal = prop::collection::vec("[a-zé:#-]{1,6}( [a-z]{1,4})?", 1..4).prop_map(Written::Literal);
    let leaf = prop_oneof![6 => scalars(), 1 => literal];
    let tree = leaf.prop_recursive(5, 40, 5, move |inner| {
        let key = "[a-zé][a-z_é]{0,5}|'q \"k'|\"d:k\"";
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), style.clone()).prop_map(|(items, style)| Written::List(items, style)),
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
                let name = |key: &str| key.trim_matches(['\'', '"']).replace("d:k", "d:k");
                Value::Object(entries.iter().map(|(key, value)| (name(key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).unwrap_or(key)), value.value())).collect())
            }
        }
    }

    /// The text after `key:` or `-`, and whether it begins with its own line break.
    fn emit(&self, out: &mut String, indent: usize, in_flow: bool) {
        match self {
            Self::Scalar(_, text) => out.push_str(text),
            Self::Literal(lines) if in_flow => {
                let text = Value::from(lines.join("\n") + "\n").to_string();
                out.push_str(&text);
            }
            Self::Literal(lines) => {
                out.push('|');
                for line in lines {
                    write!(out, "\n{:indent$}{line}", "", indent = indent + 2).unwrap();
                }
            }
            Self::List(items, style) if in_flow || *style == Style::Flow || items.is_empty() => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    item.emit(out, indent, true);
                }
                out.push(']');
            }
            Self::Map(entries, style) if in_flow || *style == Style::Flow || entries.is_empty() => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { ", " });
                    write!(out, "{key}: ").unwrap();
                    value.emit(out, indent, true);
                }
                out.push('}');
            }
            Self::List(items, _) => {
                for item in items {
                    write!(out, "\n{:indent$}- ", "").unwrap();
                    item.emit_inside(out, indent + 2, indent + 2);
                }
            }
            Self::Map(entries, _) => {
                for (key, value) in entries {
                    write!(out, "\n{:indent$}{key}: ", "").unwrap();
                    let flat = matches!(value, Self::List(items, Style::Flat) if !items.is_empty());
                    value.emit_inside(out, if flat { indent } else { indent + 2 }, indent);
                }
            }
        }
        if indent == 0 && !in_flow {
            out.push_str(" # end\n");
        }
    }

    fn emit_inside(&self, out: &mut String, indent: usize, literal: usize) {
        match self {
            Self::Literal(_) => self.emit_at(out, literal),
            _ => self.emit_at(out, indent),
        }
    }

    fn emit_at(&self, out: &mut String, indent: usize) {
        let before = out.len();
        self.emit(out, indent, false);
        // The comment of the outermost level belongs there alone.
        if indent == 0 && out[before..].ends_with(" # end\n") {
            out.truncate(out.len() - " # end\n".len());
        }
    }

    fn document(&self) -> String {
        let mut out = String::from("# start\n---");
        self.emit(&mut out, 0, false);
        match self {
            Self::List(_, Style::Flow) | Self::Map(_, Style::Flow) => out.replacen("---", "--- ", 1),
            _ => out,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

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
    if !span.is_empty() {
        // Later lines of a block are indented as they stand, so the first has to be moved to its column.
        let column = sources.positions(span).0.column - 1;
        let alone = format!("- \n{:column$}{}\n", "", sources.text(span)).split_off(3);
        let is_block = alone.contains('\n') && column > 0;
        let text = if is_block { alone } else { sources.text(span).to_owned() };
        let wrapped = if sources.text(span).starts_with(['|', '>']) { text } else { format!("--- # x\n{text}\n") };
        let wrapped = if wrapped.trim_start().starts_with('|') { format!("--- {}", wrapped.trim_start()) } else { wrapped };
        let mut again = Sources::default();
        let parsed = parse(&mut again, "span.yaml", wrapped.as_bytes(), &Limits::default());
        if matches!(node.kind(), NodeKind::Map | NodeKind::List) {
            let root = parsed.tree.documents().next();
            let value = root.map(|root| to_json(root, &Skip::default()));
            prop_assert_eq!(value, Some(to_json(node, &Skip::default())), "{:?} in {:?}", wrapped, source.text());
        }
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
