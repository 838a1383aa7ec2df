//! Cells of computed rows: numbers with the place and the catalogue entry they rest on.

use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Field, Row, Type, Value};
use crate::model::{ComponentId, FlowId};
use crate::parse::Spanned;
use crate::read::Notation;
use crate::read::vocabulary::{AnyAttr, Attr, Named, Origin};
use crate::sources::Span;
use std::borrow::Cow;

/// A column.
pub(super) const fn field(name: &'static str, ty: Type, summary: &'static str) -> Field {
    Field { name, summary, ty }
}

/// How a number came about, in the terms that made it.
pub(super) const ARITHMETIC: Field = field("arithmetic", Type::Text(&[]), "The numbers, written out.");

pub(super) fn yes(value: bool) -> Fact<'static> {
    Fact::computed(Value::Bool(value))
}

pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Fact<'a> {
    Fact::computed(Value::Text(text.into()))
}

pub(super) fn text_at<'a>(text: impl Into<Cow<'a, str>>, place: Span) -> Fact<'a> {
    Fact::at(Value::Text(text.into()), Some(place))
}

pub(super) fn integer(value: u64) -> Fact<'static> {
    Fact::computed(Value::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
}

pub(super) fn number(value: f64) -> Fact<'static> {
    Fact::computed(Value::Number(value))
}

pub(super) fn rate(value: f64) -> Fact<'static> {
    Fact::computed(Value::Rate(value))
}

pub(super) fn duration(seconds: f64) -> Fact<'static> {
    Fact::computed(Value::Duration(seconds))
}

pub(super) fn percent(share: f64) -> Fact<'static> {
    Fact::computed(Value::Percent(share))
}

/// An entry of a named map of a component, as the row it makes.
pub(super) struct Entry<'a> {
    name: &'a Spanned<String>,
    component: Fact<'a>,
    native: bool,
}

impl<'a> Entry<'a> {
    /// A fact of the entry; it would be written at the entry's name.
    pub(super) fn attr(&self, attr: &'a dyn AnyAttr) -> Fact<'a> {
        Fact::attr(attr, Some(self.name.span), self.native)
    }

    /// The component, the name, then these.
    fn row(self, cells: Vec<Fact<'a>>) -> Row<'a> {
        let name = text_at(self.name.value.as_str(), self.name.span);
        Row { cells: [self.component, name].into_iter().chain(cells).collect() }
    }
}

/// One row per entry of a named map of a component.
pub(super) fn entries<'a, T>(
    analysis: &'a Analysis,
    id: ComponentId,
    named: &'a Attr<Named<T>>,
    cells: impl Fn(&Entry<'a>, &'a T) -> Vec<Fact<'a>>,
) -> impl Iterator<Item = Row<'a>> {
    let native = analysis.design.component(id).notation == Notation::Native;
    named.value().into_iter().flat_map(Named::iter).map(move |(name, value)| {
        let entry = Entry { name, component: Fact::component(analysis, id), native };
        let cells = cells(&entry, value);
        entry.row(cells)
    })
}

/// A value if there is one.
pub(super) fn maybe<'a, T>(value: Option<T>, cell: impl FnOnce(T) -> Fact<'a>) -> Fact<'a> {
    value.map_or_else(Fact::null, cell)
}

/// The cell rests on these attributes: it is marked where the first of them is written, and counts as inferred when one
/// of them comes from the catalogue.
pub(super) fn resting_on<'a>(mut cell: Fact<'a>, attrs: &[&'a dyn AnyAttr]) -> Fact<'a> {
    for attr in attrs {
        cell.place = cell.place.or(attr.origin().span());
        if let Origin::Inferred(because) = attr.origin() {
            cell.inferred = cell.inferred.or(Some(&**because));
        }
    }
    cell
}

/// The component, marked where one of its attributes is written.
pub(super) fn component_at<'a>(analysis: &'a Analysis, id: ComponentId, attr: &dyn AnyAttr) -> Fact<'a> {
    let place = attr.origin().span().unwrap_or(analysis.design.component(id).place);
    Fact::at(Value::Component(id), Some(place))
}

/// The flow, marked where one of its attributes is written.
pub(super) fn flow_at<'a>(analysis: &'a Analysis, id: FlowId, attr: &dyn AnyAttr) -> Fact<'a> {
    let place = attr.origin().span().unwrap_or(analysis.design.flow(id).place);
    Fact::at(Value::Flow(id), Some(place))
}
