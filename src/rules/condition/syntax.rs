//! Text of a condition to a tree: the only file that knows the grammar's crate.
//!
//! Its parser recurses once per operator of a chain and its messages name grammar tokens, so it runs on a thread with a
//! large stack, on short texts, and what it refuses is worded here.

use cel::common::ast::{Expr as Parsed, IdedExpr, LiteralValue, SourceInfo, operators};
use std::ops::Range;

/// Longer conditions are refused; a condition nobody can read at a glance wants a relation of its own.
pub(crate) const LONGEST: usize = 2048;

/// Operators inside each other; beyond it lies nothing a person wrote.
const DEEPEST: usize = 100;

const STACK: usize = 64 << 20;

/// One node, with the bytes of the condition it covers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) at: Range<usize>,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum ExprKind {
    Null,
    Bool(bool),
    /// Also whole numbers: rules compare counts far below 2^53.
    Number(f64),
    Text(String),
    List(Vec<Expr>),
    Name(String),
    Field(Box<Expr>, String),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Call {
        name: String,
        target: Option<Box<Expr>>,
        args: Vec<Expr>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    In,
}

/// What is wrong with a condition, and with which bytes of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) at: Range<usize>,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
}

impl Fault {
    pub(crate) fn new(message: impl Into<String>, at: Range<usize>, label: impl Into<String>) -> Self {
        Self { message: message.into(), at, label: label.into(), help: None }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Proof that there is room for the parser's recursion.
pub(crate) struct Stack(());

/// Does something that parses conditions for each item, in order; `None` if the system has no memory for a thread.
///
/// A condition takes tens of microseconds to parse, so more than a few are spread over the processors.
pub(crate) fn map_with_stack<T: Sync, R: Send>(items: &[T], work: impl Fn(&T, &Stack) -> R + Sync) -> Option<Vec<R>> {
    const FEW: usize = 12;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4);
    let chunk = items.len().div_ceil(threads).max(FEW);
    let work = &work;
    std::thread::scope(|scope| {
        let start = |chunk| {
            let run = move || -> Vec<R> { Iterator::map(<[T]>::iter(chunk), |item| work(item, &Stack(()))).collect() };
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok()
        };
        let threads: Vec<_> = items.chunks(chunk).map(start).collect();
        let results: Option<Vec<Vec<R>>> = threads.into_iter().map(|thread| thread?.join().ok()).collect();
        results.map(|results| results.into_iter().flatten().collect())
    })
}

#[cfg(test)]
pub(crate) fn with_stack<T: Send>(work: impl Fn(&Stack) -> T + Sync) -> Option<T> {
    map_with_stack(&[()], |(), stack| work(stack)).and_then(|mut results| results.pop())
}

/// Parses one condition.
pub(crate) fn parse(condition: &str, _: &Stack) -> Result<Expr, Fault> {
    if condition.len() > LONGEST {
        let message = format!("this condition has {} bytes, more than the limit of {LONGEST}", condition.len());
        return Err(Fault::new(message, 0..condition.len(), "too long")
            .with_help("Split the rule, or ask for a relation that computes this."));
    }
    if condition.trim().is_empty() {
        return Err(Fault::new("this condition is empty", 0..condition.len(), "nothing to test"));
    }
    // Without macros `list.exists(x, …)` stays the call it is written as.
    let parser = cel::Env::default().with_optional_support(false).parser();
    let (root, places) = parser.parse_with_source_info(condition).map_err(|errors| refused(condition, &errors))?;
    convert(&root, &Context { condition, places: &places }, DEEPEST)
}

struct Context<'c> {
    condition: &'c str,
    places: &'c SourceInfo,
}

impl Context<'_> {
    /// The bytes of the token a node is known by: its name, its operator, its opening bracket.
    fn token(&self, node: &IdedExpr) -> Range<usize> {
        let (start, last) = self.places.offset_for(node.id).unwrap_or_default();
        let length = self.condition.len();
        let start = floor(self.condition, (start as usize).min(length));
        let end = ceil(self.condition, (last as usize + 1).min(length));
        start..end.max(start)
    }

    /// The end of the name after a dot.
    fn end_of_field(&self, dot: usize, name: &str) -> usize {
        self.condition[dot..].find(name).map_or(dot, |at| dot + at + name.len())
    }

    /// The end of a call's closing bracket, looked for behind its last argument.
    fn end_of_call(&self, from: usize) -> usize {
        self.condition[from..].find(')').map_or(self.condition.len(), |at| from + at + 1)
    }
}

fn convert(node: &IdedExpr, context: &Context<'_>, depth: usize) -> Result<Expr, Fault> {
    let token = context.token(node);
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Fault::new("this condition is nested too deep", token, format!("more than {DEEPEST} levels")));
    };
    let unsupported =
        |what: &str| Err(Fault::new(format!("conditions know no {what}"), token.clone(), "not supported"));
    let (kind, at) = match &node.expr {
        Parsed::Literal(literal) => match literal {
            LiteralValue::Null => (ExprKind::Null, token),
            LiteralValue::Boolean(value) => (ExprKind::Bool(*value.inner()), token),
            LiteralValue::Int(value) => (ExprKind::Number(to_f64(*value.inner())), token),
            LiteralValue::UInt(value) => {
                (ExprKind::Number(to_f64(i64::try_from(*value.inner()).unwrap_or(i64::MAX))), token)
            }
            LiteralValue::Double(value) => (ExprKind::Number(*value.inner()), token),
            LiteralValue::String(value) => (ExprKind::Text(value.inner().to_owned()), token),
            LiteralValue::Bytes(_) => return unsupported("bytes"),
        },
        Parsed::Ident(name) => (ExprKind::Name(name.clone()), token),
        Parsed::Select(select) => {
            let operand = convert(&select.operand, context, depth)?;
            let at = operand.at.start..context.end_of_field(token.start, &select.field).max(operand.at.end);
            (ExprKind::Field(Box::new(operand), select.field.clone()), at)
        }
        Parsed::List(list) => {
            let items =
                list.elements.iter().map(|item| convert(item, context, depth)).collect::<Result<Vec<_>, _>>()?;
            let last = items.last().map_or(token.end, |item| item.at.end);
            let end = context.condition[last..].find(']').map_or(last, |at| last + at + 1);
            (ExprKind::List(items), token.start..end)
        }
        Parsed::Call(call) => {
            let target = call.target.as_deref().map(|target| convert(target, context, depth)).transpose()?;
            let args = call.args.iter().map(|arg| convert(arg, context, depth)).collect::<Result<Vec<_>, _>>()?;
            return called(&call.func_name, target, args, token, context);
        }
        Parsed::Map(_) | Parsed::Struct(_) => return unsupported("maps"),
        Parsed::Comprehension(_) | Parsed::Unspecified => return unsupported("such expressions"),
    };
    Ok(Expr { kind, at })
}

fn called(
    name: &str,
    target: Option<Expr>,
    mut args: Vec<Expr>,
    token: Range<usize>,
    context: &Context<'_>,
) -> Result<Expr, Fault> {
    let start = target.as_ref().or(args.first()).map_or(token.start, |first| first.at.start).min(token.start);
    let end = args.last().map_or(token.end, |last| last.at.end).max(token.end);
    let around = start..end;
    let operator = match name {
        operators::LOGICAL_AND => Operator::And,
        operators::LOGICAL_OR => Operator::Or,
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::LessOrEqual,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::GreaterOrEqual,
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        operators::MULTIPLY => Operator::Multiply,
        operators::DIVIDE => Operator::Divide,
        operators::IN => Operator::In,
        operators::MODULO => return Err(Fault::new("conditions know no `%`", token, "not supported")),
        operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT => {
            return Err(Fault::new("conditions cannot pick an item by its position", token, "not supported")
                .with_help("Ask about all items: `list.exists(item, …)`."));
        }
        operators::LOGICAL_NOT | operators::NEGATE => {
            let Some(operand) = args.pop() else { return Err(incomplete(around)) };
            let operand = Box::new(operand);
            let kind = if name == operators::NEGATE { ExprKind::Negate(operand) } else { ExprKind::Not(operand) };
            return Ok(Expr { kind, at: around });
        }
        operators::CONDITIONAL => {
            let [test, then, otherwise] = <[Expr; 3]>::try_from(args).map_err(|_| incomplete(around.clone()))?;
            let at = test.at.start..otherwise.at.end;
            return Ok(Expr { kind: ExprKind::If(Box::new(test), Box::new(then), Box::new(otherwise)), at });
        }
        _ => {
            // The token is the bracket; the name stands before it.
            let start = context.condition[..token.start].rfind(name).unwrap_or(token.start);
            let start = target.as_ref().map_or(start, |target| target.at.start.min(start));
            let at = start..context.end_of_call(end);
            let target = target.map(Box::new);
            return Ok(Expr { kind: ExprKind::Call { name: name.to_owned(), target, args }, at });
        }
    };
    let [left, right] = <[Expr; 2]>::try_from(args).map_err(|_| incomplete(around.clone()))?;
    let at = left.at.start..right.at.end.max(left.at.start);
    Ok(Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), at })
}

fn incomplete(at: Range<usize>) -> Fault {
    Fault::new("this condition is incomplete", at, "something is missing here")
}

/// Words for the first thing the grammar refuses.
fn refused(condition: &str, errors: &cel::ParseErrors) -> Fault {
    let (line, column) = errors.errors.first().map_or((0, 0), |error| error.pos);
    let before: usize =
        usize::try_from(line - 1).map_or(0, |lines| condition.split_inclusive('\n').take(lines).map(str::len).sum());
    let rest = &condition[before.min(condition.len())..];
    let characters = usize::try_from(column - 1).unwrap_or(0);
    let start = before + rest.char_indices().nth(characters).map_or(rest.trim_end().len(), |(at, _)| at);
    let token = condition[start..].split(char::is_whitespace).next().map_or(0, str::len);
    if token == 0 {
        let end = condition.trim_end().len();
        let start = floor(condition, end.saturating_sub(1));
        return Fault::new("this condition ends too early", start..end, "something has to follow");
    }
    let fault = Fault::new("this condition is not well formed", start..start + token, "not understood here");
    let previous = condition[..start].trim_end();
    let word = &condition[start..start + token];
    if word.starts_with('=') && !previous.ends_with(['=', '!', '<', '>']) {
        return fault.with_help("Compare with `==`.");
    }
    match word {
        "and" => fault.with_help("Write `&&`."),
        "or" => fault.with_help("Write `||`."),
        "not" => fault.with_help("Write `!`."),
        _ => fault,
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[expect(clippy::cast_precision_loss, reason = "rules compare counts of real things")]
fn to_f64(value: i64) -> f64 {
    value as f64
}
