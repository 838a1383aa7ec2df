//! `stated(x)`, `list.exists(item, …)`, `duration("30s")` and the other functions.

use super::check::{Checker, Term, alike, describe, is_quantity, suggest};
use super::code::{Code, Items, Literal, Test};
use super::syntax::{Expr, ExprKind, Fault};
use crate::analyse::relation::{Fact, Stated, Type, Value};
use crate::read::vocabulary::{Date, Duration, Percent, Rate};
use std::ops::Range;

const FUNCTIONS: [&str; 11] =
    ["stated", "stated_none", "todo", "unstated", "duration", "rate", "percent", "age", "min", "max", "size"];
const LIST_METHODS: [&str; 6] = ["exists", "all", "exists_one", "filter", "map", "size"];
const TEXT_METHODS: [&str; 3] = ["contains", "startsWith", "endsWith"];

/// List macros inside each other: two make a join, three make a search, which belongs in a relation.
const DEEPEST: usize = 2;

pub(super) fn call(
    checker: &mut Checker<'_>,
    name: &str,
    target: Option<&Expr>,
    args: &[Expr],
    at: Range<usize>,
) -> Option<Term> {
    match target {
        Some(target) => method(checker, name, target, args, at),
        None => function(checker, name, args, at),
    }
}

fn function(checker: &mut Checker<'_>, name: &str, args: &[Expr], at: Range<usize>) -> Option<Term> {
    match (name, args) {
        ("stated", [fact]) => answer(checker, fact, at, |stated| stated == Stated::Value),
        ("stated_none", [fact]) => answer(checker, fact, at, |stated| stated == Stated::None),
        ("todo", [fact]) => answer(checker, fact, at, |stated| stated == Stated::Todo),
        ("unstated", [fact]) => {
            answer(checker, fact, at, |stated| matches!(stated, Stated::Absent | Stated::Unknowable))
        }
        ("duration", [text]) => {
            unit(checker, text, at, Type::Duration, "30s", |text| Duration::parse(text).map(|value| value.0))
        }
        ("rate", [text]) => unit(checker, text, at, Type::Rate, "40rps", |text| Rate::parse(text).map(|value| value.0)),
        ("percent", [text]) => {
            unit(checker, text, at, Type::Percent, "99.9%", |text| Percent::parse(text).map(|value| value.0))
        }
        ("age", [date]) => age(checker, date, at),
        ("size", [list]) => {
            let term = checker.term(list)?;
            let Some(Type::List(_)) = term.ty else {
                return checker.fault(Fault::new("only a list has a size", list.at.clone(), describe(term.ty)));
            };
            let items = term.code.into_items();
            Some(count(items, at))
        }
        ("min" | "max", [_, _, ..]) => extreme(checker, name == "max", args, at),
        _ if FUNCTIONS.contains(&name) => {
            let takes = if matches!(name, "min" | "max") { "two or more arguments" } else { "one argument" };
            checker.fault(Fault::new(format!("`{name}` takes {takes}"), at, format!("{} given", args.len())))
        }
        _ => {
            let help = if name == "has" { "Ask `stated(…)`.".to_owned() } else { suggest(name, &FUNCTIONS) };
            let range = at.start..at.start + name.len();
            checker.fault(Fault::new(format!("there is no function `{name}`"), range, "unknown").with_help(help))
        }
    }
}

/// Which of the four answers a fact is.
fn answer(checker: &mut Checker<'_>, fact: &Expr, at: Range<usize>, is: fn(Stated) -> bool) -> Option<Term> {
    let term = checker.term(fact)?;
    let Code::Path(path) = term.code else {
        return checker.fault(Fault::new("only a field is stated or not", fact.at.clone(), "not a field"));
    };
    let test: Test = Box::new(move |frame| Some(is(path.read(frame).stated)));
    Some(Term { ty: Some(Type::Bool), code: Code::Test(test), at })
}

fn unit(
    checker: &mut Checker<'_>,
    text: &Expr,
    at: Range<usize>,
    ty: Type,
    example: &str,
    parse: fn(&str) -> Option<f64>,
) -> Option<Term> {
    let ExprKind::Text(written) = &text.kind else {
        return checker.fault(Fault::new("a unit needs a text", text.at.clone(), format!("such as `\"{example}\"`")));
    };
    let Some(value) = parse(written) else {
        let message = format!("`{written}` is not {}", describe(Some(ty)));
        return checker.fault(Fault::new(message, text.at.clone(), format!("write it like `{example}`")));
    };
    Some(Term { ty: Some(ty), code: Code::Literal(Literal::Number(value)), at })
}

/// How long ago a day was; unknown for what is no date, negative for what is still to come.
fn age(checker: &mut Checker<'_>, date: &Expr, at: Range<usize>) -> Option<Term> {
    const DAY: f64 = 86_400.0;
    let term = checker.term(date)?;
    if !matches!(term.ty, Some(Type::Text([]))) {
        return checker.fault(Fault::new("only a date has an age", date.at.clone(), describe(term.ty)));
    }
    let any = term.code.into_any(Type::Text(&[]));
    #[expect(clippy::cast_precision_loss, reason = "days between calendar dates")]
    let code = Code::Number(Box::new(move |frame| match any(frame).value {
        Value::Text(text) => Date::parse(&text).map(|date| (frame.today - date.days()) as f64 * DAY),
        _ => None,
    }));
    Some(Term { ty: Some(Type::Duration), code, at })
}

fn extreme(checker: &mut Checker<'_>, largest: bool, args: &[Expr], at: Range<usize>) -> Option<Term> {
    let mut ty = None;
    let mut numbers = Vec::new();
    for arg in args {
        let term = checker.term(arg)?;
        let Some(this) = term.ty.filter(|this| is_quantity(*this) && ty.is_none_or(|ty| alike(ty, *this))) else {
            return checker.fault(Fault::new("compares numbers of one kind", arg.at.clone(), describe(term.ty)));
        };
        ty = Some(this);
        numbers.push(term.code.into_number());
    }
    let code = Code::Number(Box::new(move |frame| {
        let mut best: Option<f64> = None;
        for number in &numbers {
            let value = number(frame)?;
            best = Some(best.map_or(value, |best| if largest { best.max(value) } else { best.min(value) }));
        }
        best
    }));
    Some(Term { ty, code, at })
}

fn method(checker: &mut Checker<'_>, name: &str, target: &Expr, args: &[Expr], at: Range<usize>) -> Option<Term> {
    let list = checker.term(target)?;
    match list.ty {
        Some(Type::List(of)) => {
            let items = list.code.into_items();
            match (name, args) {
                ("size", []) => Some(count(items, at)),
                ("exists" | "all" | "exists_one" | "filter" | "map", [item, body]) => {
                    each(checker, name, (items, *of), item, body, at)
                }
                _ => no_method(checker, name, "a list", &LIST_METHODS, target, at),
            }
        }
        Some(Type::Text(_)) => text_method(checker, name, list, target, args, at),
        ty => {
            let message = format!("{} has no `{name}`", describe(ty));
            checker.fault(Fault::new(message, target.at.clone(), describe(ty)))
        }
    }
}

fn text_method(
    checker: &mut Checker<'_>,
    name: &str,
    subject: Term,
    target: &Expr,
    args: &[Expr],
    at: Range<usize>,
) -> Option<Term> {
    let holds: fn(&str, &str) -> bool = match name {
        "contains" => |text, part| text.contains(part),
        "startsWith" => |text, part| text.starts_with(part),
        "endsWith" => |text, part| text.ends_with(part),
        _ => return no_method(checker, name, "text", &TEXT_METHODS, target, at),
    };
    let [Expr { kind: ExprKind::Text(part), .. }] = args else {
        return checker.fault(Fault::new(format!("`{name}` takes one text"), at, "not a text"));
    };
    let (part, any) = (part.clone(), subject.code.into_any(Type::Text(&[])));
    let code = Code::Test(Box::new(move |frame| match any(frame).value {
        Value::Text(text) => Some(holds(&text, &part)),
        _ => Some(false),
    }));
    Some(Term { ty: Some(Type::Bool), code, at })
}

fn no_method(
    checker: &mut Checker<'_>,
    name: &str,
    what: &str,
    known: &[&str],
    target: &Expr,
    at: Range<usize>,
) -> Option<Term> {
    let fault = Fault::new(format!("{what} has no such `{name}`"), target.at.end..at.end, "not understood");
    checker.fault(if known.contains(&name) {
        fault.with_help(format!("Write `{name}(item, condition on item)`."))
    } else {
        fault.with_help(suggest(name, known))
    })
}

fn count(items: Items, at: Range<usize>) -> Term {
    #[expect(clippy::cast_precision_loss, reason = "a list fits into memory")]
    let number = move |length: usize| length as f64;
    let code = Code::Number(Box::new(move |frame| items(frame).map(|items| number(items.len()))));
    Term { ty: Some(Type::Number), code, at }
}

/// `list.exists(item, body)` and its like.
fn each(
    checker: &mut Checker<'_>,
    name: &str,
    (items, of): (Items, Type),
    item: &Expr,
    body: &Expr,
    at: Range<usize>,
) -> Option<Term> {
    let ExprKind::Name(bound) = &item.kind else {
        return checker.fault(Fault::new("the first argument names the item", item.at.clone(), "not a name"));
    };
    if checker.nesting() == DEEPEST {
        let fault = Fault::new("list questions are nested too deep", at, format!("more than {DEEPEST} levels"))
            .with_help("Ask for a relation that computes this.");
        return checker.fault(fault);
    }
    if name == "map" {
        let term = checker.with_item(bound, of, |checker| checker.term(body))?;
        let Some(of) = term.ty.and_then(item_type) else {
            return checker.fault(Fault::new("a list cannot hold this", body.at.clone(), describe(term.ty)));
        };
        let any = term.code.into_any(*of);
        let code = Code::Items(Box::new(move |frame| {
            Some(items(frame)?.iter().map(|item| any(&frame.with_item(item))).collect())
        }));
        return Some(Term { ty: Some(Type::List(of)), code, at });
    }
    let test = checker.with_item(bound, of, |checker| checker.test(body))?;
    if name == "filter" {
        let ty = item_type(of).map(Type::List);
        let code = Code::Items(Box::new(move |frame| {
            let kept = |item: &&Fact<'_>| test(&frame.with_item(item)) == Some(true);
            Some(items(frame)?.iter().filter(kept).cloned().collect())
        }));
        return Some(Term { ty, code, at });
    }
    let wanted: fn(usize, usize) -> bool = match name {
        "exists" => |holding, _| holding > 0,
        "all" => |holding, length| holding == length,
        _ => |holding, _| holding == 1,
    };
    let code = Code::Test(Box::new(move |frame| {
        let Some(items) = items(frame) else { return Some(false) };
        let holds = |item: &&Fact<'_>| test(&frame.with_item(item)) == Some(true);
        Some(wanted(items.iter().filter(holds).count(), items.len()))
    }));
    Some(Term { ty: Some(Type::Bool), code, at })
}

/// The type as one that lives as long as the program.
fn item_type(ty: Type) -> Option<&'static Type> {
    Some(match ty {
        Type::Bool => &Type::Bool,
        Type::Integer => &Type::Integer,
        Type::Number => &Type::Number,
        Type::Duration => &Type::Duration,
        Type::Rate => &Type::Rate,
        Type::Percent => &Type::Percent,
        Type::Text(_) => &Type::Text(&[]),
        Type::Component => &Type::Component,
        Type::Dependency => &Type::Dependency,
        Type::Group => &Type::Group,
        Type::Flow => &Type::Flow,
        Type::Team => &Type::Team,
        Type::Design => &Type::Design,
        Type::List(_) | Type::Record(_) => return None,
    })
}
