//! A picture as a Mermaid flowchart, for Markdown.

use super::words;
use super::{Diagram, Line, Node, What};
use crate::analyse::failure::State;
use crate::read::vocabulary::Kind;
use std::fmt::Write as _;
use std::io::{self, Write};

pub(super) fn write(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "---\ntitle: {}\n---\nflowchart TB", serde_json::Value::from(words::title(diagram)))?;
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

/// Only letters, digits and some signs stand for themselves: quotes end a label, `%%{` begins a directive, `*` and
/// backticks are Markdown, `#` begins an entity, and a word with a colon can look like a style.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for sign in text.chars() {
        match sign {
            sign if sign.is_alphanumeric() || " -_/·×".contains(sign) => safe.push(sign),
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
        lines.push(format!("thick#58; {}", escaped(words::CRITICAL)));
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
    for line in words::lines_used(diagram) {
        for carries in [false, true] {
            let color = if carries { "stroke:#b23c00,stroke-width:3px" } else { "" };
            let dash = dashes(line).map(|dashes| format!("stroke-dasharray:{dashes}")).unwrap_or_default();
            let style = [color, &dash].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",");
            let edges = diagram.edges.iter().enumerate().filter(|(_, edge)| edge.line == line);
            let alike: Vec<String> =
                edges.filter(|(_, edge)| edge.carries == carries).map(|(index, _)| index.to_string()).collect();
            if !alike.is_empty() && !style.is_empty() {
                writeln!(out, "  linkStyle {} {style}", alike.join(","))?;
            }
        }
    }
    Ok(())
}

fn write_class(out: &mut dyn Write, class: &str, diagram: &Diagram, has: impl Fn(&Node) -> bool) -> io::Result<()> {
    let ids = diagram.nodes.iter().enumerate().filter(|(_, node)| has(node)).map(|(index, _)| format!("n{index}"));
    writeln!(out, "  class {} {class}", ids.collect::<Vec<_>>().join(","))
}
