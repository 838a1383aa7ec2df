//! Changes to files: they say what was wished and nothing else, in any layout.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod random_design;

use premortem::edit::{Slot, Wish, mend};
use premortem::parse::{Limits, Skip, parse, to_json};
use premortem::sources::Sources;
use random_design::{Random, Taste, random_design};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// What a text says and its comments.
fn read(text: &str) -> (Value, Vec<String>) {
    let parsed = parse(&mut Sources::default(), "a.arch.yaml", text.as_bytes(), &Limits::default());
    assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
    let root = parsed.tree.documents().next().unwrap();
    let comments = parsed.tree.comments().iter().map(|comment| comment.text.clone()).collect();
    (to_json(root, &Skip::default()), comments)
}

/// Writes a value as YAML in a layout of its own, with a comment wherever one may stand.
struct Writer<'r> {
    random: &'r mut Random,
    text: String,
    comments: usize,
    line_break: &'static str,
}

impl Writer<'_> {
    fn comment(&mut self) {
        if self.random.chance(20) {
            self.comments += 1;
            write!(self.text, " # note {}: {{a, - b}}", self.comments).unwrap();
        }
    }

    fn end_line(&mut self, indent: usize) {
        self.comment();
        self.text.push_str(self.line_break);
        if self.random.chance(10) {
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str("# above");
            self.text.push_str(self.line_break);
        }
        if self.random.chance(5) {
            self.text.push_str(self.line_break);
        }
    }

    fn scalar(&mut self, value: &Value) {
        let written = match value {
            Value::String(text) if self.random.chance(20) => format!("'{text}'"),
            Value::String(text) if self.random.chance(20) => format!("\"{text}\""),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.text.push_str(&written);
    }

    fn flow(&mut self, value: &Value) {
        let gap = if self.random.chance(30) { " " } else { "" };
        match value {
            Value::Object(entries) => {
                self.text.extend(["{", gap]);
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.text.push_str(if index > 0 { ", " } else { "" });
                    self.scalar(&json!(key));
                    match value {
                        Value::Null if self.random.chance(50) => {}
                        Value::Null if self.random.chance(50) => self.text.push_str(": "),
                        value => {
                            self.text.push_str(": ");
                            self.flow(value);
                        }
                    }
                }
                self.text.push_str(if gap == " " && !entries.is_empty() && self.random.chance(50) { "," } else { "" });
                self.text.extend([gap, "}"]);
            }
            Value::Array(items) => {
                self.text.extend(["[", gap]);
                for (index, item) in items.iter().enumerate() {
                    self.text.push_str(if index > 0 { ", " } else { "" });
                    self.flow(item);
                }
                self.text.extend([gap, "]"]);
            }
            scalar => self.scalar(scalar),
        }
    }

    /// Behind a key or a dash: on the same line, or below.
    fn value(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(entries) if !entries.is_empty() && self.random.chance(70) => {
                self.end_line(indent);
                let step = indent + 1 + self.random.below(4);
                self.block(entries, step);
            }
            Value::Array(items) if !items.is_empty() && self.random.chance(50) => {
                self.end_line(indent);
                // A list may begin where its key does.
                let step = indent + self.random.below(3);
                for item in items {
                    self.text.push_str(&" ".repeat(step));
                    self.text.push_str("- ");
                    self.flow(item);
                    self.end_line(step);
                }
            }
            Value::Null if self.random.chance(50) => self.end_line(indent),
            Value::String(text) if self.random.chance(5) => {
                self.text.push_str(" |-");
                self.text.push_str(self.line_break);
                self.text.push_str(&" ".repeat(indent + 2));
                self.text.extend([text, self.line_break]);
            }
            value => {
                self.text.push(' ');
                self.flow(value);
                self.end_line(indent);
            }
        }
    }

    fn block(&mut self, entries: &Map<String, Value>, indent: usize) {
        for (key, value) in entries {
            self.text.push_str(&" ".repeat(indent));
            self.scalar(&json!(key));
            self.text.push(':');
            self.value(value, indent);
        }
    }
}

fn written(random: &mut Random, design: &Value) -> String {
    let line_break = if random.chance(20) { "\r\n" } else { "\n" };
    let mut writer = Writer { random, text: String::new(), comments: 0, line_break };
    writer.block(design.as_object().unwrap(), 0);
    let mut text = writer.text;
    if random.chance(30) {
        text.truncate(text.trim_end().len());
    }
    text
}

/// Some keys to write, for components, calls and flows.
fn wishes(random: &mut Random, design: &Value) -> Vec<Wish> {
    let mut wishes = Vec::new();
    let mut add = |random: &mut Random, path: &[&str], keys: &[&str]| {
        if random.chance(50) {
            let slot = Slot { document: 0, path: path.iter().map(|key| (*key).to_owned()).collect() };
            let value = if keys[0] == "accept" { "\"\"" } else { "todo" };
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            wishes.push(Wish { slot, keys, value: value.to_owned() });
        }
    };
    for (name, component) in design["components"].as_object().unwrap() {
        let path = ["components", name.as_str()];
        for keys in [&["runbook"][..], &["deploy", "rollback"], &["accept", "no-rollback"]] {
            add(random, &path, keys);
        }
        let uses = match &component["uses"] {
            Value::Object(uses) => uses.keys().map(String::as_str).collect(),
            Value::Array(uses) => uses.iter().map(|name| name.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        for target in uses {
            let path = [path[0], path[1], "uses", target];
            for keys in [&["idempotent"][..], &["deadline"], &["accept", "call-without-timeout"]] {
                add(random, &path, keys);
            }
        }
    }
    for name in design["flows"].as_object().unwrap().keys() {
        add(random, &["flows", name], &["alerted_by"]);
    }
    random.shuffle(&mut wishes);
    wishes
}

/// The design with everything wished in it: what a list or a word stands for is spelled out.
fn expected(design: &Value, wishes: &[Wish]) -> Value {
    let mut design = design.clone();
    for wish in wishes {
        let (name, parents) = wish.slot.path.split_last().unwrap();
        let mut at = parents.iter().fold(&mut design, |at, key| &mut at[key]);
        if let Value::Array(names) = at {
            *at = names.iter().map(|name| (name.as_str().unwrap().to_owned(), Value::Null)).collect();
        }
        at = &mut at[name];
        if let Value::String(word) = at {
            *at = json!({ if word == "soft" { "need" } else { "mode" }: word });
        }
        let at = wish.keys.iter().fold(at, |at, key| &mut at[key]);
        *at = json!(wish.value.trim_matches('"'));
    }
    design
}

/// Nothing said in detail is nothing said.
fn without_empty(value: &mut Value) {
    match value {
        Value::Object(entries) => entries.values_mut().for_each(without_empty),
        Value::Array(items) => items.iter_mut().for_each(without_empty),
        _ => {}
    }
    if value.as_object().is_some_and(Map::is_empty) {
        *value = Value::Null;
    }
}

#[test]
fn a_mended_design_says_what_it_said_and_what_was_wished() {
    let (mut made, mut left) = (0, 0);
    for seed in 0..500 {
        let mut random = Random::new((77 << 32) + seed);
        let mut design = random_design(&mut random, Taste { load: true, fallbacks: true });
        for component in design["components"].as_object_mut().unwrap().values_mut() {
            if let Some(uses) = component.get_mut("uses").filter(|_| random.chance(30)) {
                *uses = uses.as_object().unwrap().keys().cloned().collect();
            }
        }
        let text = written(&mut random, &design);
        let (before, comments) = read(&text);
        assert_eq!(before, design, "{text}");
        let mended = mend(&text, &wishes(&mut random, &design), &Limits::default());
        let mended = mended.unwrap_or_else(|refused| panic!("{refused}\n{text}"));
        let (mut after, kept) = read(&mended.text);
        let mut expected = expected(&design, &mended.made);
        without_empty(&mut after);
        without_empty(&mut expected);
        assert_eq!(after, expected, "{text}\n---\n{}", mended.text);
        assert_eq!(kept, comments, "{text}\n---\n{}", mended.text);
        made += mended.made.len();
        left += mended.left.len();
        // Once more changes nothing.
        let again = mend(&mended.text, &mended.made, &Limits::default()).unwrap();
        assert_eq!((again.text, again.made), (mended.text, vec![]));
    }
    assert!(made > 2000 && left * 50 < made, "{made} made, {left} left");
}

fn one(text: &str, path: &str, keys: &str) -> Option<String> {
    let split = |text: &str| text.split('.').map(str::to_owned).collect();
    let wish = Wish { slot: Slot { document: 0, path: split(path) }, keys: split(keys), value: "todo".into() };
    let mended = mend(text, &[wish], &Limits::default()).unwrap();
    (!mended.made.is_empty()).then_some(mended.text)
}

#[test]
fn layout_and_comments_stay() {
    for (before, after) in [
        ("uses: {db: {need: soft}}  # why", "uses: {db: {need: soft, timeout: todo}}  # why"),
        ("uses: {db: soft} # why", "uses: {db: {need: soft, timeout: todo}} # why"),
        ("uses: {db: async, x: }", "uses: {db: {mode: async, timeout: todo}, x: }"),
        ("uses: {db: {}}", "uses: {db: {timeout: todo}}"),
        ("uses: {db, x}", "uses: {db: {timeout: todo}, x}"),
        ("uses: {db: null}", "uses: {db: {timeout: todo}}"),
        ("uses: [x, db]  # why", "uses: {x: {}, db: {timeout: todo}}  # why"),
        ("uses:\n  - x\n  - db  # why\n", "uses:\n    x:\n    db: {timeout: todo}  # why\n"),
        ("uses:\n  db:  # why\n", "uses:\n  db: {timeout: todo}  # why\n"),
        (
            "uses:\n  db:\n    need: soft  # why\n  # end\n",
            "uses:\n  db:\n    need: soft  # why\n    timeout: todo\n  # end\n",
        ),
        ("uses:\n  db:\n    fallback:\n      to: x\n", "uses:\n  db:\n    fallback:\n      to: x\n    timeout: todo\n"),
        ("uses:\n  db:\n    timeout:   # open\n", "uses:\n  db:\n    timeout: todo   # open\n"),
        ("uses: {db: {timeout: null}}", "uses: {db: {timeout: todo}}"),
        ("uses: {db: {? need : soft}}", "uses: {db: {? need : soft, timeout: todo}}"),
    ] {
        assert_eq!(one(before, "uses.db", "timeout").as_deref(), Some(after), "{before}");
    }
}

#[test]
fn what_belongs_to_others_too_is_left_alone() {
    for text in [
        "uses: {db: {timeout: 1s}}",
        "a: &a {db: {need: soft}}\nuses: *a\n",
        "a: {db: &a {need: soft}}\nuses: {db: *a}\n",
        "uses: {db: &a {need: soft}, x: *a}\n",
        "a: &a {timeout: 1s}\nuses: {db: {<<: *a}}\n",
        "a: &a {db: {need: soft}}\nuses: {<<: *a}\n",
        "uses: [db, db]",
        "uses: [db, {x: y}]",
        "uses: {db: &a }",
        "uses: {db: !x {need: soft}}",
        "calls: [db]",
    ] {
        assert_eq!(one(text, "uses.db", "timeout"), None, "{text}");
    }
    // What is merged into a map does not close it.
    let merged = "a: &a {need: soft}\nuses: {db: {<<: *a}}\n";
    assert_eq!(one(merged, "uses.db", "timeout").unwrap(), merged.replace("{<<", "{timeout: todo, <<"));
}
