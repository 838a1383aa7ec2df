//! What a checked condition runs as.

use crate::analyse::relation::{Fact, Stated, Type, Value};
use crate::rules::path::{Frame, Path};
use std::sync::Arc;

/// A yes-or-no question of a row; `None` is unknown.
pub(crate) type Test = Box<dyn Fn(&Frame<'_, '_>) -> Option<bool> + Send + Sync>;
pub(crate) type Number = Box<dyn Fn(&Frame<'_, '_>) -> Option<f64> + Send + Sync>;
pub(crate) type Items = Box<dyn for<'a> Fn(&Frame<'_, 'a>) -> Option<Arc<[Fact<'a>]>> + Send + Sync>;
/// Any value, as a fact.
pub(crate) type Any = Box<dyn for<'a> Fn(&Frame<'_, 'a>) -> Fact<'a> + Send + Sync>;

/// A value written in the rule.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Literal>),
}

pub(crate) enum Code {
    Literal(Literal),
    Path(Arc<Path>),
    Test(Test),
    Number(Number),
    Items(Items),
    Any(Any),
}

impl Code {
    pub(crate) fn into_test(self) -> Test {
        match self {
            Self::Test(test) => test,
            Self::Literal(Literal::Bool(value)) => Box::new(move |_| Some(value)),
            Self::Path(path) => Box::new(move |frame| truth(&path.read(frame))),
            Self::Any(any) => Box::new(move |frame| truth(&any(frame))),
            Self::Literal(_) | Self::Number(_) | Self::Items(_) => Box::new(|_| None),
        }
    }

    pub(crate) fn into_number(self) -> Number {
        match self {
            Self::Number(number) => number,
            Self::Literal(Literal::Number(value)) => Box::new(move |_| Some(value)),
            Self::Path(path) => Box::new(move |frame| number(&path.read(frame))),
            Self::Any(any) => Box::new(move |frame| number(&any(frame))),
            Self::Literal(_) | Self::Test(_) | Self::Items(_) => Box::new(|_| None),
        }
    }

    pub(crate) fn into_items(self) -> Items {
        match self {
            Self::Items(items) => items,
            Self::Path(path) => Box::new(move |frame| items(path.read(frame))),
            Self::Any(any) => Box::new(move |frame| items(any(frame))),
            Self::Literal(Literal::List(values)) => {
                let unit = |value: &Literal| Fact::computed(literal(value, Type::Number));
                Box::new(move |_| Some(values.iter().map(unit).collect()))
            }
            Self::Literal(_) | Self::Test(_) | Self::Number(_) => Box::new(|_| None),
        }
    }

    /// The value as a fact of a type.
    pub(crate) fn into_any(self, ty: Type) -> Any {
        match self {
            Self::Any(any) => any,
            Self::Path(path) => Box::new(move |frame| path.read(frame)),
            code => Box::new(move |frame| code.read(ty, frame)),
        }
    }

    pub(crate) fn read<'a>(&self, ty: Type, frame: &Frame<'_, 'a>) -> Fact<'a> {
        let value = match self {
            Self::Any(any) => return any(frame),
            Self::Path(path) => return path.read(frame),
            Self::Literal(value) => Some(literal(value, ty)),
            Self::Test(test) => test(frame).map(Value::Bool),
            Self::Number(number) => number(frame).map(|value| quantity(value, ty)),
            Self::Items(items) => items(frame).map(Value::List),
        };
        value.map_or_else(Fact::null, Fact::computed)
    }
}

/// A number in the unit of a type.
fn quantity(value: f64, ty: Type) -> Value<'static> {
    match ty {
        Type::Duration => Value::Duration(value),
        Type::Rate => Value::Rate(value),
        Type::Percent => Value::Percent(value),
        _ => Value::Number(value),
    }
}

fn literal(value: &Literal, ty: Type) -> Value<'static> {
    match value {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(value) => quantity(*value, ty),
        Literal::Text(text) => Value::Text(text.clone().into()),
        Literal::List(values) => {
            let of = if let Type::List(of) = ty { *of } else { ty };
            Value::List(values.iter().map(|value| Fact::computed(literal(value, of))).collect())
        }
    }
}

fn truth(fact: &Fact<'_>) -> Option<bool> {
    match (&fact.value, fact.stated) {
        (Value::Bool(value), _) => Some(*value),
        (Value::Null, Stated::None) => Some(false),
        _ => None,
    }
}

pub(crate) fn number(fact: &Fact<'_>) -> Option<f64> {
    match fact.value {
        Value::Integer(value) => Some(to_f64(value)),
        Value::Number(value) | Value::Duration(value) | Value::Rate(value) | Value::Percent(value) => Some(value),
        _ => None,
    }
}

fn items(fact: Fact<'_>) -> Option<Arc<[Fact<'_>]>> {
    match (fact.value, fact.stated) {
        (Value::List(items), _) => Some(items),
        (Value::Null, Stated::None) => Some(Arc::default()),
        _ => None,
    }
}

/// Whether two values of one type are the same; `None` if either is unknown.
pub(crate) fn same(left: &Fact<'_>, right: &Fact<'_>) -> Option<bool> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Some(equal(left, right));
    }
    match (&left.value, &right.value) {
        (Value::Null, _) | (_, Value::Null) => match (truth(left), truth(right)) {
            (Some(left), Some(right)) => Some(left == right),
            _ => None,
        },
        (Value::Bool(left), Value::Bool(right)) => Some(left == right),
        (Value::Text(left), Value::Text(right)) => Some(left == right),
        (Value::Component(left), Value::Component(right)) => Some(left == right),
        (Value::Dependency(left), Value::Dependency(right)) => Some(left == right),
        (Value::Group(left), Value::Group(right)) => Some(left == right),
        (Value::Flow(left), Value::Flow(right)) => Some(left == right),
        (Value::Team(left), Value::Team(right)) => Some(left == right),
        _ => Some(false),
    }
}

/// Equal within a relative 1e-9: both sides may be sums of products.
pub(crate) fn equal(left: f64, right: f64) -> bool {
    if left.is_infinite() || right.is_infinite() {
        return left.total_cmp(&right).is_eq();
    }
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}

#[expect(clippy::cast_precision_loss, reason = "counts of real things are far below 2^52")]
fn to_f64(value: i64) -> f64 {
    value as f64
}
