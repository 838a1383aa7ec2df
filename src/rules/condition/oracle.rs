//! Conditions are CEL: the `cel` crate reads them as the same trees.

use super::syntax::{Expr, ExprKind, Operator, parse};
use super::tests::expressions;
use crate::rules::Packs;
use cel::common::ast::{Expr as Cel, IdedExpr, LiteralValue, operators};
use proptest::prelude::*;

/// The tree as text: chains of `&&` and `||` flat, because CEL balances them; `!!` and `--` gone, because CEL drops them.
fn ours(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".to_owned(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(value) => format!("{value:?}"),
        ExprKind::Text(text) => format!("{text:?}"),
        ExprKind::List(items) => format!("[{}]", items.iter().map(ours).collect::<Vec<_>>().join(" ")),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field(whole, name) => format!("(. {} {name})", ours(whole)),
        ExprKind::Not(operand) => inverted(&ours(operand)),
        ExprKind::Negate(operand) => negated(&ours(operand)),
        ExprKind::Binary(Operator::And, left, right) => chain("&&", &[ours(left), ours(right)]),
        ExprKind::Binary(Operator::Or, left, right) => chain("||", &[ours(left), ours(right)]),
        ExprKind::Binary(operator, left, right) => format!("({operator:?} {} {})", ours(left), ours(right)),
        ExprKind::If(test, then, otherwise) => format!("(? {} {} {})", ours(test), ours(then), ours(otherwise)),
        ExprKind::Call { name, target, args } => {
            call(name, target.as_deref().map(ours), args.iter().map(ours).collect())
        }
    }
}

fn theirs(expr: &IdedExpr) -> String {
    match &expr.expr {
        Cel::Literal(literal) => match literal {
            LiteralValue::Null => "null".to_owned(),
            LiteralValue::Boolean(value) => value.inner().to_string(),
            #[expect(clippy::cast_precision_loss, reason = "small literals")]
            LiteralValue::Int(value) => format!("{:?}", *value.inner() as f64),
            LiteralValue::Double(value) => format!("{:?}", value.inner()),
            LiteralValue::String(text) => format!("{:?}", text.inner()),
            LiteralValue::Bytes(_) | LiteralValue::UInt(_) => "not for conditions".to_owned(),
        },
        Cel::Ident(name) => name.clone(),
        Cel::Select(select) => format!("(. {} {})", theirs(&select.operand), select.field),
        Cel::List(list) => format!("[{}]", list.elements.iter().map(theirs).collect::<Vec<_>>().join(" ")),
        Cel::Call(called) => {
            let args: Vec<String> = called.args.iter().map(theirs).collect();
            let name = match called.func_name.as_str() {
                operators::LOGICAL_AND => return chain("&&", &args),
                operators::LOGICAL_OR => return chain("||", &args),
                operators::LOGICAL_NOT => return inverted(&args[0]),
                operators::NEGATE => return negated(&args[0]),
                operators::CONDITIONAL => "?",
                operators::EQUALS => "Equal",
                operators::NOT_EQUALS => "NotEqual",
                operators::LESS => "Less",
                operators::LESS_EQUALS => "LessOrEqual",
                operators::GREATER => "Greater",
                operators::GREATER_EQUALS => "GreaterOrEqual",
                operators::ADD => "Add",
                operators::SUBSTRACT => "Subtract",
                operators::MULTIPLY => "Multiply",
                operators::DIVIDE => "Divide",
                operators::IN => "In",
                name => return call(name, called.target.as_deref().map(theirs), args),
            };
            format!("({name} {})", args.join(" "))
        }
        _ => "not for conditions".to_owned(),
    }
}

fn negated(operand: &str) -> String {
    match operand.strip_prefix('-') {
        Some(positive) => positive.to_owned(),
        None => format!("-{operand}"),
    }
}

fn inverted(operand: &str) -> String {
    match operand.strip_prefix("(! ") {
        Some(inner) => inner[..inner.len() - 1].to_owned(),
        None => format!("(! {operand})"),
    }
}

fn chain(operator: &str, operands: &[String]) -> String {
    let prefix = format!("({operator} ");
    let flat = |operand: &String| match operand.strip_prefix(&prefix) {
        Some(inner) => inner[..inner.len() - 1].to_owned(),
        None => operand.clone(),
    };
    format!("{prefix}{})", operands.iter().map(flat).collect::<Vec<_>>().join(" "))
}

fn call(name: &str, target: Option<String>, args: Vec<String>) -> String {
    format!("({name}() {})", target.into_iter().chain(args).collect::<Vec<_>>().join(" "))
}

/// What the `cel` crate reads, on a stack large enough for its recursion.
fn parse_as_cel(conditions: &[String]) -> Vec<Option<String>> {
    let work = || {
        let env = cel::Env::default().with_optional_support(false);
        conditions.iter().map(|condition| env.parser().parse(condition).ok().map(|tree| theirs(&tree))).collect()
    };
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

#[track_caller]
fn compare(conditions: &[String]) {
    for (condition, theirs) in conditions.iter().zip(parse_as_cel(conditions)) {
        if let Ok(tree) = parse(condition) {
            assert_eq!(Some(ours(&tree)), theirs, "{condition}");
        }
    }
}

#[test]
fn shipped_conditions_are_cel() {
    let packs = Packs::shipped();
    let conditions = packs.rules().iter().flat_map(|rule| {
        let cases = rule.definition.severity.when.iter().map(|case| &case.test);
        rule.definition.test.iter().chain(cases).map(|text| text.value.clone())
    });
    let conditions: Vec<String> = conditions.collect();
    assert!(conditions.len() > 20);
    for condition in &conditions {
        parse(condition).unwrap();
    }
    compare(&conditions);
}

#[test]
fn the_grammar_is_that_of_cel() {
    let conditions = [
        "a || b && c == d + e * -f.g",
        "a == b == c",
        "a - b - c / d / e",
        "a ? b : c ? d : e",
        "a || b ? c && d : e",
        "!a && !!b && !!!c && !(d)",
        "--1 < -2 && -a.b < - 3",
        "a in b in c",
        "a<b&&c>=d||e!=f",
        "f ( a , b ) . g ( ) . h",
        "a . b . c(d.e, [1, 2.5, 1e3, 'x', \"y\"], [])",
        "1.5 + 10e-1 + 007",
        "'ü' == \"it's\" \t\n && true",
        "((((a))))",
        "a.exists(x, x.b in ['c'] ? true : false)",
        "inside in outside && not_in",
        "a.b-1",
    ];
    let conditions: Vec<String> = conditions.map(str::to_owned).to_vec();
    for condition in &conditions {
        parse(condition).unwrap_or_else(|fault| panic!("{condition}: {fault:?}"));
    }
    compare(&conditions);
}

#[test]
fn what_is_no_cel_is_refused() {
    let conditions = [
        "a &&", "&& a", "a b", "a ==", "a..b", "a.1", "(a", "a)", "[a", "f(a,)", "f(,a)", "a ? b", "a ? b :", "a : b",
        "a & b", "a = b", "a === b", "!-a", "if", "a.in", "in", "1a", "@", "a.b.", "'a", "a < > b", "f(a b)", "a ! b",
        "a in", "for(a)", "1.2.3",
    ];
    let conditions: Vec<String> = conditions.map(str::to_owned).to_vec();
    for (condition, theirs) in conditions.iter().zip(parse_as_cel(&conditions)) {
        assert_eq!((parse(condition).ok().map(|tree| ours(&tree)), theirs), (None, None), "{condition}");
    }
}

proptest! {
    #[test]
    fn random_conditions_are_cel(conditions in prop::collection::vec(expressions(), 16)) {
        for condition in &conditions {
            prop_assert!(parse(condition).is_ok(), "{condition}");
        }
        compare(&conditions);
    }

    #[test]
    fn random_texts_are_cel_or_refused(
        texts in prop::collection::vec("([abf]|\\.|\\(|\\)|\\[|\\]| |,|==|!|-|&&|\\|\\||in |\\?|:|1|2\\.5|'x'|<|>|\\+){1,12}", 16)
    ) {
        compare(&texts);
    }
}
