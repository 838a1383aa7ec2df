//! From places in layers to lines that touch no box.
//!
//! A line runs straight through a layer, at a place the layout kept free for it, and bends only between layers, where
//! there are no boxes. At a box, lines are spread over the side they come from.

use super::geometry::{Point, Rect, Route};
use super::layered::Arrow;

/// Lines at one side of a box are this far apart where there is room.
const APART: f64 = 14.0;
/// Where there is not, they are this far apart.
pub(super) const LEAST_APART: f64 = 8.0;
/// And this far from its corners.
pub(super) const CORNER: f64 = 14.0;

/// Routes every arrow; layers are rows.
pub(super) fn route(boxes: &[Rect], arrows: &[Arrow], bends: &[Vec<Point>]) -> Vec<Route> {
    let layers = Layers::new(boxes);
    let passes: Vec<Vec<(f64, usize)>> = bends
        .iter()
        .map(|bends| bends.iter().filter_map(|bend| Some((bend.x, layers.at(bend.y)?))).collect())
        .collect();
    let ports = ports(boxes, arrows, &passes, &layers);
    let mut routes = Vec::new();
    for (arrow, (passes, (start, end))) in arrows.iter().zip(passes.iter().zip(ports)) {
        let (tail, head) = (&boxes[arrow.tail], &boxes[arrow.head]);
        let mut points = Vec::new();
        let (from, to) = (layers.of(tail), layers.of(head));
        let mut at = from;
        let first = passes.first().map_or(to, |(_, layer)| *layer);
        points.push(Point { x: start, y: if first > from { tail.bottom() } else { tail.top() } });
        points.push(Point { x: start, y: layers.edge(from, first > from) });
        for (x, layer) in passes {
            let down = *layer > at;
            points.push(Point { x: *x, y: layers.edge(*layer, !down) });
            points.push(Point { x: *x, y: layers.edge(*layer, down) });
            at = *layer;
        }
        let down = to > at;
        points.push(Point { x: end, y: layers.edge(to, !down) });
        points.push(Point { x: end, y: if down { head.top() } else { head.bottom() } });
        routes.push(Route { points, sideways: false });
    }
    routes
}

/// Rows of boxes, from top to bottom.
struct Layers {
    /// Middle, top and bottom.
    rows: Vec<(f64, f64, f64)>,
}

impl Layers {
    fn new(boxes: &[Rect]) -> Self {
        let mut sorted: Vec<&Rect> = boxes.iter().collect();
        sorted.sort_by(|a, b| a.middle.y.total_cmp(&b.middle.y));
        let mut rows: Vec<(f64, f64, f64)> = Vec::new();
        for rect in sorted {
            match rows.last_mut().filter(|(middle, ..)| rect.middle.y - *middle < 1.0) {
                Some((_, top, bottom)) => {
                    *top = top.min(rect.top());
                    *bottom = bottom.max(rect.bottom());
                }
                None => rows.push((rect.middle.y, rect.top(), rect.bottom())),
            }
        }
        Self { rows }
    }

    /// The row that lies at a height; `None` between rows.
    fn at(&self, y: f64) -> Option<usize> {
        self.rows.iter().position(|(_, top, bottom)| *top <= y && y <= *bottom)
    }

    fn of(&self, rect: &Rect) -> usize {
        self.at(rect.middle.y).unwrap_or(0)
    }

    fn edge(&self, row: usize, lower: bool) -> f64 {
        let (_, top, bottom) = self.rows[row];
        if lower { bottom } else { top }
    }
}

/// One end of an arrow at a side of a box.
struct Port {
    arrow: usize,
    at_tail: bool,
    /// Where it would be best.
    wish: f64,
    /// Where the line goes on, to keep lines in order.
    toward: f64,
}

/// Where every arrow leaves its tail and reaches its head.
fn ports(boxes: &[Rect], arrows: &[Arrow], passes: &[Vec<(f64, usize)>], layers: &Layers) -> Vec<(f64, f64)> {
    // Upper and lower side of every box.
    let mut sides: Vec<[Vec<Port>; 2]> = boxes.iter().map(|_| [Vec::new(), Vec::new()]).collect();
    for (index, (arrow, passes)) in arrows.iter().zip(passes).enumerate() {
        for (here, there, next, at_tail) in
            [(arrow.tail, arrow.head, passes.first(), true), (arrow.head, arrow.tail, passes.last(), false)]
        {
            let span = |rect: &Rect| {
                let corner = CORNER.min(rect.width / 2.0);
                (rect.left() + corner, rect.right() - corner)
            };
            let own = span(&boxes[here]);
            let (toward, range) =
                next.map_or_else(|| (boxes[there].middle.x, span(&boxes[there])), |(x, _)| (*x, (*x, *x)));
            let (low, high) = (own.0.max(range.0), own.1.min(range.1));
            // Rounding may put the two ends of a narrow box in the wrong order, which `clamp` would not stand.
            let wish = if low <= high { f64::midpoint(low, high) } else { toward.max(own.0).min(own.1) };
            let row = next.map_or_else(|| layers.of(&boxes[there]), |(_, row)| *row);
            let side = usize::from(row > layers.of(&boxes[here]));
            sides[here][side].push(Port { arrow: index, at_tail, wish, toward });
        }
    }
    let mut found = vec![(0.0, 0.0); arrows.len()];
    for (rect, sides) in boxes.iter().zip(&mut sides) {
        for side in sides {
            side.sort_by(|a, b| a.toward.total_cmp(&b.toward).then(a.arrow.cmp(&b.arrow)));
            for (port, x) in side.iter().zip(spread(rect, side)) {
                let ends = &mut found[port.arrow];
                *(if port.at_tail { &mut ends.0 } else { &mut ends.1 }) = x;
            }
        }
    }
    found
}

/// The places of ports, near their wishes, in order, apart from each other and within the side.
fn spread(rect: &Rect, ports: &[Port]) -> Vec<f64> {
    let corner = CORNER.min(rect.width / 2.0);
    let (low, high) = (rect.left() + corner, rect.right() - corner);
    let gaps = ports.len().saturating_sub(1);
    #[expect(clippy::cast_precision_loss, reason = "lines at one side of a box are few")]
    let apart = if gaps == 0 { 0.0 } else { APART.min((high - low) / gaps as f64) };
    let mut places: Vec<f64> = Vec::new();
    for port in ports {
        places.push(places.last().map_or(port.wish, |before| port.wish.max(before + apart)));
    }
    let mut limit = high;
    for place in places.iter_mut().rev() {
        *place = place.min(limit).max(low);
        limit = *place - apart;
    }
    // Moving to the left may have met the corner.
    let mut least = low;
    for place in &mut places {
        *place = place.max(least);
        least = *place + apart;
    }
    places
}
