//! As much of XML Schema as the schemas beside us use: elements, sequences, choices, how often, and attributes.

use roxmltree::{Document, Node};
use std::collections::BTreeSet;

/// What is wrong with a document, with the place of each mistake.
pub(crate) fn errors(schema: &str, document: &str) -> Vec<String> {
    let schema = Document::parse(schema).expect("the schema is XML");
    let document = match Document::parse(document) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let mut errors = Vec::new();
    for element in document.descendants().filter(Node::is_element) {
        let name = element.tag_name().name();
        let Some(declared) = global(&schema, "element", name) else {
            errors.push(format!("no element is called {name}"));
            continue;
        };
        check(&schema, declared, element, &mut errors);
    }
    errors
}

fn global<'s>(schema: &'s Document<'_>, kind: &str, name: &str) -> Option<Node<'s, 's>> {
    schema
        .root_element()
        .children()
        .find(|node| node.has_tag_name(kind_of(kind)) && node.attribute("name") == Some(name))
}

fn kind_of(kind: &str) -> (&'static str, &str) {
    ("http://www.w3.org/2001/XMLSchema", kind)
}

fn child<'s>(node: Node<'s, 's>, kind: &str) -> Option<Node<'s, 's>> {
    node.children().find(|child| child.has_tag_name(kind_of(kind)))
}

fn check(schema: &Document<'_>, declared: Node, element: Node, errors: &mut Vec<String>) {
    let mut wrong = |what: String| {
        let at = element.document().text_pos_at(element.range().start);
        errors.push(format!("{at}: {}: {what}", element.tag_name().name()));
    };
    let named = declared.attribute("type").and_then(|name| global(schema, "complexType", name));
    let Some(complex) = declared.children().find(|child| child.has_tag_name(kind_of("complexType"))).or(named) else {
        if element.attributes().len() > 0 || element.children().any(|child| child.is_element()) {
            wrong("holds text only".to_owned());
        }
        return;
    };
    let known: Vec<Node> = complex.children().filter(|child| child.has_tag_name(kind_of("attribute"))).collect();
    for attribute in element.attributes() {
        if !known.iter().any(|known| known.attribute("name") == Some(attribute.name())) {
            wrong(format!("has no attribute {}", attribute.name()));
        }
    }
    for required in known.iter().filter(|known| known.attribute("use") == Some("required")) {
        let name = required.attribute("name").expect("an attribute has a name");
        if element.attribute(name).is_none() {
            wrong(format!("lacks {name}"));
        }
    }
    let texts = element.children().filter(Node::is_text);
    if complex.attribute("mixed") != Some("true")
        && texts.clone().any(|text| !text.text().unwrap_or("").trim().is_empty())
    {
        wrong("holds no text".to_owned());
    }
    let names: Vec<&str> = element.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
    let model = ["sequence", "choice"].into_iter().find_map(|kind| child(complex, kind));
    let fits = model.map_or(names.is_empty(), |model| ends(model, &names, 0).contains(&names.len()));
    if !fits {
        wrong(format!("does not hold {names:?}"));
    }
}

/// Where a particle may end that starts at `from`.
fn ends(particle: Node, names: &[&str], from: usize) -> BTreeSet<usize> {
    let number = |name, default| match particle.attribute(name) {
        Some("unbounded") => usize::MAX,
        Some(number) => number.parse().expect("a number"),
        None => default,
    };
    let (least, most) = (number("minOccurs", 1), number("maxOccurs", 1));
    let (mut reached, mut all) = (BTreeSet::from([from]), BTreeSet::new());
    let mut times = 0;
    loop {
        if times >= least {
            let before = all.len();
            all.extend(&reached);
            if all.len() == before {
                return all;
            }
        }
        if times == most || reached.is_empty() {
            return all;
        }
        reached = reached.iter().flat_map(|at| once(particle, names, *at)).collect();
        times += 1;
    }
}

fn once(particle: Node, names: &[&str], from: usize) -> BTreeSet<usize> {
    let parts = particle.children().filter(Node::is_element);
    match particle.tag_name().name() {
        "sequence" => parts.fold(BTreeSet::from([from]), |starts, part| {
            starts.into_iter().flat_map(|start| ends(part, names, start)).collect()
        }),
        "choice" => parts.flat_map(|part| ends(part, names, from)).collect(),
        _ => {
            let name = particle.attribute("ref").or(particle.attribute("name"));
            (names.get(from).copied() == name).then_some(from + 1).into_iter().collect()
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = include_str!("../schemas/junit-10.xsd");
    let suite = |inner: &str| format!("<testsuite name='a' tests='1' failures='0' errors='0'>{inner}</testsuite>");
    assert_eq!(
        errors(schema, &suite("<testcase name='a'><failure message='m'>t</failure></testcase>")),
        [] as [&str; 0]
    );
    for wrong in [
        "<testsuite name='a'/>".to_owned(),
        suite("<testcase/>"),
        suite("<testcase name='a' line='1'/>"),
        suite("<failure/>"),
        suite("text"),
        suite("<testcase name='a'><testcase name='b'/></testcase>"),
        suite("<testcase name='&#1;'/>"),
        "<other/>".to_owned(),
    ] {
        assert!(!errors(schema, &wrong).is_empty(), "{wrong}");
    }
}
