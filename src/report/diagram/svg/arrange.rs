//! Boxes and lines of the whole picture: connected parts one by one, side by side, in the direction that fits a page.

use super::geometry::{Point, Rect, Route};
use super::layered::{Arrow, Layers, layered};
use super::route::{CORNER, LEAST_APART, route};
use std::collections::BTreeMap;

/// Between connected parts, in pixels.
const BETWEEN: f64 = 34.0;

/// What is read without scrolling on a usual page.
const PAGE: (f64, f64) = (1000.0, 760.0);

/// Where everything is.
#[derive(Debug)]
pub(super) struct Arrangement {
    pub boxes: Vec<Rect>,
    pub routes: Vec<Route>,
    pub width: f64,
    pub height: f64,
}

/// Places boxes of the given sizes; the first corner is at the origin.
pub(super) fn arrange(sizes: &[(f64, f64)], arrows: &[Arrow]) -> Arrangement {
    let parts = parts(sizes.len(), arrows);
    let downwards = pack(sizes.len(), arrows.len(), &parts, |part| part.lay_out(sizes, arrows, false));
    if fits(&downwards) <= 1.0 {
        return downwards;
    }
    let sideways = pack(sizes.len(), arrows.len(), &parts, |part| part.lay_out(sizes, arrows, true));
    let best = if fits(&sideways) < fits(&downwards) { sideways } else { downwards };
    let Some(folded) = folded(sizes.len(), arrows) else { return best };
    let folded = pack(sizes.len(), arrows.len(), &parts, |part| part.lay_out(sizes, &folded, true));
    if fits(&folded) < fits(&best) { folded } else { best }
}

/// Boxes with nothing but one arrow, to or from the same box, that stand in one layer.
const FAN: usize = 12;
/// Layers that the ends of a fan stand in.
const MOST_LAYERS: usize = 5;

/// The arrows, those of wide fans of different lengths, so that the ends of a fan stand in several layers; `None`
/// without such fans.
fn folded(boxes: usize, arrows: &[Arrow]) -> Option<Vec<Arrow>> {
    let mut degree = vec![0_usize; boxes];
    for arrow in arrows {
        degree[arrow.tail] += 1;
        degree[arrow.head] += 1;
    }
    let mut fans: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (index, arrow) in arrows.iter().enumerate() {
        match (degree[arrow.tail], degree[arrow.head]) {
            (2.., 1) => fans.entry((arrow.tail, true)).or_default().push(index),
            (1, 2..) => fans.entry((arrow.head, false)).or_default().push(index),
            _ => {}
        }
    }
    fans.retain(|_, ends| ends.len() > FAN);
    let mut folded = arrows.to_vec();
    for ends in fans.values() {
        // In turn, so that arrows to farther layers pass between the boxes of nearer ones.
        let layers = ends.len().div_ceil(FAN).min(MOST_LAYERS);
        for (at, index) in ends.iter().enumerate() {
            folded[*index].length = 1 + at % layers;
        }
    }
    (!fans.is_empty()).then_some(folded)
}

/// How many pages it takes in the worse direction. One scrolls down more readily than sideways.
fn fits(arrangement: &Arrangement) -> f64 {
    (arrangement.width / PAGE.0).max(arrangement.height / PAGE.1 / 2.0)
}

/// A connected part: positions of its boxes and of its arrows.
#[derive(Default)]
struct Part {
    boxes: Vec<usize>,
    arrows: Vec<usize>,
}

/// Largest first; parts of one box last.
fn parts(boxes: usize, arrows: &[Arrow]) -> Vec<Part> {
    let mut neighbours = vec![Vec::new(); boxes];
    for arrow in arrows {
        neighbours[arrow.tail].push(arrow.head);
        neighbours[arrow.head].push(arrow.tail);
    }
    let mut part_of = vec![usize::MAX; boxes];
    let mut parts: Vec<Part> = Vec::new();
    for start in 0..boxes {
        if part_of[start] != usize::MAX {
            continue;
        }
        let mut open = vec![start];
        part_of[start] = parts.len();
        while let Some(at) = open.pop() {
            for next in &neighbours[at] {
                if part_of[*next] == usize::MAX {
                    part_of[*next] = parts.len();
                    open.push(*next);
                }
            }
        }
        parts.push(Part::default());
    }
    for (index, part) in part_of.iter().enumerate() {
        parts[*part].boxes.push(index);
    }
    for (index, arrow) in arrows.iter().enumerate() {
        parts[part_of[arrow.tail]].arrows.push(index);
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.boxes.len()));
    parts
}

/// One part by itself, its first corner at the origin.
struct Laid {
    boxes: Vec<Rect>,
    routes: Vec<Route>,
    width: f64,
    height: f64,
}

impl Part {
    fn lay_out(&self, sizes: &[(f64, f64)], arrows: &[Arrow], sideways: bool) -> Laid {
        let size = |index: &usize| {
            let (width, height) = sizes[*index];
            if sideways { (height, width) } else { (width, height) }
        };
        let mut sizes: Vec<(f64, f64)> = self.boxes.iter().map(size).collect();
        let place = |index: usize| self.boxes.iter().position(|own| *own == index).unwrap_or_default();
        let arrows: Vec<Arrow> = self
            .arrows
            .iter()
            .map(|index| &arrows[*index])
            .map(|arrow| Arrow { tail: place(arrow.tail), head: place(arrow.head), ..*arrow })
            .collect();
        for (size, needed) in sizes.iter_mut().zip(room(self.boxes.len(), &arrows)) {
            size.0 = size.0.max(needed);
        }
        let layers = layered(&sizes, &arrows).unwrap_or_else(|| grid(&sizes, arrows.len()));
        let rect =
            |(middle, (width, height)): (&Point, &(f64, f64))| Rect { middle: *middle, width: *width, height: *height };
        let boxes: Vec<Rect> = layers.boxes.iter().zip(&sizes).map(rect).collect();
        let routes = route(&boxes, &arrows, &layers.bends);
        if sideways {
            let boxes = boxes.iter().map(Rect::transposed).collect();
            Laid::new(boxes, routes.into_iter().map(Route::transposed).collect())
        } else {
            Laid::new(boxes, routes)
        }
    }
}

/// How wide each box has to be, so that the arrows on its busier side are apart.
fn room(boxes: usize, arrows: &[Arrow]) -> Vec<f64> {
    let mut ends = vec![(0_u32, 0_u32); boxes];
    for arrow in arrows {
        ends[arrow.tail].0 += 1;
        ends[arrow.head].1 += 1;
    }
    ends.into_iter()
        .map(|(out, into)| 2.0 * CORNER + f64::from(out.max(into).saturating_sub(1)) * LEAST_APART)
        .collect()
}

impl Laid {
    fn new(mut boxes: Vec<Rect>, mut routes: Vec<Route>) -> Self {
        let corners = boxes
            .iter()
            .flat_map(|rect| [Point { x: rect.left(), y: rect.top() }, Point { x: rect.right(), y: rect.bottom() }]);
        let points: Vec<Point> = corners.chain(routes.iter().flat_map(|route| route.points.iter().copied())).collect();
        let least = |of: fn(&Point) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&Point) -> f64| points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let (left, top) = (least(|point| point.x), least(|point| point.y));
        let (width, height) = (most(|point| point.x) - left, most(|point| point.y) - top);
        let back = Point { x: -left, y: -top };
        for rect in &mut boxes {
            rect.middle = rect.middle.moved(back);
        }
        for route in &mut routes {
            route.move_by(back);
        }
        Self { boxes, routes, width, height }
    }
}

/// Rows of boxes in the order in which they come, for what would take too long to lay out.
fn grid(sizes: &[(f64, f64)], arrows: usize) -> Layers {
    let (width, height) = sizes.iter().fold((0.0_f64, 0.0_f64), |most, size| (most.0.max(size.0), most.1.max(size.1)));
    let columns = sizes.len().isqrt().max(1);
    #[expect(clippy::cast_precision_loss, reason = "boxes of a picture are few")]
    let place = |index: usize| Point {
        x: (index % columns) as f64 * (width + BETWEEN),
        y: (index / columns) as f64 * (height + 2.0 * BETWEEN),
    };
    Layers { boxes: (0..sizes.len()).map(place).collect(), bends: vec![Vec::new(); arrows] }
}

/// Puts parts on shelves as wide as the widest of them, or as a page.
fn pack(boxes: usize, arrows: usize, parts: &[Part], lay_out: impl Fn(&Part) -> Laid) -> Arrangement {
    let laid: Vec<Laid> = parts.iter().map(lay_out).collect();
    let shelf = laid.iter().map(|part| part.width).fold(PAGE.0, f64::max);
    let empty = Rect { middle: Point::default(), width: 0.0, height: 0.0 };
    let mut all =
        Arrangement { boxes: vec![empty; boxes], routes: vec![Route::default(); arrows], width: 0.0, height: 0.0 };
    let (mut left, mut top, mut was_alone) = (0.0, 0.0, false);
    for (part, laid) in parts.iter().zip(laid) {
        // What is connected with nothing stands below everything else.
        let alone = part.boxes.len() == 1 && !was_alone;
        was_alone |= alone;
        if left > 0.0 && (alone || left + laid.width > shelf) {
            left = 0.0;
            top = all.height + BETWEEN;
        }
        let by = Point { x: left, y: top };
        for (index, mut rect) in part.boxes.iter().zip(laid.boxes) {
            rect.middle = rect.middle.moved(by);
            all.boxes[*index] = rect;
        }
        for (index, mut route) in part.arrows.iter().zip(laid.routes) {
            route.move_by(by);
            all.routes[*index] = route;
        }
        left += laid.width + BETWEEN;
        all.width = all.width.max(left - BETWEEN);
        all.height = all.height.max(top + laid.height);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Points along a line, close to each other.
    fn samples(route: &Route) -> Vec<Point> {
        let mut samples = Vec::new();
        for (index, ends) in route.points.windows(2).enumerate() {
            let (from, to) = (ends[0], ends[1]);
            for step in 0..=40 {
                let t = f64::from(step) / 40.0;
                // Along the layers, and across them; a curve is flat across at both ends.
                let linear = |from: f64, to: f64| from + (to - from) * t;
                let curve = |from: f64, to: f64| from + (to - from) * (3.0 - 2.0 * t) * t * t;
                let along = |from: f64, to: f64| {
                    let middle = f64::midpoint(from, to);
                    let u = 1.0 - t;
                    u * u * u * from + 3.0 * u * u * t * middle + 3.0 * u * t * t * middle + t * t * t * to
                };
                samples.push(match (index % 2 == 0, route.sideways) {
                    (true, _) => Point { x: linear(from.x, to.x), y: linear(from.y, to.y) },
                    (false, false) => Point { x: curve(from.x, to.x), y: along(from.y, to.y) },
                    (false, true) => Point { x: along(from.x, to.x), y: curve(from.y, to.y) },
                });
            }
        }
        samples
    }

    fn pictures() -> impl Strategy<Value = (Vec<(f64, f64)>, Vec<Arrow>)> {
        (1_usize..26).prop_flat_map(|boxes| {
            let sizes = prop::collection::vec((40.0..230.0_f64, 22.0..120.0_f64), boxes);
            let ends = prop::collection::btree_set((0..boxes, 0..boxes), 0..boxes * 2);
            let arrows = ends.prop_map(|ends: BTreeSet<(usize, usize)>| {
                let apart = ends.into_iter().filter(|(tail, head)| tail != head);
                apart.map(|(tail, head)| Arrow { tail, head, weight: 1.0, length: 1 }).collect()
            });
            (sizes, arrows)
        })
    }

    proptest! {
        #[test]
        fn boxes_are_apart_and_lines_touch_only_their_own((sizes, arrows) in pictures()) {
            let arranged = arrange(&sizes, &arrows);
            for (at, (rect, (width, height))) in arranged.boxes.iter().zip(&sizes).enumerate() {
                prop_assert!(rect.width >= *width && rect.height >= *height);
                prop_assert!(rect.left() > -0.01 && rect.right() < arranged.width + 0.01);
                prop_assert!(rect.top() > -0.01 && rect.bottom() < arranged.height + 0.01);
                for other in &arranged.boxes[..at] {
                    let apart = rect.left() >= other.right() || other.left() >= rect.right()
                        || rect.top() >= other.bottom() || other.top() >= rect.bottom();
                    prop_assert!(apart, "{:?} {:?}", rect, other);
                }
            }
            for (arrow, route) in arrows.iter().zip(&arranged.routes) {
                for point in samples(route) {
                    for (index, rect) in arranged.boxes.iter().enumerate() {
                        let inside = point.x > rect.left() + 0.5 && point.x < rect.right() - 0.5
                            && point.y > rect.top() + 0.5 && point.y < rect.bottom() - 0.5;
                        prop_assert!(!inside, "{:?} meets box {} {:?}", arrow, index, point);
                    }
                }
                let touches = |point: &Point, rect: &Rect| {
                    let beside = point.x > rect.left() - 0.01 && point.x < rect.right() + 0.01;
                    beside && point.y > rect.top() - 0.01 && point.y < rect.bottom() + 0.01
                };
                prop_assert!(touches(&route.points[0], &arranged.boxes[arrow.tail]));
                prop_assert!(touches(route.points.last().expect("a line has ends"), &arranged.boxes[arrow.head]));
            }
        }
    }
}
