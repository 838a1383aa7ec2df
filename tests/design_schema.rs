//! The published schema of designs: current, complete enough for an editor, and as strict as the reader.

use premortem::read::native;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FILE: &str = "schema/design.schema.json";

#[test]
fn the_published_file_is_current() {
    let current = format!("{:#}\n", native::schema());
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all("schema").unwrap();
        fs::write(FILE, &current).unwrap();
    }
    let published = fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        published == current,
        "{FILE} is not what the types say; run the tests with UPDATE=1 and review the change"
    );
}

#[test]
fn it_is_a_schema_with_a_name() {
    let schema = native::schema();
    assert!(jsonschema::meta::is_valid(schema));
    for key in ["$schema", "$id", "title", "description"] {
        assert!(schema[key].as_str().is_some_and(|text| !text.is_empty()), "no {key}");
    }
    assert_eq!(schema["$id"], "urn:premortem:schema:design:1");
}

#[test]
fn editors_can_explain_every_key_and_word() {
    let (mut keys, mut words) = (0, 0);
    visit(native::schema(), &mut |path, part| {
        for (key, property) in part["properties"].as_object().into_iter().flatten() {
            let text = property["description"].as_str().unwrap_or_default();
            assert!(text.len() > 4, "{path}/{key} has no description");
            assert!(text.ends_with('.') || text.ends_with(['?', '`', ')']), "{path}/{key}: {text}");
            assert!(!text.contains("TODO") && !text.contains('\n') && text.len() < 200, "{path}/{key}: {text}");
            keys += 1;
        }
        let listed = part["enum"].as_array().map_or(0, Vec::len);
        if listed > 0 && part["description"].is_null() | part["markdownEnumDescriptions"].is_array() {
            let meanings = part["markdownEnumDescriptions"].as_array().unwrap_or_else(|| panic!("{path}: words"));
            assert_eq!(meanings.len(), listed, "{path}");
            assert!(meanings.iter().all(|meaning| meaning.as_str().is_some_and(|text| text.len() > 4)), "{path}");
            words += listed;
        }
    });
    assert!(keys > 200 && words > 80, "{keys} keys, {words} words");
}

/// Maps of the vocabulary are closed, so that a misspelt key is found, and leave room for notes.
#[test]
fn every_map_of_keys_is_closed() {
    visit(native::schema(), &mut |path, part| {
        if part["properties"].is_object() {
            assert_eq!(part["additionalProperties"], Value::Bool(false), "{path} takes any key");
        }
    });
}

#[test]
fn good_designs_are_valid_and_broken_ones_are_not() {
    // What an editor does: the published file and another YAML reader.
    let schema: Value = serde_json::from_str(&fs::read_to_string(FILE).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for design in [
        "components: {api: {uses: [db]}, db: {kind: database, backup: none}}",
        "version: 1\ncomponents: {api: {uses: {db: {timeout: 1s}, mq: async, s3: }}}\nflows: {buy: {path: [api], slo: 99.9%}}",
        "include: [a.yaml]\nx-note: {a: 1}\n",
    ] {
        let value: Value = serde_yaml::from_str(design).unwrap();
        assert!(validator.is_valid(&value), "{design}: {:?}", validator.iter_errors(&value).collect::<Vec<_>>());
    }
    let mut refused = BTreeSet::new();
    for case in fs::read_dir("tests/broken").unwrap().map(|entry| entry.unwrap().path()) {
        let Some(text) = fs::read_to_string(&case).ok().filter(|_| is_structural(&case)) else { continue };
        let value: Value = serde_yaml::from_str(text.trim_start_matches('\u{feff}')).expect("its YAML is right");
        assert!(!validator.is_valid(&value), "{} is valid", case.display());
        refused.insert(case);
    }
    assert!(refused.len() >= 20, "only {}", refused.len());
}

/// Whether everything that is wrong with a broken design is its structure.
fn is_structural(case: &Path) -> bool {
    let Ok(text) = fs::read_to_string(case) else { return false };
    let told = text.trim_start_matches('\u{feff}').lines().filter_map(|line| line.strip_prefix("# "));
    let codes: Vec<&str> = told.filter_map(|line| line.split_once(" error ")?.1.split(':').next()).collect();
    // Sums and dates the schema language cannot express are few; unreadable YAML has codes of its own.
    case.extension().is_some_and(|extension| extension == "yaml")
        && !codes.is_empty()
        && codes.iter().all(|code| matches!(*code, "unknown-key" | "bad-value"))
        && !["needs-more", "needs-none"].iter().any(|name| case.to_string_lossy().contains(name))
}

/// Every part of a schema, with its address.
fn visit(schema: &Value, look: &mut dyn FnMut(&str, &Value)) {
    fn walk(path: &str, part: &Value, look: &mut dyn FnMut(&str, &Value)) {
        match part {
            Value::Object(entries) => {
                look(path, part);
                for (key, value) in entries {
                    // Names of keys are no keywords.
                    if key == "properties" || key == "$defs" {
                        let named = value.as_object().into_iter().flatten();
                        named.for_each(|(name, value)| walk(&format!("{path}/{key}/{name}"), value, look));
                    } else {
                        walk(&format!("{path}/{key}"), value, look);
                    }
                }
            }
            Value::Array(parts) => {
                parts.iter().enumerate().for_each(|(at, part)| walk(&format!("{path}/{at}"), part, look));
            }
            _ => {}
        }
    }
    walk("#", schema, look);
}
