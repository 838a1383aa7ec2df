//! One box: what is written in it, how large it has to be, and its outline by kind.

use super::geometry::{Point, Rect, number};
use super::text::Font;
use super::{escaped, text_at};
use crate::analyse::failure::State;
use crate::read::vocabulary::Kind;
use crate::report::diagram::words;
use crate::report::diagram::{Node, What};
use std::fmt::Write;

pub(super) const NAME: Font = Font { size: 14.0, bold: true };
pub(super) const DETAIL: Font = Font { size: 11.0, bold: false };
pub(super) const CHIP: Font = Font { size: 11.0, bold: true };

/// The widest line of a box.
const WIDEST: f64 = 176.0;
const NAME_LINE: f64 = 18.0;
const DETAIL_LINE: f64 = 15.0;
const CHIP_LINE: f64 = 17.0;
/// Height of the curve of a cylinder.
const LID: f64 = 6.0;
/// Width of the points of a hexagon.
const CUT: f64 = 12.0;

/// A box with its text broken into lines.
pub(super) struct Card<'a> {
    node: &'a Node,
    outline: Outline,
    name: Vec<String>,
    details: Vec<String>,
    chip: Vec<String>,
    pub width: f64,
    pub height: f64,
}

/// The outline says what a box is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outline {
    /// A process.
    Plain,
    /// A process that works by itself.
    Ribbed,
    /// Users and their devices.
    Round,
    /// On the way of every request.
    Hexagon,
    /// Keeps data.
    Cylinder,
    /// Keeps copies.
    DashedCylinder,
    /// Hands messages on.
    Pipe,
    /// Other people's system.
    Dashed,
    /// Several components.
    Stack,
    Choice,
}

impl<'a> Card<'a> {
    pub(super) fn new(node: &'a Node) -> Self {
        let outline = outline(node);
        let details = words::details(node);
        if outline == Outline::Choice {
            let width = DETAIL.width(&details.concat()) + 18.0;
            let (name, chip) = (Vec::new(), Vec::new());
            return Self { node, outline, name, details, chip, width, height: 22.0 };
        }
        let name = NAME.wrap(&node.name, WIDEST, 2);
        let details: Vec<String> = details.iter().flat_map(|line| DETAIL.wrap(line, WIDEST, 2)).collect();
        let chip = words::condition(node).map_or_else(Vec::new, |text| CHIP.wrap(&text, WIDEST, 2));
        let widest = |font: Font, lines: &[String]| lines.iter().map(|line| font.width(line)).fold(0.0, f64::max);
        let text = widest(NAME, &name).max(widest(DETAIL, &details)).max(widest(CHIP, &chip) + 14.0);
        let beside = if matches!(outline, Outline::Round | Outline::Hexagon | Outline::Pipe) { 40.0 } else { 26.0 };
        let chip_height = if chip.is_empty() { 0.0 } else { CHIP_LINE * lines(&chip) + 7.0 };
        let lid = if matches!(outline, Outline::Cylinder | Outline::DashedCylinder) { 2.0 * LID } else { 0.0 };
        let height = 18.0 + lid + NAME_LINE * lines(&name) + DETAIL_LINE * lines(&details) + chip_height;
        Self { node, outline, name, details, chip, width: (text + beside).max(90.0).ceil(), height: height.ceil() }
    }

    /// How far the outline is inside the rectangle where a line meets it from a side, or else from above or below.
    pub(super) fn inset(&self, rect: &Rect, at: Point, sideways: bool) -> f64 {
        let (half_width, half_height) = (rect.width / 2.0, rect.height / 2.0);
        let (across, half) = if sideways {
            ((at.y - rect.middle.y).abs(), half_height)
        } else {
            ((at.x - rect.middle.x).abs(), half_width)
        };
        // Of a curve that is `depth` deep and flat on top up to `flat`.
        let curve = |depth: f64, flat: f64| {
            let share = ((across - flat) / (half - flat).max(1.0)).clamp(0.0, 1.0);
            depth * (1.0 - (1.0 - share * share).sqrt())
        };
        match self.outline {
            Outline::Cylinder | Outline::DashedCylinder if !sideways => curve(LID, 0.0),
            Outline::Pipe if sideways => curve(LID, 0.0),
            Outline::Round | Outline::Choice if sideways => curve(half_height, 0.0),
            Outline::Round | Outline::Choice => curve(half_height, half_width - half_height),
            Outline::Hexagon if sideways => CUT * across / half,
            Outline::Stack if at.x > rect.middle.x && sideways || at.y > rect.middle.y && !sideways => 2.0,
            _ => 0.0,
        }
    }

    pub(super) fn draw(&self, rect: &Rect) -> String {
        let mut class = vec!["n"];
        class.extend(self.node.state.filter(|state| *state > State::Up).map(State::as_str));
        if self.node.critical {
            class.push("critical");
        }
        let mut svg = format!("<g class=\"{}\"><title>{}</title>", class.join(" "), escaped(&self.tooltip()));
        svg.push_str(&self.shape(rect));
        let lid = if matches!(self.outline, Outline::Cylinder | Outline::DashedCylinder) { 2.0 * LID } else { 0.0 };
        let spare = (rect.height - self.height) / 2.0;
        let mut y = rect.top() + spare + if self.outline == Outline::Choice { 0.0 } else { 9.0 + lid };
        for line in &self.name {
            svg.push_str(&text_at("name", rect.middle.x, y + 13.5, line));
            y += NAME_LINE;
        }
        for line in &self.details {
            svg.push_str(&text_at(
                "detail",
                rect.middle.x,
                y + if self.outline == Outline::Choice { 15.0 } else { 11.0 },
                line,
            ));
            y += DETAIL_LINE;
        }
        if !self.chip.is_empty() {
            let width = self.chip.iter().map(|line| CHIP.width(line)).fold(0.0, f64::max) + 12.0;
            let (left, height) = (rect.middle.x - width / 2.0, CHIP_LINE * lines(&self.chip));
            let mark = if self.node.struck.is_empty() { "chip" } else { "chip struck" };
            write!(
                svg,
                "<rect class=\"{mark}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                number(left),
                number(y + 3.5),
                number(width),
                number(height)
            )
            .unwrap_or_default();
            for (index, line) in self.chip.iter().enumerate() {
                svg.push_str(&text_at(
                    "chip-text",
                    rect.middle.x,
                    y + 15.7 + CHIP_LINE * f64::from(u8::from(index > 0)),
                    line,
                ));
            }
        }
        svg.push_str("</g>\n");
        svg
    }

    fn tooltip(&self) -> String {
        let mut parts = vec![self.node.name.clone()];
        if let What::Group { members } = &self.node.what {
            let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            parts.push(names.join(", "));
        } else {
            parts.extend(words::details(self.node));
        }
        parts.extend(words::condition(self.node));
        parts.extend(self.node.because.clone());
        parts.join("\n")
    }

    fn shape(&self, rect: &Rect) -> String {
        let (left, top, right, bottom) = (rect.left(), rect.top(), rect.right(), rect.bottom());
        let (width, height) = (rect.width, rect.height);
        let plain = |class: &str, round: f64| {
            format!(
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
                number(left),
                number(top),
                number(width),
                number(height),
                number(round)
            )
        };
        let path = |class: &str, d: String| format!("<path class=\"{class}\" d=\"{d}\"/>");
        let p = |x: f64, y: f64| format!("{} {}", number(x), number(y));
        match self.outline {
            Outline::Plain => plain("box", 6.0),
            Outline::Choice | Outline::Round => plain("box", height / 2.0),
            Outline::Dashed => plain("box dashed", 6.0),
            Outline::Ribbed => {
                let rib = |x: f64| path("rib", format!("M{}L{}", p(x, top), p(x, bottom)));
                format!("{}{}{}", plain("box", 2.0), rib(left + 6.0), rib(right - 6.0))
            }
            Outline::Hexagon => {
                let (cut, middle) = (CUT, rect.middle.y);
                path(
                    "box",
                    format!(
                        "M{}L{}L{}L{}L{}L{}Z",
                        p(left + cut, top),
                        p(right - cut, top),
                        p(right, middle),
                        p(right - cut, bottom),
                        p(left + cut, bottom),
                        p(left, middle)
                    ),
                )
            }
            Outline::Cylinder | Outline::DashedCylinder => {
                let class = if self.outline == Outline::Cylinder { "box" } else { "box dashed" };
                let arc = format!("A{} {}", number(width / 2.0), number(LID));
                let (up, down) = (top + LID, bottom - LID);
                let body = format!(
                    "M{}{arc} 0 0 1 {}L{}{arc} 0 0 1 {}Z",
                    p(left, up),
                    p(right, up),
                    p(right, down),
                    p(left, down)
                );
                let lid = format!("M{}{arc} 0 0 0 {}", p(left, up), p(right, up));
                path(class, body) + &path("rib", lid)
            }
            Outline::Pipe => {
                let arc = format!("A{} {}", number(LID), number(height / 2.0));
                let (near, far) = (left + LID, right - LID);
                let body = format!(
                    "M{}L{}{arc} 0 0 1 {}L{}{arc} 0 0 1 {}Z",
                    p(near, top),
                    p(far, top),
                    p(far, bottom),
                    p(near, bottom),
                    p(near, top)
                );
                let mouth = format!("M{}{arc} 0 0 0 {}", p(far, top), p(far, bottom));
                path("box", body) + &path("rib", mouth)
            }
            Outline::Stack => {
                let behind = format!(
                    "<rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
                    number(left + 4.0),
                    number(top + 4.0),
                    number(width - 4.0),
                    number(height - 4.0)
                );
                let front = format!(
                    "<rect class=\"box\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
                    number(left),
                    number(top),
                    number(width - 4.0),
                    number(height - 4.0)
                );
                behind + &front
            }
        }
    }
}

fn outline(node: &Node) -> Outline {
    let part = match &node.what {
        What::Component(part) => part,
        What::Choice { .. } => return Outline::Choice,
        What::Group { .. } => return Outline::Stack,
    };
    match part.kind {
        Kind::Client => Outline::Round,
        Kind::Cdn | Kind::Dns | Kind::Balancer | Kind::Gateway | Kind::Mesh => Outline::Hexagon,
        Kind::Worker | Kind::Job => Outline::Ribbed,
        Kind::Database | Kind::ObjectStore | Kind::Search => Outline::Cylinder,
        Kind::Cache => Outline::DashedCylinder,
        Kind::Queue | Kind::Stream => Outline::Pipe,
        Kind::External => Outline::Dashed,
        _ => Outline::Plain,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a box has a handful of lines")]
fn lines(of: &[String]) -> f64 {
    of.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::diagram::Part;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_fits_its_box(
            name in "\\PC{1,80}",
            technology in prop::option::of("\\PC{1,50}"),
            zones in prop::collection::vec("[a-z0-9-]{1,12}", 0..6),
            kind in prop::sample::select(Kind::ALL),
            down in any::<bool>(),
        ) {
            let (region, vendor, group) = (None, None, None);
            let part = Part { kind, technology, replicas: Some(12), zones, region, vendor, group };
            let state = down.then_some(State::Down);
            let struck = vec!["region eu-central-1 fails".to_owned()];
            let node = Node { what: What::Component(part), name, critical: false, state, struck, because: None };
            let card = Card::new(&node);
            for (font, lines, spare) in [(NAME, &card.name, 20.0), (DETAIL, &card.details, 20.0), (CHIP, &card.chip, 26.0)] {
                for line in lines {
                    prop_assert!(font.width(line) + spare <= card.width, "{:?} in {}", line, card.width);
                }
            }
            prop_assert!(!card.name.is_empty() && card.name.len() <= 2 && !card.details.is_empty());
            prop_assert_eq!(card.chip.is_empty(), !down);
        }
    }
}
