//! Names and types of a condition, checked once when its rule loads.

use super::code::{Code, Literal, Test};
use super::syntax::{Expr, ExprKind, Fault, parse};
use super::{functions, operators};
use crate::analyse::relation::{Relation, Type};
use crate::problem::did_you_mean;
use crate::rules::path::{NoSuchField, Path, Root};
use std::ops::Range;
use std::sync::Arc;

/// What a condition can name.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) relation: &'static Relation,
    pub(crate) params: &'s [Param],
    /// Facts the rule expects to be stated.
    pub(crate) expects: &'s [Path],
    /// In the words beside a marked list: the type of its `{item}`.
    pub(crate) item: Option<Type>,
}

/// What one item of a marked list is called.
pub(crate) const ITEM: &str = "item";

/// A named threshold: `params.max_depth`.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) value: Literal,
    pub(crate) ty: ParamType,
}

/// The type of a threshold; a list is one of texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ParamType {
    Bool,
    Number,
    Duration,
    Rate,
    Percent,
    Text,
    Texts,
}

impl ParamType {
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::Duration => Type::Duration,
            Self::Rate => Type::Rate,
            Self::Percent => Type::Percent,
            Self::Text => Type::Text(&[]),
            Self::Texts => Type::List(&Type::Text(&[])),
        }
    }
}

/// A checked expression. Only `null` has no type.
pub(crate) struct Term {
    pub(crate) ty: Option<Type>,
    pub(crate) code: Code,
    /// The words a literal text was written as, for comparisons with closed lists.
    pub(crate) at: Range<usize>,
}

/// A whole condition.
pub(crate) fn compile_test(text: &str, scope: Scope<'_>) -> Result<Test, Vec<Fault>> {
    let expr = parse(text).map_err(|fault| vec![fault])?;
    let term = checked(&expr, scope)?;
    match term.ty {
        Some(Type::Bool) => Ok(term.code.into_test()),
        ty => {
            let message = format!("this condition is {}, not a yes-or-no question", describe(ty));
            let fault = Fault::new(message, expr.at, describe(ty));
            Err(vec![fault.with_help("Compare it: `… == …`, or ask `stated(…)`.")])
        }
    }
}

/// A field, or an expression of several, as sentences and marks name them.
pub(crate) fn compile_value(text: &str, scope: Scope<'_>) -> Result<(Code, Type), Vec<Fault>> {
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_';
    if text.bytes().all(is_path) && !text.starts_with("params.") {
        let path = scope.path(text).map_err(|fault| vec![fault])?;
        let ty = path.ty;
        return Ok((Code::Path(Arc::new(path)), ty));
    }
    let expr = parse(text).map_err(|_| {
        vec![
            Fault::new(format!("`{text}` is not a field"), 0..text.len(), "names nothing")
                .with_help("Write `{{` and `}}` for braces that are meant as such."),
        ]
    })?;
    let term = checked(&expr, scope)?;
    match term.ty {
        Some(ty) => Ok((term.code, ty)),
        None => Err(vec![Fault::new("`null` says nothing", expr.at, "says nothing")]),
    }
}

fn checked(expr: &Expr, scope: Scope<'_>) -> Result<Term, Vec<Fault>> {
    let mut checker = Checker { scope, items: Vec::new(), faults: Vec::new() };
    match checker.term(expr) {
        Some(term) if checker.faults.is_empty() => Ok(term),
        _ => Err(checker.faults),
    }
}

impl Scope<'_> {
    /// `component.deploy.rollback`, for marks and expected facts. The range is that of the name within the text.
    pub(crate) fn path(&self, text: &str) -> Result<Path, Fault> {
        let mut at = 0;
        let mut path: Option<Path> = None;
        for name in text.split('.') {
            let range = at..at + name.len();
            path = Some(match path {
                None => self.root(name, &range)?,
                Some(whole) => field(whole, name, range)?,
            });
            at += name.len() + 1;
        }
        path.map(|path| path.expecting(self.expects))
            .ok_or_else(|| Fault::new("this names nothing", 0..text.len(), "empty"))
    }

    fn root(&self, name: &str, at: &Range<usize>) -> Result<Path, Fault> {
        let fields = self.relation.fields;
        if let Some(index) = fields.iter().position(|field| field.name == name) {
            return Ok(Path::new(Root::Cell(index), name, fields[index].name, fields[index].ty));
        }
        if let (ITEM, Some(ty)) = (name, self.item) {
            return Ok(Path::new(Root::Item(0), name, ITEM, ty));
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
        let message = format!("`{}` has no field `{name}`", self.relation.name);
        Err(Fault::new(message, at.clone(), "not a field of this relation").with_help(suggest(name, &names)))
    }
}

fn field(whole: Path, name: &str, at: Range<usize>) -> Result<Path, Fault> {
    let (ty, text) = (whole.ty, whole.text.clone());
    whole.field(name).map_err(|NoSuchField { names }| {
        if names.is_empty() {
            return Fault::new(format!("`{text}` is {} and has no fields", describe(Some(ty))), at, "no such field");
        }
        Fault::new(format!("`{text}` has no field `{name}`"), at, "no such field").with_help(suggest(name, &names))
    })
}

/// What to write instead of an unknown name.
pub(crate) fn suggest(written: &str, known: &[&str]) -> String {
    if let Some(meant) = did_you_mean(written, known.iter().copied()) {
        return format!("Did you mean `{meant}`?");
    }
    let mut shown: Vec<String> = known.iter().take(12).map(|name| format!("`{name}`")).collect();
    if known.len() > shown.len() {
        shown.push(format!("{} more", known.len() - shown.len()));
    }
    format!("There are {}.", crate::rules::sentence::join(&shown))
}

pub(super) struct Checker<'s> {
    scope: Scope<'s>,
    /// Names bound by list macros, innermost last.
    items: Vec<(String, Type)>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    pub(super) fn term(&mut self, expr: &Expr) -> Option<Term> {
        let at = expr.at.clone();
        let simple = |ty, value| Some(Term { ty, code: Code::Literal(value), at: at.clone() });
        match &expr.kind {
            ExprKind::Null => simple(None, Literal::Null),
            ExprKind::Bool(value) => simple(Some(Type::Bool), Literal::Bool(*value)),
            ExprKind::Number(value) => simple(Some(Type::Number), Literal::Number(*value)),
            ExprKind::Text(value) => simple(Some(Type::Text(&[])), Literal::Text(value.clone())),
            ExprKind::List(items) => self.list(items, at),
            ExprKind::Name(_) | ExprKind::Field(..) => {
                if let ExprKind::Field(operand, name) = &expr.kind
                    && matches!(&operand.kind, ExprKind::Name(params) if params == "params")
                {
                    return self.param(name, at);
                }
                let path = self.path(expr)?;
                let path = path.expecting(self.scope.expects);
                Some(Term { ty: Some(path.ty), code: Code::Path(Arc::new(path)), at })
            }
            ExprKind::Not(operand) => {
                let test = self.test(operand)?;
                Some(Term { ty: Some(Type::Bool), code: Code::Test(operators::not(test)), at })
            }
            ExprKind::Negate(operand) => {
                let term = self.term(operand)?;
                let Some(ty) = term.ty.filter(|ty| is_quantity(*ty)) else {
                    let label = describe(term.ty);
                    return self.fault(Fault::new("`-` needs a number", operand.at.clone(), label));
                };
                if let Code::Literal(Literal::Number(value)) = term.code {
                    return simple(Some(ty), Literal::Number(-value));
                }
                let number = term.code.into_number();
                Some(Term {
                    ty: Some(ty),
                    code: Code::Number(Box::new(move |frame| number(frame).map(|value| -value))),
                    at,
                })
            }
            ExprKind::Binary(operator, left, right) => operators::binary(self, *operator, left, right, at),
            ExprKind::If(test, then, otherwise) => operators::choice(self, test, then, otherwise, at),
            ExprKind::Call { name, target, args } => functions::call(self, name, target.as_deref(), args, at),
        }
    }

    /// An operand that has to be a yes-or-no question.
    pub(super) fn test(&mut self, expr: &Expr) -> Option<Test> {
        let term = self.term(expr)?;
        if matches!(term.ty, Some(Type::Bool)) {
            return Some(term.code.into_test());
        }
        let fault = Fault::new("a yes-or-no question is needed here", expr.at.clone(), describe(term.ty))
            .with_help("Compare it: `… == …`, or ask `stated(…)`.");
        self.fault(fault)
    }

    pub(super) fn fault<T>(&mut self, fault: Fault) -> Option<T> {
        self.faults.push(fault);
        None
    }

    /// Checks an expression in which an item of a list has a name.
    pub(super) fn with_item<T>(&mut self, name: &str, ty: Type, check: impl FnOnce(&mut Self) -> T) -> T {
        self.items.push((name.to_owned(), ty));
        let result = check(self);
        self.items.pop();
        result
    }

    pub(super) fn nesting(&self) -> usize {
        self.items.len()
    }

    fn path(&mut self, expr: &Expr) -> Option<Path> {
        match &expr.kind {
            ExprKind::Name(name) => {
                let bound = self.items.iter().rev().position(|(item, _)| item == name);
                if let Some(depth) = bound {
                    let ty = self.items[self.items.len() - 1 - depth].1;
                    return Some(Path::new(Root::Item(depth), name, "item", ty));
                }
                if name == "params" {
                    return self.fault(Fault::new("name one of the rule's params", expr.at.clone(), "which one?"));
                }
                match self.scope.root(name, &expr.at) {
                    Ok(path) => Some(path),
                    Err(fault) => self.fault(fault),
                }
            }
            ExprKind::Field(operand, name) => {
                let whole = self.path(operand)?;
                match field(whole, name, expr.at.end - name.len()..expr.at.end) {
                    Ok(path) => Some(path),
                    Err(fault) => self.fault(fault),
                }
            }
            _ => self.fault(Fault::new("only a field has fields", expr.at.clone(), "not a field")),
        }
    }

    fn param(&mut self, name: &str, at: Range<usize>) -> Option<Term> {
        let params = self.scope.params;
        if let Some(param) = params.iter().find(|param| param.name == name) {
            return Some(Term { ty: Some(param.ty.ty()), code: Code::Literal(param.value.clone()), at });
        }
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        let fault = Fault::new(format!("the rule has no param `{name}`"), at, "not one of its `params`");
        self.fault(if names.is_empty() {
            fault.with_help(format!("Add `params: {{{name}: {{is: …, because: …}}}}`."))
        } else {
            fault.with_help(suggest(name, &names))
        })
    }

    fn list(&mut self, items: &[Expr], at: Range<usize>) -> Option<Term> {
        let mut values = Vec::new();
        let mut of: Option<Type> = None;
        for item in items {
            let term = self.term(item)?;
            let (Code::Literal(value), Some(ty)) = (term.code, term.ty) else {
                return self.fault(Fault::new("a list holds values written out", item.at.clone(), "not a value"));
            };
            if of.is_some_and(|of| !alike(of, ty)) {
                return self.fault(Fault::new(
                    "the items of a list are of one type",
                    item.at.clone(),
                    describe(Some(ty)),
                ));
            }
            of.get_or_insert(ty);
            values.push(value);
        }
        let item = match of {
            Some(Type::Bool) => &Type::Bool,
            Some(Type::Duration) => &Type::Duration,
            Some(Type::Rate) => &Type::Rate,
            Some(Type::Percent) => &Type::Percent,
            Some(Type::Integer | Type::Number) => &Type::Number,
            _ => &Type::Text(&[]),
        };
        Some(Term { ty: Some(Type::List(item)), code: Code::Literal(Literal::List(values)), at })
    }
}

/// A number, plain or with a unit.
pub(super) fn is_quantity(ty: Type) -> bool {
    matches!(ty, Type::Integer | Type::Number | Type::Duration | Type::Rate | Type::Percent)
}

/// Whether values of two types can be the same.
pub(super) fn alike(left: Type, right: Type) -> bool {
    match (left, right) {
        (Type::Integer | Type::Number, Type::Integer | Type::Number) | (Type::Text(_), Type::Text(_)) => true,
        (Type::List(left), Type::List(right)) => alike(*left, *right),
        (left, right) => std::mem::discriminant(&left) == std::mem::discriminant(&right),
    }
}

/// The type in a message, with its article.
pub(crate) fn describe(ty: Option<Type>) -> &'static str {
    match ty {
        None => "null",
        Some(Type::Bool) => "yes or no",
        Some(Type::Integer | Type::Number) => "a number",
        Some(Type::Duration) => "a duration",
        Some(Type::Rate) => "a rate",
        Some(Type::Percent) => "a percentage",
        Some(Type::Text(_)) => "text",
        Some(Type::List(_)) => "a list",
        Some(Type::Record(_)) => "a map",
        Some(Type::Component) => "a component",
        Some(Type::Dependency) => "a dependency",
        Some(Type::Group) => "a group",
        Some(Type::Flow) => "a flow",
        Some(Type::Team) => "a team",
        Some(Type::Design) => "the design",
    }
}
