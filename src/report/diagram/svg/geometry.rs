//! Points, boxes and the lines between them, in pixels; `y` grows downwards.

use std::fmt::Write;

#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    pub(super) fn moved(self, by: Self) -> Self {
        Self { x: self.x + by.x, y: self.y + by.y }
    }

    pub(super) fn transposed(self) -> Self {
        Self { x: self.y, y: self.x }
    }
}

/// A box by its middle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rect {
    pub middle: Point,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub(super) fn left(&self) -> f64 {
        self.middle.x - self.width / 2.0
    }

    pub(super) fn right(&self) -> f64 {
        self.middle.x + self.width / 2.0
    }

    pub(super) fn top(&self) -> f64 {
        self.middle.y - self.height / 2.0
    }

    pub(super) fn bottom(&self) -> f64 {
        self.middle.y + self.height / 2.0
    }

    pub(super) fn transposed(&self) -> Self {
        Self { middle: self.middle.transposed(), width: self.height, height: self.width }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Tail,
    Head,
}

/// A line from box to box: straight pieces within layers, curves between them.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Route {
    /// The ends of its pieces; the pieces alternate between straight and curved, the first and the last are straight.
    pub points: Vec<Point>,
    /// Layers lie side by side instead of below each other.
    pub sideways: bool,
}

impl Route {
    pub(super) fn transposed(self) -> Self {
        Self { points: self.points.into_iter().map(Point::transposed).collect(), sideways: !self.sideways }
    }

    pub(super) fn move_by(&mut self, by: Point) {
        for point in &mut self.points {
            *point = point.moved(by);
        }
    }

    /// Moves an end towards the box it belongs to.
    pub(super) fn approach(&mut self, end: End, distance: f64) {
        let (this, next) = match (end, self.points.len()) {
            (_, 0 | 1) => return,
            (End::Tail, _) => (0, 1),
            (End::Head, count) => (count - 1, count - 2),
        };
        let (from, to) = (self.points[next], self.points[this]);
        if self.sideways {
            self.points[this].x += distance * (to.x - from.x).signum();
        } else {
            self.points[this].y += distance * (to.y - from.y).signum();
        }
    }

    pub(super) fn end(&self, end: End) -> Point {
        let point = match end {
            End::Tail => self.points.first(),
            End::Head => self.points.last(),
        };
        point.copied().unwrap_or_default()
    }

    /// The `d` of a path. The curves leave and reach layers at right angles, so that they stay between them.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        let mut before = Point::default();
        for (index, point) in self.points.iter().enumerate() {
            let (x, y) = (number(point.x), number(point.y));
            let written = if index == 0 {
                write!(path, "M{x} {y}")
            } else if index % 2 == 1 {
                write!(path, "L{x} {y}")
            } else if self.sideways {
                let middle = number(f64::midpoint(before.x, point.x));
                write!(path, "C{middle} {} {middle} {y} {x} {y}", number(before.y))
            } else {
                let middle = number(f64::midpoint(before.y, point.y));
                write!(path, "C{} {middle} {x} {middle} {x} {y}", number(before.x))
            };
            written.unwrap_or_default();
            before = *point;
        }
        path
    }

    /// The head of the arrow at the end of the line, as the `d` of a path.
    pub(super) fn head(&self) -> String {
        let (Some(end), Some(before)) = (self.points.last(), self.points.iter().rev().nth(1)) else {
            return String::new();
        };
        let (long, half) = (9.0, 4.0);
        let point = |along: f64, across: f64| {
            let (x, y) = if self.sideways {
                (end.x - along * (end.x - before.x).signum(), end.y + across)
            } else {
                (end.x + across, end.y - along * (end.y - before.y).signum())
            };
            format!("{} {}", number(x), number(y))
        };
        format!("M{}L{}L{}Z", point(0.0, 0.0), point(long, -half), point(long, half))
    }
}

/// A coordinate with one decimal at the most.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // No negative zero.
    format!("{}", rounded + 0.0)
}
