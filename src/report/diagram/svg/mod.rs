//! A picture as SVG: one file without scripts or anything to load, light or dark as its viewer is.

mod arrange;
mod card;
mod frame;
mod geometry;
mod layered;
mod route;
mod text;

use super::{Diagram, Edge, Line, words};
use arrange::arrange;
use card::Card;
use frame::Frame;
use geometry::{End, Point, Route, number};
use layered::Arrow;
use std::fmt::Write as _;
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");

/// Around everything, in pixels.
const MARGIN: f64 = 20.0;

/// The narrowest picture, for the legend.
const NARROWEST: f64 = 640.0;

pub(super) fn write(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    let cards: Vec<Card> = diagram.nodes.iter().map(Card::new).collect();
    let sizes: Vec<(f64, f64)> = cards.iter().map(|card| (card.width, card.height)).collect();
    let arrows: Vec<Arrow> = diagram.edges.iter().map(arrow).collect();
    let arranged = arrange(&sizes, &arrows);
    let width = (arranged.width.max(NARROWEST) + 2.0 * MARGIN).ceil();
    let frame = Frame::new(diagram, width - 2.0 * MARGIN);
    let height = (frame.above + arranged.height + frame.below + 2.0 * MARGIN).ceil();

    let (title, summary) = (escaped(&words::title(diagram)), escaped(&words::summary(diagram)));
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title summary\">"
    )?;
    writeln!(out, "<title id=\"title\">{title}</title>\n<desc id=\"summary\">{summary}</desc>")?;
    writeln!(out, "<style>\n{STYLE}</style>")?;
    writeln!(out, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>")?;
    write!(out, "{}", frame.head(MARGIN, MARGIN))?;
    let corner = Point { x: (width - arranged.width) / 2.0, y: MARGIN + frame.above };
    // What matters most is drawn last, on top.
    let mut order: Vec<usize> = (0..diagram.edges.len()).collect();
    order.sort_by_key(|index| (diagram.edges[*index].carries, diagram.edges[*index].critical));
    for index in order {
        let edge = &diagram.edges[index];
        let mut route = arranged.routes[index].clone();
        for (end, node) in [(End::Tail, edge.tail()), (End::Head, edge.head())] {
            let rect = &arranged.boxes[node];
            route.approach(end, cards[node].inset(rect, route.end(end), route.sideways));
        }
        route.move_by(corner);
        write!(out, "{}", line(diagram, edge, &route))?;
    }
    for (card, rect) in cards.iter().zip(&arranged.boxes) {
        let mut rect = *rect;
        rect.middle = rect.middle.moved(corner);
        write!(out, "{}", card.draw(&rect))?;
    }
    write!(out, "{}", frame.foot(MARGIN, MARGIN + frame.above + arranged.height))?;
    writeln!(out, "</svg>")
}

/// Lines of critical flows are straightest; what is needed only to start gives way.
fn arrow(edge: &Edge) -> Arrow {
    let weight = match edge.line {
        _ if edge.critical => 6.0,
        Line::Hard => 3.0,
        Line::Soft | Line::Async => 2.0,
        Line::Fallback | Line::Start => 1.0,
    };
    Arrow { tail: edge.tail(), head: edge.head(), weight, length: 1 }
}

fn line(diagram: &Diagram, edge: &Edge, route: &Route) -> String {
    let mut class = vec!["e"];
    if edge.carries {
        class.push("carries");
    } else if edge.critical {
        class.push("key");
    }
    // Many dependencies make a thicker line.
    #[expect(clippy::cast_precision_loss, reason = "dependencies of a picture are few")]
    let width = (edge.count as f64).log2().mul_add(0.7, if edge.critical || edge.carries { 2.4 } else { 1.3 });
    let thick =
        if edge.count > 1 { format!(" style=\"stroke-width:{}\"", number(width.min(7.0))) } else { String::new() };
    format!(
        "<g class=\"{}\"><title>{}</title><path class=\"line {}\"{thick} d=\"{}\"/><path class=\"head\" d=\"{}\"/></g>\n",
        class.join(" "),
        escaped(&words::arrow(diagram, edge)),
        edge.line.as_str(),
        route.path(),
        route.head()
    )
}

/// Text as XML. Signs that XML has no way to write become `\u{fffd}`.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            sign => safe.push(sign),
        }
    }
    safe
}

fn text_at(class: &str, x: f64, y: f64, text: &str) -> String {
    let mut svg = String::new();
    write!(svg, "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", number(x), number(y), escaped(text))
        .unwrap_or_default();
    svg
}
