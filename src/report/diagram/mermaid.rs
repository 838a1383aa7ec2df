//! A picture as a Mermaid flowchart, for Markdown.

use super::words;
use super::{Diagram, Line, Node, What};
use crate::analyse::failure::State;
use crate::read::vocabulary::Kind;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

pub(super) fn write(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    let title = serde_json::Value::from(plain(&words::title(diagram)));
    writeln!(out, "---\ntitle: {title}\n---\nflowchart TB")?;
    for (index, node) in diagram.nodes.iter().enumerate() {
        let (open, close) = shape(node);
        writeln!(out, "  n{index}{open}\"{}\"{close}", label(node))?;
    }
    for edge in &diagram.edges {
        let arrow = match (edge.line, edge.critical) {
            (Line::Hard, true) => "==>",
            (Line::Hard, false) => "-->",
            _ => "-.->",
        };
        let count = if edge.count > 1 { format!("|\"{}\"|", edge.count) } else { String::new() };
        writeln!(out, "  n{} {arrow}{count} n{}", edge.tail(), edge.head())?;
    }
    write_legend(diagram, out)?;
    write_styles(diagram, out)
}

/// Brackets that draw the shape; the oldest notation, which every Mermaid understands.
fn shape(node: &Node) -> (&'static str, &'static str) {
    let part = match &node.what {
        What::Component(part) => part,
        What::Choice { .. } => return ("{", "}"),
        What::Group { .. } => return ("[[", "]]"),
    };
    match part.kind {
        Kind::Client => ("([", "])"),
        Kind::Database | Kind::ObjectStore | Kind::Search | Kind::Cache => ("[(", ")]"),
        Kind::Queue | Kind::Stream => ("[/", "/]"),
        Kind::Cdn | Kind::Dns | Kind::Balancer | Kind::Gateway | Kind::Mesh => ("{{", "}}"),
        Kind::Worker | Kind::Job => ("[/", "\\]"),
        Kind::External => (">", "]"),
        _ => ("[", "]"),
    }
}

fn label(node: &Node) -> String {
    let mut lines = vec![format!("<b>{}</b>", escaped(&node.name))];
    lines.extend(words::details(node).iter().map(|line| escaped(line)));
    lines.extend(words::condition(node).map(|condition| format!("<b>{}</b>", escaped(&condition.to_uppercase()))));
    lines.join("<br/>")
}

/// A title is cleaned as HTML and then shown as it is: a tag in it is lost, and `&` becomes `&amp;`. There are no
/// entities for these signs, but signs that look like them.
fn plain(title: &str) -> String {
    title.replace('&', "＆").replace('<', "‹").replace('>', "›")
}

/// Letters, digits and some signs stand for themselves, everything else is written as an entity: quotes end a label,
/// `%%{` begins a directive, `*` and backticks are Markdown, `#` begins an entity, and what follows a colon can be taken
/// for a style.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            sign if sign.is_alphanumeric() || " \u{a0}-_/·×,.()".contains(sign) => safe.push(sign),
            ':' if signs.peek() == Some(&' ') => safe.push(sign),
            sign if sign.is_control() || sign.is_whitespace() => safe.push(' '),
            sign => write!(safe, "#{};", u32::from(sign)).unwrap_or_default(),
        }
    }
    safe
}

fn write_legend(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    let mut lines: Vec<String> = Vec::new();
    if !diagram.flows.is_empty() {
        lines.push("<b>Flows</b>".to_owned());
        lines.extend(words::flows(diagram).iter().map(|flow| escaped(flow)));
    }
    lines.push("<b>Arrows</b>".to_owned());
    for line in words::lines_used(diagram) {
        lines.push(format!("{} {}", sample(line), escaped(words::line(line))));
    }
    if diagram.edges.iter().any(|edge| edge.critical) {
        lines.push(format!("thick: {}", escaped(words::CRITICAL)));
    }
    if diagram.edges.iter().any(|edge| edge.carries) {
        lines.push(format!("orange: {}", escaped(words::CARRIES)));
    }
    lines.extend(diagram.notes.iter().map(|note| format!("<i>{}</i>", escaped(note))));
    writeln!(out, "  legend[\"{}\"]", lines.join("<br/>"))
}

fn sample(line: Line) -> &'static str {
    match line {
        Line::Hard => "———",
        Line::Soft => "— — —",
        Line::Async => "· · · · ·",
        Line::Fallback => "— · —",
        Line::Start => "- - - -",
    }
}

/// Dash pattern of a line; solid where it has none.
fn dashes(line: Line) -> Option<&'static str> {
    match line {
        Line::Hard => None,
        Line::Soft => Some("9 5"),
        Line::Async => Some("2 4"),
        Line::Fallback => Some("9 4 2 4"),
        Line::Start => Some("4 4"),
    }
}

fn write_styles(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  classDef legend fill:none,stroke:none,text-align:left\n  class legend legend")?;
    if diagram.nodes.iter().any(|node| node.critical) {
        writeln!(out, "  classDef critical stroke-width:3px")?;
        write_class(out, "critical", diagram, |node| node.critical)?;
    }
    for (state, style) in [
        (State::Degraded, "fill:#ffe9a8,stroke:#8a6100,color:#2b1f00"),
        (State::Down, "fill:#ffc9ad,stroke:#b23c00,stroke-width:4px,color:#3b1400"),
        (State::Hung, "fill:#ecc8e0,stroke:#8c2f6b,stroke-width:4px,stroke-dasharray:7 4,color:#35102a"),
    ] {
        if diagram.nodes.iter().any(|node| node.state == Some(state)) {
            writeln!(out, "  classDef {state} {style}")?;
            write_class(out, state.as_str(), diagram, |node| node.state == Some(state))?;
        }
    }
    let mut styles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (index, edge) in diagram.edges.iter().enumerate() {
        let color = edge.carries.then(|| "stroke:#b23c00,stroke-width:3px".to_owned());
        let thick = (edge.critical && !edge.carries).then(|| "stroke-width:3px".to_owned());
        let dash = dashes(edge.line).map(|dashes| format!("stroke-dasharray:{dashes}"));
        let style: Vec<String> = color.into_iter().chain(thick).chain(dash).collect();
        styles.entry(style.join(",")).or_default().push(index.to_string());
    }
    for (style, edges) in styles.iter().filter(|(style, _)| !style.is_empty()) {
        writeln!(out, "  linkStyle {} {style}", edges.join(","))?;
    }
    Ok(())
}

fn write_class(out: &mut dyn Write, class: &str, diagram: &Diagram, has: impl Fn(&Node) -> bool) -> io::Result<()> {
    let ids = diagram.nodes.iter().enumerate().filter(|(_, node)| has(node)).map(|(index, _)| format!("n{index}"));
    writeln!(out, "  class {} {class}", ids.collect::<Vec<_>>().join(","))
}
