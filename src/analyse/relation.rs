//! Tables of facts with evidence: what a rule names in `each`.
//!
//! A row's cells are values that know where they are written. Cells may be entities (a component, a dependency, a
//! flow), whose own fields are looked up when a rule asks for them, so that a table of ten thousand components costs
//! ten thousand cells.

use super::Analysis;
use crate::model::{ComponentId, DependencyId, FlowId, GroupId, TeamId};
use crate::read::vocabulary::{Answer, AnyAttr, Facts, FieldInfo, Origin, Plain, PlainType};
use crate::sources::Span;
use std::borrow::Cow;
use std::sync::Arc;

/// A named table.
pub struct Relation {
    /// Singular, `snake_case`: rules say `each: component`.
    pub name: &'static str,
    /// One sentence for `premortem relations`.
    pub summary: &'static str,
    pub fields: &'static [Field],
    /// Index of the field a finding is about.
    pub subject: usize,
    /// Every row, in file order.
    pub rows: for<'a> fn(&'a Analysis) -> Vec<Row<'a>>,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub summary: &'static str,
    pub ty: Type,
}

/// The type of a value, known when rules are checked.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    Bool,
    Integer,
    Number,
    /// Seconds.
    Duration,
    /// Per second.
    Rate,
    /// A fraction.
    Percent,
    /// The words it may be; empty when any text is allowed.
    Text(&'static [&'static str]),
    List(&'static Type),
    /// A map of the vocabulary, such as `health`.
    Record(fn() -> &'static [FieldInfo]),
    Component,
    Dependency,
    Group,
    Flow,
    Team,
    /// The design as a whole.
    Design,
}

/// One line of a table; cells in the order of the relation's fields.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub cells: Vec<Fact<'a>>,
}

/// A value with what was said about it and where.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    pub value: Value<'a>,
    pub stated: Stated,
    /// Where it is written; for something unsaid, the thing it is unsaid about.
    pub place: Option<Span>,
    /// Present when the value comes from the technology catalogue: what it says, since when.
    pub inferred: Option<&'a str>,
}

/// Which of the four answers a fact is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stated {
    Value,
    None,
    Todo,
    /// Not described in a notation that could have said it.
    Absent,
    /// Not described, and the notation has no words for it (or its absence there proves nothing).
    Unknowable,
}

/// What a cell holds.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// Not a value: none, open or not described.
    Null,
    Bool(bool),
    Integer(i64),
    Number(f64),
    Duration(f64),
    Rate(f64),
    Percent(f64),
    Text(Cow<'a, str>),
    /// Shared, because reading a cell copies it.
    List(Arc<[Fact<'a>]>),
    Record(&'a dyn Facts),
    Component(ComponentId),
    Dependency(DependencyId),
    Group(GroupId),
    Flow(FlowId),
    Team(TeamId),
    Design,
}

impl<'a> Fact<'a> {
    /// A computed value.
    pub fn computed(value: Value<'a>) -> Self {
        Self { value, stated: Stated::Value, place: None, inferred: None }
    }

    /// A value with the place that shows it.
    pub fn at(value: Value<'a>, place: Option<Span>) -> Self {
        Self { value, stated: Stated::Value, place, inferred: None }
    }

    pub fn null() -> Self {
        Self { value: Value::Null, stated: Stated::Absent, place: None, inferred: None }
    }

    pub fn component(analysis: &Analysis, id: ComponentId) -> Self {
        Self::at(Value::Component(id), Some(analysis.design.component(id).place))
    }

    pub fn dependency(analysis: &Analysis, id: DependencyId) -> Self {
        Self::at(Value::Dependency(id), Some(analysis.design.dependency(id).place))
    }

    pub fn group(analysis: &Analysis, id: GroupId) -> Self {
        Self::at(Value::Group(id), Some(analysis.design.group(id).place))
    }

    pub fn flow(analysis: &Analysis, id: FlowId) -> Self {
        Self::at(Value::Flow(id), Some(analysis.design.flow(id).place))
    }

    pub fn team(analysis: &Analysis, id: TeamId) -> Self {
        Self::at(Value::Team(id), Some(analysis.design.team(id).place))
    }

    pub fn list(items: impl IntoIterator<Item = Fact<'a>>) -> Self {
        Self::computed(Value::List(items.into_iter().collect()))
    }

    /// An attribute of the vocabulary. `owner` is where to point when nothing is written; `native` says whether the
    /// owner is described in premortem's own notation.
    pub fn attr(attr: &'a dyn AnyAttr, owner: Option<Span>, native: bool) -> Self {
        let origin = attr.origin();
        let place = origin.span().or(owner);
        let inferred = match origin {
            Origin::Inferred(because) => Some(&**because),
            _ => None,
        };
        let (value, stated) = match attr.plain() {
            Answer::Value(plain) => (Value::from_plain(plain), Stated::Value),
            Answer::None => (Value::Null, Stated::None),
            Answer::Todo => (Value::Null, Stated::Todo),
            Answer::Absent if native => (Value::Null, Stated::Absent),
            Answer::Absent => (Value::Null, Stated::Unknowable),
        };
        Self { value, stated, place, inferred }
    }

    /// A field of a record that has no value itself: nothing can be said about the parts of what is not there.
    pub fn part_of_nothing(whole: &Fact<'a>) -> Self {
        Self { value: Value::Null, stated: whole.stated, place: whole.place, inferred: whole.inferred }
    }
}

impl<'a> Value<'a> {
    pub fn from_plain(plain: Plain<'a>) -> Self {
        match plain {
            Plain::Bool(value) => Self::Bool(value),
            Plain::Integer(value) => Self::Integer(value),
            Plain::Number(value) => Self::Number(value),
            Plain::Duration(value) => Self::Duration(value),
            Plain::Rate(value) => Self::Rate(value),
            Plain::Percent(value) => Self::Percent(value),
            Plain::Text(value) => Self::Text(value),
            Plain::List(items) => {
                Self::List(items.into_iter().map(|(item, place)| Fact::at(Self::from_plain(item), place)).collect())
            }
            Plain::Record(record) => Self::Record(record),
        }
    }
}

impl Type {
    /// The type of an attribute of the vocabulary.
    pub const fn of_attr(plain: PlainType) -> Self {
        match plain {
            PlainType::Bool => Self::Bool,
            PlainType::Integer => Self::Integer,
            PlainType::Number => Self::Number,
            PlainType::Duration => Self::Duration,
            PlainType::Rate => Self::Rate,
            PlainType::Percent => Self::Percent,
            PlainType::Text(words) => Self::Text(words),
            PlainType::List(PlainType::Text(_)) => Self::List(&Self::Text(&[])),
            PlainType::List(_) => Self::List(&Self::Number),
            PlainType::Record(fields) => Self::Record(fields),
        }
    }
}
