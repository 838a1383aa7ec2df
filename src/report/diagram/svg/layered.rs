//! Where boxes stand in layers: the only file that knows the layout library.
//!
//! Every arrow between neighbouring layers leads down unless the design is circular there; longer arrows get a place
//! of their own in each layer they pass, apart from the boxes in it.

use super::geometry::Point;
use dugong::graphlib::{EdgeKey, Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel, WorkControl, WorkError};

/// Between boxes of one layer, and between layers, in pixels.
const BESIDE: f64 = 26.0;
const BELOW: f64 = 52.0;
/// Between arrows, and between them and half the distance of boxes, in pixels.
const LANES: f64 = 14.0;

/// Steps the layout may take: a hundred boxes with four hundred arrows take a fraction of it.
const MOST_WORK: usize = 400_000_000;

/// An arrow to lay out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrow {
    pub tail: usize,
    pub head: usize,
    /// How much it matters that it is short and straight.
    pub weight: f64,
    /// Layers from its tail to its head, at the least; 1 for the next one.
    pub length: usize,
}

/// Layers from top to bottom.
pub(super) struct Layers {
    /// The middle of every box; boxes of one layer have the same `y`.
    pub boxes: Vec<Point>,
    /// Where every arrow passes the layers between its ends, in order; other points lie between layers.
    pub bends: Vec<Vec<Point>>,
}

/// Lays out one connected part. `None` when that would take too long.
pub(super) fn layered(sizes: &[(f64, f64)], arrows: &[Arrow]) -> Option<Layers> {
    let mut graph: Graph<NodeLabel, EdgeLabel, GraphLabel> =
        Graph::new(GraphOptions { multigraph: true, compound: false, directed: true });
    // Where arrows are given a length, they pass layers through boxes of no size, which keep the order of the arrows:
    // the library would put all of its own places of long arrows beside each other. Boxes bring their distance along.
    let waits = arrows.iter().any(|arrow| arrow.length > 1);
    let (apart, margin) = if waits { (LANES, BESIDE - LANES) } else { (BESIDE, 0.0) };
    graph.set_graph(GraphLabel { nodesep: apart, ranksep: BELOW, edgesep: LANES, ..GraphLabel::default() });
    let long = |index: usize| arrows.iter().enumerate().filter(move |(_, arrow)| arrow.tail.max(arrow.head) == index);
    for (index, (width, height)) in sizes.iter().enumerate() {
        for (at, arrow) in long(index) {
            (1..arrow.length).for_each(|layer| {
                graph.set_node(passage(at, layer), NodeLabel::default());
            });
        }
        graph.set_node(name(index), NodeLabel { width: *width + margin, height: *height, ..NodeLabel::default() });
    }
    let key = |index: usize, arrow: &Arrow| EdgeKey::new(name(arrow.tail), name(arrow.head), Some(name(index)));
    for (index, arrow) in arrows.iter().enumerate() {
        let label = || EdgeLabel { weight: arrow.weight, minlen: 1, ..EdgeLabel::default() };
        let mut from = name(arrow.tail);
        for layer in 1..arrow.length {
            let passed = passage(index, layer);
            graph.set_edge_key(EdgeKey::new(from, passed.clone(), Some(name(index))), label());
            from = passed;
        }
        graph.set_edge_key(EdgeKey::new(from, name(arrow.head), Some(name(index))), label());
    }
    dugong::layout_controlled(&mut graph, &mut Allowance(MOST_WORK)).ok()?;
    let place = |name: &str| {
        let label = graph.node(name)?;
        Some(Point { x: label.x?, y: label.y? })
    };
    let boxes: Vec<Point> = (0..sizes.len()).map(|index| place(&name(index))).collect::<Option<_>>()?;
    let points = |(index, arrow): (usize, &Arrow)| {
        if arrow.length > 1 {
            return (1..arrow.length).map(|layer| place(&passage(index, layer))).collect::<Option<Vec<Point>>>();
        }
        let points = &graph.edge_by_key(&key(index, arrow))?.points;
        // The first and the last are where a straight line would meet the boxes.
        let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
        Some(inner.iter().map(|point| Point { x: point.x, y: point.y }).collect())
    };
    let bends: Vec<Vec<Point>> = arrows.iter().enumerate().map(points).collect::<Option<_>>()?;
    let finite = |point: &Point| point.x.is_finite() && point.y.is_finite();
    (boxes.iter().all(finite) && bends.iter().flatten().all(finite)).then_some(Layers { boxes, bends })
}

fn name(index: usize) -> String {
    format!("n{index}")
}

/// Where an arrow passes a layer between its ends.
fn passage(arrow: usize, layer: usize) -> String {
    format!("p{arrow}.{layer}")
}

struct Allowance(usize);

impl WorkControl for Allowance {
    fn charge(&mut self, units: usize) -> Result<(), WorkError> {
        self.0 = self.0.checked_sub(units).ok_or(WorkError::Interrupted)?;
        Ok(())
    }
}
