//! `premortem graph`: what pictures hold, whatever the design, and how the command is called.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod command;
mod common;
#[path = "common/whole.rs"]
mod whole;
mod random_design;

use command::assert_schema_is_current;
use premortem::analyse::{Analysis, Assume, Scenario};
use premortem::report::diagram::{Diagram, Notation, View, schema};
use random_design::{Random, Taste, random_design};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use whole::analyse;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SCHEMA: &str = "schema/graph.schema.json";

fn draw(analysis: &Analysis, view: &View, notation: Notation) -> String {
    let mut bytes = Vec::new();
    Diagram::new(analysis, view).write(notation, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Names of components and how often each is drawn, alone or in a group.
fn drawn(json: &Value) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    let mut count = |name: &Value| *names.entry(name.as_str().unwrap().to_owned()).or_default() += 1;
    for node in json["nodes"].as_array().unwrap() {
        match node["what"].as_str().unwrap() {
            "component" => count(&node["name"]),
            "group" => node["members"].as_array().unwrap().iter().for_each(|member| count(&member["name"])),
            _ => {}
        }
    }
    names
}

/// What every picture of a design has to hold.
fn check(analysis: &Analysis, view: &View, validator: &jsonschema::Validator) {
    let json: Value = serde_json::from_str(&draw(analysis, view, Notation::Json)).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let names = drawn(&json);
    let declared: BTreeMap<String, usize> =
        analysis.design.components.iter().map(|component| (component.name.clone(), 1)).collect();
    if view.focus.is_none() {
        assert_eq!(names, declared, "every component is drawn once");
    }
    let (nodes, edges) = (json["nodes"].as_array().unwrap(), json["edges"].as_array().unwrap());

    let svg = draw(analysis, view, Notation::Svg);
    let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let of_class = |wanted: &str| {
        let groups = document.descendants().filter(|node| node.has_tag_name("g"));
        let class = |node: &roxmltree::Node| node.attribute("class").unwrap_or_default().to_owned();
        groups.filter(|node| class(node).split(' ').any(|class| class == wanted)).collect::<Vec<_>>()
    };
    let title = |node: &roxmltree::Node| {
        let title = node.children().find(|child| child.has_tag_name("title"));
        title.and_then(|title| title.text()).map(|text| text.lines().next().unwrap_or_default().to_owned())
    };
    let titles: Vec<Option<String>> = of_class("n").iter().map(title).collect();
    let expected: Vec<Option<String>> = nodes.iter().map(|node| node["name"].as_str().map(str::to_owned)).collect();
    assert_eq!(titles, expected);
    assert_eq!(of_class("e").iter().filter(|edge| title(edge).is_some()).count(), edges.len());
    assert!(!document.descendants().any(|node| node.has_tag_name("script") || node.has_tag_name("image")));
    for state in ["degraded", "down", "hung"] {
        let marked = of_class("n").iter().filter(|n| n.attribute("class").unwrap().contains(state)).count();
        assert_eq!(marked, nodes.iter().filter(|node| node["state"] == state).count(), "{state}");
    }

    let mermaid = draw(analysis, view, Notation::Mermaid);
    let dot = draw(analysis, view, Notation::Dot);
    let begins = |text: &str, end: char| {
        text.lines().filter(|line| line.trim_start().strip_prefix('n').is_some_and(|rest| rest.contains(end))).count()
    };
    let is_arrow = |line: &&str| {
        line.split_whitespace()
            .nth(1)
            .is_some_and(|sign| ["-->", "==>", "-.->"].iter().any(|arrow| sign.starts_with(arrow)))
    };
    assert_eq!(mermaid.lines().filter(is_arrow).count(), edges.len(), "{mermaid}");
    assert!(begins(&dot, '[') >= nodes.len() + edges.len());

    for notation in [Notation::Json, Notation::Svg, Notation::Mermaid, Notation::Dot] {
        assert_eq!(draw(analysis, view, notation), draw(analysis, view, notation), "the same bytes");
    }
}

#[test]
fn pictures_of_random_designs_hold_everything_once() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut random = Random::new(7);
    for _ in 0..150 {
        let taste = Taste { load: random.chance(50), fallbacks: true };
        let design = random_design(&mut random, taste);
        let analysis = analyse(&serde_yaml::to_string(&design).unwrap());
        check(&analysis, &View::default(), &validator);
        let events = analysis.failure().events();
        if events.is_empty() {
            continue;
        }
        let assume = if random.chance(50) { Assume::Must } else { Assume::May };
        let happening = [*random.pick(&events), *random.pick(&events)];
        let scenario = Scenario::new(happening).assuming(assume);
        let states = analysis.failure().impact(&scenario, None).states;
        let view = View { scenario: Some(scenario), focus: None };
        check(&analysis, &view, &validator);
        let json: Value = serde_json::from_str(&draw(&analysis, &view, Notation::Json)).unwrap();
        let parts = json["nodes"].as_array().unwrap().iter().filter(|node| node["what"] == "component");
        let shown: Vec<&str> = parts.map(|node| node["state"].as_str().unwrap()).collect();
        assert_eq!(shown, states.iter().map(|state| state.as_str()).collect::<Vec<_>>());
    }
}

/// Services of teams that use each other, `size` in all.
fn large(random: &mut Random, size: usize, teams: usize, density: usize) -> Analysis {
    let mut components = serde_json::Map::new();
    for at in 0..size {
        let mut facts = json!({"uses": {}});
        if teams > 0 {
            facts["owner"] = json!(format!("team-{}", at % teams));
        }
        for _ in 0..random.below(density + 1) {
            let to = random.below(size);
            if to > at {
                facts["uses"][format!("c{to}")] = json!(*random.pick(&["hard", "soft", "async"]));
            }
        }
        let uses = facts["uses"].as_object_mut().unwrap();
        uses.iter_mut().filter(|(_, how)| **how == "hard").for_each(|(_, how)| *how = json!({"need": "hard"}));
        components.insert(format!("c{at}"), facts);
    }
    analyse(&serde_yaml::to_string(&json!({"components": components})).unwrap())
}

#[test]
fn large_designs_are_drawn_as_groups_and_say_so() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut random = Random::new(11);
    for (size, teams, density, by) in [
        (101, 9, 3, "teams"),
        (150, 0, 2, "neighbourhoods"),
        (150, 2, 2, "neighbourhoods"),
        (400, 300, 1, "neighbourhoods"),
        (90, 0, 20, "neighbourhoods"),
        (1000, 20, 2, "teams"),
        (1500, 0, 0, "neighbourhoods"),
        (100, 9, 2, ""),
    ] {
        let analysis = large(&mut random, size, teams, density);
        check(&analysis, &View::default(), &validator);
        let diagram = Diagram::new(&analysis, &View::default());
        assert!(diagram.nodes.len() <= 101, "{} boxes of {size}", diagram.nodes.len());
        assert!(diagram.edges.len() <= 500, "{} arrows of {size}", diagram.edges.len());
        assert!(diagram.notes.concat().contains(by), "{size}: {:?}", diagram.notes);
        assert_eq!(diagram.notes.is_empty(), by.is_empty(), "{size}: {:?}", diagram.notes);
        let total: usize = diagram.edges.iter().map(|edge| edge.count).sum();
        assert!(total <= analysis.design.dependencies.len());
        // What fails stands out of its group.
        let event = analysis.failure().event(&format!("c{}", size - 1)).unwrap();
        let view = View { scenario: Some(Scenario::from(event)), focus: None };
        check(&analysis, &view, &validator);
        let struck = Diagram::new(&analysis, &view).nodes.into_iter().find(|node| node.struck == ["stops"]).unwrap();
        assert_eq!(struck.name, format!("c{}", size - 1));
    }
}

#[test]
fn names_cannot_break_out_of_any_notation() {
    let names = ["end", "a\"b", "<script>x</script>", "a & b &lt;", "x #35; \\N", "%%{init}%%", "- *b* `c`", "é\u{7}ü"];
    let components: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), json!({"tech": name, "vendor": name}))).collect();
    let analysis = analyse(&serde_json::to_string(&json!({"components": components})).unwrap());
    let svg = draw(&analysis, &View::default(), Notation::Svg);
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    for name in &names[..6] {
        assert!(texts.iter().any(|text| text.lines().next() == Some(*name)), "{name}: {texts:?}");
    }
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    let mermaid = draw(&analysis, &View::default(), Notation::Mermaid);
    assert!(!mermaid.contains("%%") && !mermaid.contains("<script") && !mermaid.contains('`'), "{mermaid}");
    for line in mermaid.lines().filter(|line| line.starts_with("  n")) {
        assert_eq!(line.matches('"').count(), 2, "{line}");
    }
    let dot = draw(&analysis, &View::default(), Notation::Dot);
    for line in dot.lines().filter(|line| line.starts_with("  n") && line.contains("[label")) {
        let text = line.replace("\\\\", "").replace("\\\"", "");
        let label = text.split("[label=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(!label.contains('<') || text.contains("\"<") || label.contains("script"), "{line}");
        assert!(text.matches('"').count() % 2 == 0, "{line}");
    }
}

#[test]
fn the_published_schema_is_current() {
    assert_schema_is_current(&schema(), SCHEMA, "graph");
}

fn premortem(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let ran = command::premortem(folder, arguments);
    (ran.status, ran.out, ran.err)
}

#[test]
fn the_command_draws_designs_and_compose_projects() {
    let root = Path::new(ROOT);
    let shop = ["graph", "--design", "examples/corner-shop"];
    let (status, mermaid, error) = premortem(root, &shop);
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(mermaid.contains("flowchart TB") && mermaid.contains("<b>postgres</b>"), "{mermaid}");
    let (status, dot, _) = premortem(root, &[&shop[..], &["--format", "dot", "--focus", "mailer"]].concat());
    assert_eq!(status, 0);
    assert!(dot.starts_with("digraph") && dot.contains("sendgrid") && !dot.contains("stripe"), "{dot}");
    assert!(dot.contains("5 of 15 components are shown"), "{dot}");

    let folder = tempfile::tempdir().unwrap();
    let compose = "services:\n  web: {image: nginx, depends_on: [db]}\n  db: {image: \"postgres:16\"}\n";
    fs::write(folder.path().join("compose.yaml"), compose).unwrap();
    let (status, json, _) = premortem(folder.path(), &["graph", "--format", "json", "--fail", "db"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((status, &json["nodes"][1]["technology"]), (0, &json!("PostgreSQL")));
    assert_eq!(json["failure"]["events"], json!(["stop:db"]));
}

#[test]
fn several_events_happen_together() {
    let arguments = ["graph", "--design", "examples/corner-shop", "--format", "json", "--fail", "redis", "--fail"];
    let (status, json, _) = premortem(Path::new(ROOT), &[&arguments[..], &["hang:search"]].concat());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((status, &json["failure"]["events"]), (0, &json!(["stop:redis", "hang:search"])));
    let state = |name: &str| {
        let nodes = json["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["name"] == name).map(|node| node["state"].clone())
    };
    assert_eq!(state("redis"), Some(json!("down")));
    assert_eq!(state("search"), Some(json!("hung")));
    assert_eq!(state("stripe"), Some(json!("up")));
}

#[test]
fn unknown_names_are_mistakes_of_use() {
    let shop = ["graph", "--design", "examples/corner-shop"];
    for (flag, name, meant) in
        [("--fail", "redsi", "redis"), ("--fail", "hang:serach", "hang:search"), ("--focus", "mailr", "mailer")]
    {
        let (status, out, error) = premortem(Path::new(ROOT), &[&shop[..], &[flag, name]].concat());
        assert_eq!((status, out.as_str()), (2, ""), "{flag} {name}");
        assert!(error.contains(&format!("Did you mean `{meant}`?")), "{error}");
    }
}
