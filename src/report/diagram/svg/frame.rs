//! What stands around the boxes: the heading, how the flows fare, and how to read the lines.

use super::geometry::number;
use super::text::Font;
use super::{card, text_at};
use crate::report::diagram::words;
use crate::report::diagram::{Diagram, Line};
use std::fmt::Write;

const TITLE: Font = Font { size: 17.0, bold: true };
const FLOW: Font = Font { size: 13.0, bold: false };
const NOTE: Font = Font { size: 12.0, bold: false };

const TITLE_LINE: f64 = 23.0;
const LINE: f64 = 22.0;
/// Between what stands beside each other, and between the frame and the boxes.
const GAP: f64 = 20.0;

/// Everything around the boxes of a picture, broken into lines.
pub(super) struct Frame {
    title: Vec<String>,
    flows: Vec<Vec<Item>>,
    legend: Vec<Vec<Item>>,
    /// How much room the head takes, in pixels.
    pub above: f64,
    /// And the foot.
    pub below: f64,
}

/// A part of a line of the frame.
#[derive(Clone)]
struct Item {
    picture: Picture,
    text: String,
    font: Font,
    class: &'static str,
}

#[derive(Clone)]
enum Picture {
    None,
    /// A word on a coloured ground, and the class that colours it.
    Chip(&'static str),
    Line(Line),
    Key,
    Carries,
}

impl Frame {
    pub(super) fn new(diagram: &Diagram, width: f64) -> Self {
        let title = TITLE.wrap(&words::title(diagram), width, 3);
        let flows = rows(flows(diagram), width);
        let legend = rows(legend(diagram), width);
        let above = TITLE_LINE * count(title.len()) + LINE * count(flows.len()) + GAP;
        let below = if legend.is_empty() { 0.0 } else { GAP + LINE * count(legend.len()) };
        Self { title, flows, legend, above, below }
    }

    pub(super) fn head(&self, left: f64, top: f64) -> String {
        let mut svg = String::new();
        let mut y = top + 15.0;
        for line in &self.title {
            svg.push_str(&text_at("title", left, y, line));
            svg.push('\n');
            y += TITLE_LINE;
        }
        draw(&self.flows, left, y, &mut svg);
        svg
    }

    pub(super) fn foot(&self, left: f64, top: f64) -> String {
        let mut svg = String::new();
        draw(&self.legend, left, top + GAP + 15.0, &mut svg);
        svg
    }
}

fn flows(diagram: &Diagram) -> Vec<Item> {
    let mut items = Vec::new();
    for flow in diagram.flows.iter().take(words::MOST_FLOWS) {
        let critical = if flow.critical { " (critical)" } else { "" };
        let picture = flow.outcome.map_or(Picture::None, |outcome| Picture::Chip(outcome.as_str()));
        let before = if flow.outcome.is_none() { "flow " } else { "" };
        let text = FLOW.wrap(&format!("{before}{}{critical}", flow.name), 330.0, 1).concat();
        items.push(Item { picture, text, font: FLOW, class: "flow" });
    }
    if diagram.flows.len() > words::MOST_FLOWS {
        let text = format!("and {} more flows", diagram.flows.len() - words::MOST_FLOWS);
        items.push(Item { picture: Picture::None, text, font: FLOW, class: "flow" });
    }
    items
}

fn legend(diagram: &Diagram) -> Vec<Item> {
    let item = |picture, text: &str| Item { picture, text: text.to_owned(), font: NOTE, class: "note" };
    let mut items: Vec<Item> =
        words::lines_used(diagram).into_iter().map(|line| item(Picture::Line(line), words::line(line))).collect();
    if diagram.edges.iter().any(|edge| edge.critical) || diagram.nodes.iter().any(|node| node.critical) {
        items.push(item(Picture::Key, words::CRITICAL));
    }
    if diagram.edges.iter().any(|edge| edge.carries) {
        items.push(item(Picture::Carries, words::CARRIES));
    }
    for note in &diagram.notes {
        items.push(item(Picture::None, note));
    }
    items
}

/// Items side by side as far as there is room. An item that is too long for a line is cut.
fn rows(items: Vec<Item>, width: f64) -> Vec<Vec<Item>> {
    let mut rows: Vec<Vec<Item>> = Vec::new();
    let mut used = f64::INFINITY;
    for mut item in items {
        item.text = item.font.wrap(&item.text, width - item.picture.width(), 1).concat();
        let wide = item.width();
        if used + wide > width {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += wide + GAP;
        if let Some(row) = rows.last_mut() {
            row.push(item);
        }
    }
    rows
}

impl Item {
    fn width(&self) -> f64 {
        self.picture.width() + self.font.width(&self.text)
    }
}

impl Picture {
    fn width(&self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Chip(word) => card::CHIP.width(word) + 12.0 + 6.0,
            Self::Line(_) | Self::Key | Self::Carries => 42.0,
        }
    }

    /// Draws it on a line of text whose letters stand at `y`.
    fn draw(&self, x: f64, y: f64) -> String {
        let sample = |group: &str, line: &str| {
            let (end, middle) = (x + 34.0, y - 4.0);
            format!(
                "<g class=\"e {group}\"><path class=\"line {line}\" d=\"M{} {m}L{} {m}\"/>\
                 <path class=\"head\" d=\"M{} {m}l-9 -4l0 8Z\"/></g>",
                number(x),
                number(end - 2.0),
                number(end),
                m = number(middle)
            )
        };
        match self {
            Self::None => String::new(),
            Self::Chip(word) => {
                let width = card::CHIP.width(word) + 12.0;
                let mut svg = format!(
                    "<g class=\"{word}\"><rect class=\"chip\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"17\" rx=\"4\"/>",
                    number(x),
                    number(y - 13.0),
                    number(width)
                );
                svg.push_str(&text_at("chip-text", x + width / 2.0, y - 0.8, word));
                svg.push_str("</g>");
                svg
            }
            Self::Line(line) => sample("", line.as_str()),
            Self::Key => sample("key", ""),
            Self::Carries => sample("carries", ""),
        }
    }
}

fn draw(rows: &[Vec<Item>], left: f64, top: f64, svg: &mut String) {
    let mut y = top;
    for row in rows {
        let mut x = left;
        for item in row {
            svg.push_str(&item.picture.draw(x, y));
            svg.push_str(&text_at(item.class, x + item.picture.width(), y, &item.text));
            writeln!(svg).unwrap_or_default();
            x += item.width() + GAP;
        }
        y += LINE;
    }
}

#[expect(clippy::cast_precision_loss, reason = "lines of a legend are few")]
fn count(lines: usize) -> f64 {
    lines as f64
}
