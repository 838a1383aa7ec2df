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

    /// Moves an end on in its own direction.
    pub(super) fn approach(&mut self, end: End, distance: f64) {
        let (along_x, along_y) = self.direction(end);
        let this = match end {
            End::Tail => self.points.first_mut(),
            End::Head => self.points.last_mut(),
        };
        if let Some(point) = this {
            *point = point.moved(Point { x: along_x * distance, y: along_y * distance });
        }
    }

    /// Which way an end points: outwards from the line. Straight pieces may have no length; the curve next to them
    /// goes the same way.
    fn direction(&self, end: End) -> (f64, f64) {
        let along = |point: &Point| if self.sideways { point.x } else { point.y };
        let at = along(&self.end(end));
        let other = match end {
            End::Tail => self.points.iter().find(|point| (along(point) - at).abs() > 0.01),
            End::Head => self.points.iter().rev().find(|point| (along(point) - at).abs() > 0.01),
        };
        let sign = other.map_or(1.0, |other| (at - along(other)).signum());
        if self.sideways { (sign, 0.0) } else { (0.0, sign) }
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
        let (end, (along_x, along_y)) = (self.end(End::Head), self.direction(End::Head));
        let (long, half) = (9.0, 4.0);
        let point = |back: f64, across: f64| {
            let (x, y) = (end.x - back * along_x + across * along_y, end.y - back * along_y + across * along_x);
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
