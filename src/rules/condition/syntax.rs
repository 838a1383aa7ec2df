//! Text of a condition to a tree.
//!
//! Conditions are a part of CEL: what is read here, CEL reads as the same tree (a test compares the two). The general
//! parser of the `cel` crate needs some milliseconds for its first condition and 40 µs for each, a good part of what a whole
//! review may take; it also recurses once per operator and speaks of grammar tokens.

use std::ops::Range;

/// Longer conditions are refused; a condition nobody can read at a glance wants a relation of its own.
pub(crate) const LONGEST: usize = 2048;

/// Levels of the tree, which everything later recurses over; beyond it lies nothing a person wrote.
const DEEPEST: usize = 100;

/// One node, with the bytes of the condition it covers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) at: Range<usize>,
    /// Levels below and including this one.
    depth: usize,
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
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Operator {
    /// How tightly it binds; all are left-associative.
    fn strength(self) -> usize {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide => 5,
            _ => 3,
        }
    }
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

    /// CEL that no condition needs.
    fn unsupported(what: &str, at: Range<usize>) -> Self {
        Self::new(format!("conditions know no {what}"), at, "not supported")
    }
}

/// Parses one condition.
pub(crate) fn parse(condition: &str) -> Result<Expr, Fault> {
    if condition.len() > LONGEST {
        let message = format!("this condition has {} bytes, more than the limit of {LONGEST}", condition.len());
        return Err(Fault::new(message, 0..condition.len(), "too long")
            .with_help("Split the rule, or ask for a relation that computes this."));
    }
    if condition.trim().is_empty() {
        return Err(Fault::new("this condition is empty", 0..condition.len(), "nothing to test"));
    }
    let mut parser = Parser { condition, at: 0, open: 0 };
    let expr = parser.choice()?;
    parser.space();
    if parser.at < condition.len() { Err(parser.refused()) } else { Ok(expr) }
}

/// Longer signs before those they begin with.
const OPERATORS: [(&str, Operator); 12] = [
    ("||", Operator::Or),
    ("&&", Operator::And),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
];

/// Words that CEL keeps for itself.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

struct Parser<'c> {
    condition: &'c str,
    at: usize,
    /// Expressions being read, one inside the other.
    open: usize,
}

impl Parser<'_> {
    /// `test ? then : otherwise`, or anything that binds tighter.
    fn choice(&mut self) -> Result<Expr, Fault> {
        let test = self.nested(|parser| parser.operation(1))?;
        if !self.takes("?") {
            return Ok(test);
        }
        let then = self.nested(|parser| parser.operation(1))?;
        self.expect(":")?;
        let otherwise = self.nested(Self::choice)?;
        let at = test.at.start..otherwise.at.end;
        let depth = test.depth.max(then.depth).max(otherwise.depth);
        node(ExprKind::If(Box::new(test), Box::new(then), Box::new(otherwise)), at, depth)
    }

    /// Operands joined by operators of at least a strength.
    fn operation(&mut self, weakest: usize) -> Result<Expr, Fault> {
        let mut left = self.unary()?;
        while let Some((operator, length)) = self.operator()?.filter(|(operator, _)| operator.strength() >= weakest) {
            self.at += length;
            let right = self.operation(operator.strength() + 1)?;
            let (at, depth) = (left.at.start..right.at.end, left.depth.max(right.depth));
            left = node(ExprKind::Binary(operator, Box::new(left), Box::new(right)), at, depth)?;
        }
        Ok(left)
    }

    /// The operator that comes next, and its length.
    fn operator(&mut self) -> Result<Option<(Operator, usize)>, Fault> {
        self.space();
        let rest = &self.condition[self.at..];
        if rest.starts_with('%') {
            return Err(Fault::unsupported("`%`", self.at..self.at + 1));
        }
        if self.word() == "in" {
            return Ok(Some((Operator::In, 2)));
        }
        let found = OPERATORS.iter().find(|(text, _)| rest.starts_with(text));
        Ok(found.map(|(text, operator)| (*operator, text.len())))
    }

    fn unary(&mut self) -> Result<Expr, Fault> {
        self.space();
        let start = self.at;
        for sign in ["!", "-"] {
            if self.takes(sign) {
                let operand = self.nested(|parser| {
                    parser.space();
                    let other = if sign == "!" { '-' } else { '!' };
                    // `!-x` and `-!x` are not CEL.
                    if parser.condition[parser.at..].starts_with(other) {
                        Err(parser.refused())
                    } else {
                        parser.unary()
                    }
                })?;
                let (at, depth) = (start..operand.at.end, operand.depth);
                let operand = Box::new(operand);
                let kind = if sign == "!" { ExprKind::Not(operand) } else { ExprKind::Negate(operand) };
                return node(kind, at, depth);
            }
        }
        self.member()
    }

    /// A value with the fields and methods behind it.
    fn member(&mut self) -> Result<Expr, Fault> {
        let mut whole = self.primary()?;
        loop {
            self.space();
            if self.condition[self.at..].starts_with('[') {
                return Err(Fault::new(
                    "conditions cannot pick an item by its position",
                    self.at..self.at + 1,
                    "not supported",
                )
                .with_help("Ask about all items: `list.exists(item, …)`."));
            }
            if !self.takes(".") {
                return Ok(whole);
            }
            self.space();
            let name = self.word().to_owned();
            if name.is_empty() || ["true", "false", "null", "in"].contains(&name.as_str()) {
                return Err(self.refused());
            }
            self.at += name.len();
            let (start, end, depth) = (whole.at.start, self.at, whole.depth);
            whole = if self.takes("(") {
                let args = self.items(")")?;
                let depth = args.iter().fold(depth, |deepest, arg| deepest.max(arg.depth));
                node(ExprKind::Call { name, target: Some(Box::new(whole)), args }, start..self.at, depth)?
            } else {
                node(ExprKind::Field(Box::new(whole), name), start..end, depth)?
            };
        }
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        self.space();
        let start = self.at;
        let rest = &self.condition[start..];
        match rest.chars().next() {
            Some('(') => {
                self.at += 1;
                let inner = self.nested(Self::choice)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.at += 1;
                let items = self.items("]")?;
                let depth = items.iter().fold(0, |deepest, item| deepest.max(item.depth));
                node(ExprKind::List(items), start..self.at, depth)
            }
            Some('{') => Err(Fault::unsupported("maps", start..start + 1)),
            Some('\'' | '"') => self.text(),
            Some('0'..='9') => self.number(),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => self.name(),
            _ => Err(self.refused()),
        }
    }

    fn name(&mut self) -> Result<Expr, Fault> {
        let start = self.at;
        let name = self.word().to_owned();
        let kind = match name.as_str() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            "in" => return Err(self.refused()),
            word if RESERVED.contains(&word) => return Err(self.refused()),
            _ => {
                self.at += name.len();
                if self.condition[self.at..].starts_with(['\'', '"']) {
                    return Err(Fault::unsupported("bytes and raw texts", start..self.at + 1));
                }
                if self.takes("(") {
                    let args = self.items(")")?;
                    let depth = args.iter().fold(0, |deepest, arg| deepest.max(arg.depth));
                    return node(ExprKind::Call { name, target: None, args }, start..self.at, depth);
                }
                let end = start + name.len();
                return node(ExprKind::Name(name), start..end, 0);
            }
        };
        self.at += name.len();
        node(kind, start..self.at, 0)
    }

    /// `3`, `0.5`, `1e3`.
    fn number(&mut self) -> Result<Expr, Fault> {
        let start = self.at;
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &self.condition[start..];
        let mut length = digits(rest);
        if rest[length..].starts_with('.') && digits(&rest[length + 1..]) > 0 {
            length += 1 + digits(&rest[length + 1..]);
        }
        if rest[length..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[length + 1..].starts_with(['+', '-']));
            let exponent = digits(&rest[length + 1 + sign..]);
            length += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        let end = start + length;
        if self.condition[end..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_') {
            return Err(Fault::unsupported("such numbers", start..end));
        }
        self.at = end;
        let value: f64 = rest[..length].parse().unwrap_or(f64::INFINITY);
        if !value.is_finite() || value >= 9e15 {
            return Err(Fault::unsupported("such large numbers", start..end));
        }
        node(ExprKind::Number(value), start..end, 0)
    }

    /// `'text'` or `"text"` on one line.
    fn text(&mut self) -> Result<Expr, Fault> {
        let start = self.at;
        let rest = &self.condition[start..];
        let quote = &rest[..1];
        if rest.starts_with(&quote.repeat(3)) {
            return Err(Fault::unsupported("texts in three quotes", start..start + 3));
        }
        let Some(length) = rest[1..].find(quote) else {
            let end = start + rest.trim_end().len();
            return Err(Fault::new("this text is never closed", start..end, format!("no second `{quote}`")));
        };
        let text = &rest[1..=length];
        let end = start + length + 2;
        if text.contains(['\\', '\n', '\r']) {
            return Err(Fault::unsupported("escapes and line breaks in texts", start..end));
        }
        self.at = end;
        node(ExprKind::Text(text.to_owned()), start..end, 0)
    }

    /// Expressions up to a closing bracket.
    fn items(&mut self, close: &str) -> Result<Vec<Expr>, Fault> {
        let mut items = Vec::new();
        if self.takes(close) {
            return Ok(items);
        }
        loop {
            items.push(self.nested(Self::choice)?);
            if self.takes(close) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.open += 1;
        if self.open > 2 * DEEPEST {
            return Err(too_deep(self.at..self.at));
        }
        let result = read(self);
        self.open -= 1;
        result
    }

    fn space(&mut self) {
        let rest = &self.condition[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']).len();
    }

    /// The name that stands here, or nothing.
    fn word(&self) -> &str {
        let rest = &self.condition[self.at..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = rest.bytes().take_while(|byte| is_part(byte)).count();
        if rest.starts_with(|first: char| first.is_ascii_digit()) { "" } else { &rest[..length] }
    }

    fn takes(&mut self, token: &str) -> bool {
        self.space();
        let found = self.condition[self.at..].starts_with(token)
            && !(token == "!" && self.condition[self.at..].starts_with("!="));
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), Fault> {
        if self.takes(token) { Ok(()) } else { Err(self.refused()) }
    }

    /// Words for what stands here and cannot.
    fn refused(&mut self) -> Fault {
        self.space();
        let start = self.at;
        let rest = &self.condition[start..];
        let word = self.word().len();
        let symbols = rest.bytes().take_while(|byte| b"=<>!&|".contains(byte)).count();
        let length = [word, symbols].into_iter().find(|length| *length > 0);
        let Some(length) = length.or_else(|| rest.chars().next().map(char::len_utf8)) else {
            let before = self.condition.trim_end();
            let last = before.chars().next_back().map_or(0, char::len_utf8);
            return Fault::new(
                "this condition ends too early",
                before.len() - last..before.len(),
                "something has to follow",
            );
        };
        let fault = Fault::new("this condition is not well formed", start..start + length, "not understood here");
        match &rest[..length] {
            "=" => fault.with_help("Compare with `==`."),
            "and" | "&" => fault.with_help("Write `&&`."),
            "or" | "|" => fault.with_help("Write `||`."),
            "not" => fault.with_help("Write `!`."),
            _ => fault,
        }
    }
}

/// A node above others of a depth.
fn node(kind: ExprKind, at: Range<usize>, below: usize) -> Result<Expr, Fault> {
    if below < DEEPEST { Ok(Expr { kind, at, depth: below + 1 }) } else { Err(too_deep(at)) }
}

fn too_deep(at: Range<usize>) -> Fault {
    Fault::new("this condition is nested too deep", at, format!("more than {DEEPEST} levels"))
}
