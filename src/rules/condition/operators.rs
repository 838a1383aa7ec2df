//! `&& || ! == != < <= > >= + - * / in ?:` over what may be unknown.
//!
//! Comparisons always answer; only a yes-or-no fact itself can leave a question open.

use super::check::{Checker, Term, alike, describe, is_quantity, suggest};
use super::code::{Code, Literal, Number, Test, equal, same};
use super::syntax::{Expr, Fault, Operator};
use crate::analyse::relation::{Fact, Stated, Type, Value};
use std::ops::Range;

pub(super) fn binary(
    checker: &mut Checker<'_>,
    operator: Operator,
    left: &Expr,
    right: &Expr,
    at: Range<usize>,
) -> Option<Term> {
    let truth = |test: Test| Some(Term { ty: Some(Type::Bool), code: Code::Test(test), at: at.clone() });
    match operator {
        Operator::And | Operator::Or => {
            let (left, right) = (checker.test(left), checker.test(right));
            let (left, right) = (left?, right?);
            truth(if operator == Operator::And { and(left, right) } else { or(left, right) })
        }
        Operator::Equal | Operator::NotEqual => {
            let (left, right) = (checker.term(left), checker.term(right));
            truth(equality(checker, operator == Operator::Equal, left?, right?, &at)?)
        }
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let (left, right) = (checker.term(left), checker.term(right));
            truth(order(checker, operator, left?, right?, &at)?)
        }
        Operator::In => {
            let (item, list) = (checker.term(left), checker.term(right));
            truth(membership(checker, item?, list?, &at)?)
        }
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide => {
            let (left, right) = (checker.term(left), checker.term(right));
            arithmetic(checker, operator, left?, right?, at)
        }
    }
}

pub(super) fn choice(
    checker: &mut Checker<'_>,
    test: &Expr,
    then: &Expr,
    otherwise: &Expr,
    at: Range<usize>,
) -> Option<Term> {
    let (test, then, otherwise) = (checker.test(test), checker.term(then), checker.term(otherwise));
    let (test, then, otherwise) = (test?, then?, otherwise?);
    let ty = then.ty.or(otherwise.ty);
    if let (Some(one), Some(other)) = (then.ty, otherwise.ty)
        && !alike(one, other)
    {
        let message = format!("`? :` chooses between {} and {}", describe(then.ty), describe(otherwise.ty));
        return checker.fault(Fault::new(message, at, "of two types"));
    }
    let any = ty.unwrap_or(Type::Bool);
    let (then, otherwise) = (then.code.into_any(any), otherwise.code.into_any(any));
    let code = Code::Any(Box::new(move |frame| match test(frame) {
        Some(true) => then(frame),
        Some(false) => otherwise(frame),
        None => Fact::null(),
    }));
    Some(Term { ty, code, at })
}

pub(super) fn not(test: Test) -> Test {
    Box::new(move |frame| test(frame).map(|value| !value))
}

fn and(left: Test, right: Test) -> Test {
    Box::new(move |frame| match left(frame) {
        Some(false) => Some(false),
        Some(true) => right(frame),
        None => right(frame).filter(|value| !value),
    })
}

fn or(left: Test, right: Test) -> Test {
    Box::new(move |frame| match left(frame) {
        Some(true) => Some(true),
        Some(false) => right(frame),
        None => right(frame).filter(|value| *value),
    })
}

/// `==`, or `!=` if not `equals`.
fn equality(checker: &mut Checker<'_>, equals: bool, left: Term, right: Term, at: &Range<usize>) -> Option<Test> {
    let (left, right) = if left.ty.is_none() || is_literal(&left) { (right, left) } else { (left, right) };
    let (Some(left_type), Some(right_type)) = (left.ty, right.ty) else { return is_null(checker, equals, left, at) };
    compare(checker, &left, &right, at)?;
    Some(match (left.code, right.code) {
        (left, Code::Literal(Literal::Text(word))) => text_is(left, left_type, vec![word], equals),
        (left, right) if is_quantity(left_type) => {
            numbers(left.into_number(), right.into_number(), move |left, right| equal(left, right) == equals)
        }
        (left, right) if matches!(left_type, Type::Bool) => {
            let (left, right) = (left.into_test(), right.into_test());
            Box::new(move |frame| match (left(frame), right(frame)) {
                (Some(left), Some(right)) => Some((left == right) == equals),
                _ => Some(false),
            })
        }
        (left, right) => {
            let (left, right) = (left.into_any(left_type), right.into_any(right_type));
            Box::new(move |frame| Some(same(&left(frame), &right(frame)) == Some(equals)))
        }
    })
}

/// `x == null`, or `x != null` if not `equals`.
fn is_null(checker: &mut Checker<'_>, equals: bool, term: Term, at: &Range<usize>) -> Option<Test> {
    Some(match term.code {
        Code::Path(path) => Box::new(move |frame| Some((path.read(frame).stated != Stated::Value) == equals)),
        Code::Any(any) => Box::new(move |frame| Some(matches!(any(frame).value, Value::Null) == equals)),
        Code::Number(number) => Box::new(move |frame| Some(number(frame).is_none() == equals)),
        Code::Test(test) => Box::new(move |frame| Some(test(frame).is_none() == equals)),
        Code::Items(items) => Box::new(move |frame| Some(items(frame).is_none() == equals)),
        Code::Literal(_) => {
            return checker.fault(Fault::new("this is always the same", at.clone(), "compares two values"));
        }
    })
}

/// The text is one of the words, or none of them if not `among`.
fn text_is(code: Code, ty: Type, words: Vec<String>, among: bool) -> Test {
    let among = move |fact: &Fact<'_>| match &fact.value {
        Value::Text(text) => Some(words.iter().any(|word| word == text) == among),
        _ => Some(false),
    };
    match code {
        Code::Path(path) => Box::new(move |frame| among(&path.read(frame))),
        code => {
            let any = code.into_any(ty);
            Box::new(move |frame| among(&any(frame)))
        }
    }
}

fn order(checker: &mut Checker<'_>, operator: Operator, left: Term, right: Term, at: &Range<usize>) -> Option<Test> {
    compare(checker, &left, &right, at)?;
    if let Some(Type::Text([])) = left.ty {
        let (left, right) = (left.code.into_any(Type::Text(&[])), right.code.into_any(Type::Text(&[])));
        // Dates are texts that sort as they are written.
        return Some(Box::new(move |frame| match (left(frame).value, right(frame).value) {
            (Value::Text(left), Value::Text(right)) => Some(match operator {
                Operator::Less => left < right,
                Operator::LessOrEqual => left <= right,
                Operator::Greater => left > right,
                _ => left >= right,
            }),
            _ => Some(false),
        }));
    }
    if !left.ty.is_some_and(is_quantity) {
        let message = format!("{} has no order", describe(left.ty));
        return checker.fault(Fault::new(message, at.clone(), "only numbers are less or more"));
    }
    let (left, right) = (left.code.into_number(), right.code.into_number());
    Some(match operator {
        Operator::Less => numbers(left, right, |left, right| left < right && !equal(left, right)),
        Operator::LessOrEqual => numbers(left, right, |left, right| left < right || equal(left, right)),
        Operator::Greater => numbers(left, right, |left, right| left > right && !equal(left, right)),
        _ => numbers(left, right, |left, right| left > right || equal(left, right)),
    })
}

fn numbers(left: Number, right: Number, test: impl Fn(f64, f64) -> bool + Send + Sync + 'static) -> Test {
    Box::new(move |frame| match (left(frame), right(frame)) {
        (Some(left), Some(right)) => Some(test(left, right)),
        _ => Some(false),
    })
}

fn membership(checker: &mut Checker<'_>, item: Term, list: Term, at: &Range<usize>) -> Option<Test> {
    let Some(Type::List(of)) = list.ty else {
        let fault = Fault::new("`in` needs a list on its right", list.at, describe(list.ty));
        return checker.fault(fault);
    };
    let Some(ty) = item.ty.filter(|ty| alike(*ty, *of)) else {
        let message = format!("looks for {} in a list of {}", describe(item.ty), plural(*of));
        return checker.fault(Fault::new(message, at.clone(), "never there"));
    };
    if let (Type::Text(words), Code::Literal(Literal::List(values))) = (ty, &list.code) {
        for value in values {
            if let Literal::Text(word) = value {
                known_word(checker, words, word, &list.at)?;
            }
        }
    }
    match (item.code, list.code) {
        (code, Code::Literal(Literal::List(values))) if matches!(ty, Type::Text(_)) => {
            let words = values.into_iter().filter_map(|value| match value {
                Literal::Text(word) => Some(word),
                _ => None,
            });
            Some(text_is(code, ty, words.collect(), true))
        }
        (item, list) => {
            let (item, list) = (item.into_any(ty), list.into_items());
            Some(Box::new(move |frame| {
                let Some(items) = list(frame) else { return Some(false) };
                let item = item(frame);
                Some(items.iter().any(|other| same(&item, other) == Some(true)))
            }))
        }
    }
}

fn arithmetic(
    checker: &mut Checker<'_>,
    operator: Operator,
    left: Term,
    right: Term,
    at: Range<usize>,
) -> Option<Term> {
    let result = match (left.ty, right.ty) {
        (Some(one), Some(other)) => result_type(operator, one, other),
        _ => None,
    };
    let Some(ty) = result else {
        let verb = match operator {
            Operator::Add => "adds",
            Operator::Subtract => "subtracts",
            Operator::Multiply => "multiplies",
            _ => "divides",
        };
        let message = format!("{verb} {} and {}", describe(left.ty), describe(right.ty));
        return checker.fault(Fault::new(message, at, "has no meaning"));
    };
    let (left, right) = (left.code.into_number(), right.code.into_number());
    let calculate: fn(f64, f64) -> f64 = match operator {
        Operator::Add => |left, right| left + right,
        Operator::Subtract => |left, right| left - right,
        Operator::Multiply => |left, right| left * right,
        _ => |left, right| left / right,
    };
    let code = Code::Number(Box::new(move |frame| {
        let value = calculate(left(frame)?, right(frame)?);
        (!value.is_nan()).then_some(value).filter(|value| value.is_finite() || operator != Operator::Divide)
    }));
    Some(Term { ty: Some(ty), code, at })
}

/// The unit of a result: times and rates cancel, a share of something is something.
fn result_type(operator: Operator, left: Type, right: Type) -> Option<Type> {
    use Type::{Duration, Integer, Number, Percent, Rate};
    let plain = |ty| matches!(ty, Integer | Number);
    match operator {
        Operator::Add | Operator::Subtract => match (left, right) {
            (left, right) if plain(left) && plain(right) => Some(Number),
            (Duration, Duration) => Some(Duration),
            (Rate, Rate) => Some(Rate),
            // `1 - component.hit_ratio`
            (Percent, Percent) => Some(Percent),
            (left, Percent) if plain(left) => Some(Percent),
            (Percent, right) if plain(right) => Some(Percent),
            _ => None,
        },
        Operator::Multiply => match (left, right) {
            (left, right) if plain(left) && plain(right) => Some(Number),
            (Rate, Duration) | (Duration, Rate) => Some(Number),
            (Percent, Percent) => Some(Percent),
            (unit, factor) if is_quantity(unit) && (plain(factor) || matches!(factor, Percent)) => Some(unit),
            (factor, unit) if is_quantity(unit) && (plain(factor) || matches!(factor, Percent)) => Some(unit),
            _ => None,
        },
        _ => match (left, right) {
            (left, right) if plain(left) && plain(right) => Some(Number),
            (Duration, Duration) | (Rate, Rate) | (Percent, Percent) => Some(Number),
            (unit, factor) if is_quantity(unit) && (plain(factor) || matches!(factor, Percent)) => Some(unit),
            _ => None,
        },
    }
}

/// Both sides are of one type, and a word is one that can occur.
fn compare(checker: &mut Checker<'_>, left: &Term, right: &Term, at: &Range<usize>) -> Option<()> {
    let (Some(left_type), Some(right_type)) = (left.ty, right.ty) else {
        return checker.fault(Fault::new("`null` is neither less nor more", at.clone(), "never holds"));
    };
    if !alike(left_type, right_type) {
        let message = format!("compares {} with {}", describe(left.ty), describe(right.ty));
        let fault = Fault::new(message, at.clone(), "never the same");
        return checker.fault(match unit_for(left_type, right_type).or_else(|| unit_for(right_type, left_type)) {
            Some(help) => fault.with_help(help),
            None => fault,
        });
    }
    for (one, other) in [(left, right), (right, left)] {
        if let (Some(Type::Text(words)), Code::Literal(Literal::Text(word))) = (one.ty, &other.code) {
            known_word(checker, words, word, &other.at)?;
        }
    }
    Some(())
}

fn known_word(checker: &mut Checker<'_>, words: &[&str], word: &str, at: &Range<usize>) -> Option<()> {
    if words.is_empty() || words.contains(&word) {
        return Some(());
    }
    checker.fault(
        Fault::new(format!("it is never `{word}`"), at.clone(), "not one of its words").with_help(suggest(word, words)),
    )
}

fn unit_for(left: Type, right: Type) -> Option<&'static str> {
    if !matches!(right, Type::Text(_) | Type::Integer | Type::Number) {
        return None;
    }
    match left {
        Type::Duration => Some("Write a duration as `duration(\"30s\")`."),
        Type::Rate => Some("Write a rate as `rate(\"40rps\")`."),
        Type::Percent => Some("Write a percentage as `percent(\"99.9%\")`."),
        _ => None,
    }
}

fn is_literal(term: &Term) -> bool {
    matches!(term.code, Code::Literal(_))
}

fn plural(ty: Type) -> &'static str {
    match ty {
        Type::Text(_) => "texts",
        Type::Component => "components",
        Type::Dependency => "dependencies",
        Type::Flow => "flows",
        Type::Group => "groups",
        Type::Team => "teams",
        Type::Duration => "durations",
        Type::Rate => "rates",
        Type::Percent => "percentages",
        _ => "numbers",
    }
}
