//! A picture in the language of Graphviz.

use super::words;
use super::{Diagram, Edge, Line, Node, What};
use crate::analyse::failure::State;
use crate::read::vocabulary::Kind;
use std::fmt::Write as _;
use std::io::{self, Write};

pub(super) fn write(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph design {{")?;
    writeln!(out, "  graph [rankdir=TB, labelloc=t, fontname=Helvetica, fontsize=16, nodesep=0.35, ranksep=0.6,")?;
    writeln!(out, "         label={}]", quoted(&[words::title(diagram)], "\\n"))?;
    writeln!(
        out,
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, color=\"#5b6570\", fontname=Helvetica, fontsize=11]"
    )?;
    writeln!(out, "  edge [color=\"#5b6570\", fontname=Helvetica, fontsize=10, arrowsize=0.7]")?;
    for (index, node) in diagram.nodes.iter().enumerate() {
        let mut lines = vec![node.name.clone()];
        lines.extend(words::details(node));
        lines.extend(words::condition(node).map(|condition| condition.to_uppercase()));
        writeln!(out, "  n{index} [label={}{}]", quoted(&lines, "\\n"), look(node))?;
    }
    for edge in &diagram.edges {
        writeln!(out, "  n{} -> n{} [{}]", edge.tail(), edge.head(), line(edge))?;
    }
    write_legend(diagram, out)?;
    writeln!(out, "}}")
}

/// A quoted string of lines, each ended by the given escape. Graphviz reads `\n`, `\N` and the like as well as HTML
/// entities in labels.
fn quoted(lines: &[String], end: &str) -> String {
    let safe = |line: &String| {
        let text: String = line.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
        text.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
    };
    let lines: Vec<String> = lines.iter().map(safe).collect();
    let last = if end == "\\l" { end } else { "" };
    format!("\"{}{last}\"", lines.join(end))
}

fn look(node: &Node) -> String {
    let kind = match &node.what {
        What::Component(part) => Some(part.kind),
        What::Choice { .. } => return ", shape=diamond, style=filled, margin=\"0.02,0.02\"".to_owned(),
        What::Group { .. } => None,
    };
    let mut look = match kind {
        None => ", shape=box3d, style=filled".to_owned(),
        Some(Kind::Client) => ", shape=oval, style=filled".to_owned(),
        Some(Kind::Database | Kind::ObjectStore | Kind::Search) => ", shape=cylinder, style=filled".to_owned(),
        Some(Kind::Cache) => ", shape=cylinder, style=\"filled,dashed\"".to_owned(),
        Some(Kind::Queue | Kind::Stream) => ", shape=cds, style=filled, margin=\"0.25,0.12\"".to_owned(),
        Some(Kind::Cdn | Kind::Dns | Kind::Balancer | Kind::Gateway | Kind::Mesh) => {
            ", shape=hexagon, style=filled".to_owned()
        }
        Some(Kind::External) => ", shape=box, style=\"filled,dashed\"".to_owned(),
        Some(Kind::Worker | Kind::Job) => ", shape=component, style=filled".to_owned(),
        Some(_) => String::new(),
    };
    if node.critical {
        look.push_str(", penwidth=2.5");
    }
    look.push_str(match node.state {
        Some(State::Degraded) => ", fillcolor=\"#ffe9a8\", color=\"#8a6100\", fontcolor=\"#2b1f00\"",
        Some(State::Down) => ", fillcolor=\"#ffc9ad\", color=\"#b23c00\", fontcolor=\"#3b1400\", penwidth=3",
        Some(State::Hung) => {
            ", fillcolor=\"#ecc8e0\", color=\"#8c2f6b\", fontcolor=\"#35102a\", penwidth=3, style=\"filled,dashed\""
        }
        _ => "",
    });
    look
}

fn line(edge: &Edge) -> String {
    let mut style = match edge.line {
        Line::Hard => "style=solid".to_owned(),
        Line::Soft => "style=dashed".to_owned(),
        Line::Async => "style=dotted".to_owned(),
        Line::Fallback => "style=dashed, arrowhead=empty".to_owned(),
        Line::Start => "style=dotted, arrowhead=vee, color=\"#a3abb3\", weight=0".to_owned(),
    };
    if edge.carries {
        style.push_str(", color=\"#b23c00\", penwidth=2.5");
    } else if edge.critical {
        style.push_str(", penwidth=2.2");
    }
    if edge.count > 1 {
        write!(style, ", label=\"{}\"", edge.count).unwrap_or_default();
    }
    style
}

fn write_legend(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    let mut lines: Vec<String> = Vec::new();
    if !diagram.flows.is_empty() {
        lines.push("Flows".to_owned());
        lines.extend(words::flows(diagram).into_iter().map(|flow| format!("  {flow}")));
    }
    lines.push("Arrows".to_owned());
    lines.extend(
        words::lines_used(diagram).into_iter().map(|line| format!("  {}, {}", sample(line), words::line(line))),
    );
    if diagram.edges.iter().any(|edge| edge.critical) {
        lines.push(format!("  thick, {}", words::CRITICAL));
    }
    if diagram.edges.iter().any(|edge| edge.carries) {
        lines.push(format!("  orange, {}", words::CARRIES));
    }
    lines.extend(diagram.notes.iter().cloned());
    writeln!(out, "  legend [shape=plaintext, style=\"\", fontsize=10, label={}]", quoted(&lines, "\\l"))
}

fn sample(line: Line) -> &'static str {
    match line {
        Line::Hard => "solid",
        Line::Soft => "dashed",
        Line::Async => "dotted",
        Line::Fallback => "dashed, empty head",
        Line::Start => "grey dots",
    }
}
