//! `component.deploy.rollback`: resolved once, read for every row.

use crate::analyse::Analysis;
use crate::analyse::entity::{COMPONENT, DEPENDENCY, DESIGN, Entity, FLOW, GROUP, Getter, TEAM};
use crate::analyse::relation::{Fact, Stated, Type, Value};
use crate::model::{ComponentId, DependencyId, FlowId, GroupId, TeamId};
use crate::read::Notation;
use crate::read::vocabulary::FieldInfo;
use crate::sources::Span;
use std::cell::{Cell, RefCell};

/// What a condition or sentence is evaluated on: one row, and the items of the lists being walked.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'f, 'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) cells: &'a [Fact<'a>],
    pub(crate) pretend: Pretend,
    pub(crate) trace: Option<&'f Trace>,
    /// Set when a fact is read that the rule expects, that is not known, and that does not count as stated `none`.
    open: Option<&'f Cell<bool>>,
    /// Decides ages, in the days of [`crate::read::vocabulary::Date::days`].
    pub(crate) today: i64,
    /// The item bound innermost, and the frame around it.
    item: Option<(&'f Fact<'a>, &'f Frame<'f, 'a>)>,
}

/// Which facts that a rule expects, and that are not known, count as stated `none`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Pretend {
    pub(crate) absent: bool,
    pub(crate) todo: bool,
    pub(crate) unknowable: bool,
}

impl Pretend {
    pub(crate) const NOTHING: Self = Self { absent: false, todo: false, unknowable: false };
    pub(crate) const ABSENT: Self = Self { absent: true, ..Self::NOTHING };
    pub(crate) const OPEN: Self = Self { todo: true, ..Self::ABSENT };
    pub(crate) const EVERYTHING: Self = Self { unknowable: true, ..Self::OPEN };

    pub(crate) fn covers(self, stated: Stated) -> bool {
        match stated {
            Stated::Value | Stated::None => false,
            Stated::Todo => self.todo,
            Stated::Absent => self.absent,
            Stated::Unknowable => self.unknowable,
        }
    }
}

/// The catalogue's values that were read on the way to an answer.
#[derive(Default, Debug)]
pub(crate) struct Trace {
    inferred: RefCell<Vec<(&'static str, String)>>,
}

impl Trace {
    /// Name of each inferred field with what the catalogue says, in the order first read.
    pub(crate) fn into_inferred(self) -> Vec<(&'static str, String)> {
        self.inferred.into_inner()
    }

    fn note(&self, field: &'static str, because: &str) {
        let mut inferred = self.inferred.borrow_mut();
        if !inferred.iter().any(|(_, known)| known == because) {
            inferred.push((field, because.to_owned()));
        }
    }
}

impl<'f, 'a> Frame<'f, 'a> {
    pub(crate) fn new(analysis: &'a Analysis, cells: &'a [Fact<'a>], today: i64) -> Self {
        Self { analysis, cells, pretend: Pretend::NOTHING, trace: None, open: None, today, item: None }
    }

    #[must_use]
    pub(crate) fn pretending(self, pretend: Pretend) -> Self {
        Self { pretend, ..self }
    }

    #[must_use]
    pub(crate) fn traced(self, trace: &'f Trace) -> Self {
        Self { trace: Some(trace), ..self }
    }

    #[must_use]
    pub(crate) fn noticing(self, open: &'f Cell<bool>) -> Self {
        Self { open: Some(open), ..self }
    }

    /// The frame in which a list's item has a name.
    pub(crate) fn with_item<'g>(&'g self, item: &'g Fact<'a>) -> Frame<'g, 'a> {
        Frame {
            analysis: self.analysis,
            cells: self.cells,
            pretend: self.pretend,
            trace: self.trace,
            open: self.open,
            today: self.today,
            item: Some((item, self)),
        }
    }

    fn root(&self, root: Root) -> Option<&Fact<'a>> {
        match root {
            Root::Cell(index) => self.cells.get(index),
            Root::Item(depth) => {
                let mut bound = self.item?;
                for _ in 0..depth {
                    bound = bound.1.item?;
                }
                Some(bound.0)
            }
        }
    }
}

/// Where a path starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Root {
    /// A field of the relation.
    Cell(usize),
    /// An item of a list, counted from the innermost.
    Item(usize),
}

/// A field of a row, or a field of that, and so on.
#[derive(Clone)]
pub(crate) struct Path {
    pub(crate) root: Root,
    steps: Vec<Step>,
    pub(crate) ty: Type,
    /// As the rule writes it.
    pub(crate) text: String,
    /// Name of the last field.
    pub(crate) field: &'static str,
    /// The rule expects the root itself to be stated.
    expected: bool,
}

#[derive(Clone)]
struct Step {
    name: &'static str,
    read: Reader,
    /// The rule expects this to be stated.
    expected: bool,
}

#[derive(Clone, Copy)]
enum Reader {
    Component(Getter<ComponentId>),
    Dependency(Getter<DependencyId>),
    Group(Getter<GroupId>),
    Flow(Getter<FlowId>),
    Team(Getter<TeamId>),
    Design(Getter<()>),
    Record(usize),
}

/// A field that does not exist, and those that do.
#[derive(Debug)]
pub(crate) struct NoSuchField {
    pub(crate) names: Vec<&'static str>,
}

impl Path {
    pub(crate) fn new(root: Root, name: &str, field: &'static str, ty: Type) -> Self {
        Self { root, steps: Vec::new(), ty, text: name.to_owned(), field, expected: false }
    }

    /// The path to a field of what this one leads to.
    pub(crate) fn field(mut self, name: &str) -> Result<Self, NoSuchField> {
        let (ty, name, read) = member(self.ty, name)?;
        self.steps.push(Step { name, read, expected: false });
        self.ty = ty;
        self.field = name;
        self.text.push('.');
        self.text.push_str(name);
        Ok(self)
    }

    /// The keys that lead to the fact from what it belongs to, outermost first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        let last_entity = self.steps.iter().rposition(|step| !matches!(step.read, Reader::Record(_)));
        self.steps.iter().skip(last_entity.unwrap_or(0)).map(|step| step.name)
    }

    /// Marks the prefix that is one of the rule's expected facts.
    pub(crate) fn expecting(mut self, expects: &[Path]) -> Self {
        for expected in expects {
            if expected.leads_to(&self) {
                match expected.steps.len() {
                    0 => self.expected = true,
                    length => self.steps[length - 1].expected = true,
                }
            }
        }
        self
    }

    /// Whether this is the other path or a part of its way.
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        self.root == other.root
            && self.steps.len() <= other.steps.len()
            && self.steps.iter().zip(&other.steps).all(|(ours, theirs)| ours.name == theirs.name)
    }

    /// As [`Path::read`], of a field of the row or an item of a list, without a copy; `None` for what is read off these.
    pub(crate) fn peek<'f, 'a>(&self, frame: &'f Frame<'_, 'a>) -> Option<&'f Fact<'a>> {
        let fact = frame.root(self.root)?;
        if !self.steps.is_empty() || self.expected {
            return None;
        }
        trace(fact, self.field, frame);
        Some(fact)
    }

    pub(crate) fn read<'a>(&self, frame: &Frame<'_, 'a>) -> Fact<'a> {
        let Some(root) = frame.root(self.root) else { return Fact::null() };
        let Some((first, rest)) = self.steps.split_first() else {
            let mut fact = root.clone();
            pretend(&mut fact, self.expected, frame);
            trace(&fact, self.field, frame);
            return fact;
        };
        let mut native = true;
        let mut fact = first.read(root, frame, &mut native);
        for step in rest {
            fact = step.read(&fact, frame, &mut native);
        }
        trace(&fact, self.field, frame);
        fact
    }
}

impl Path {
    /// Where the thing is named that this is a fact about, and the keys that lead to the fact there; `None` where the fact is
    /// put together from others.
    pub(crate) fn slot(&self, frame: &Frame<'_, '_>) -> Option<(Span, Vec<String>)> {
        let (first, rest) = self.steps.split_first()?;
        let design = &frame.analysis.design;
        let place = match (first.read, &frame.root(self.root)?.value) {
            (Reader::Component(Getter::Written(_)), Value::Component(id)) => design.component(*id).place,
            (Reader::Dependency(Getter::Written(_)), Value::Dependency(id)) => design.dependency(*id).place,
            // A flow that nobody wrote has the place of a component.
            (Reader::Flow(Getter::Written(_)), Value::Flow(id)) if !design.flow(*id).implicit => design.flow(*id).place,
            _ => return None,
        };
        let is_written = rest.iter().all(|step| matches!(step.read, Reader::Record(_)));
        is_written.then(|| (place, self.steps.iter().map(|step| step.name.to_owned()).collect()))
    }
}

impl Step {
    fn read<'a>(&self, whole: &Fact<'a>, frame: &Frame<'_, 'a>, native: &mut bool) -> Fact<'a> {
        let analysis = frame.analysis;
        let mut fact = match (self.read, &whole.value) {
            (Reader::Component(getter), Value::Component(id)) => {
                *native = analysis.design.component(*id).notation == Notation::Native;
                COMPONENT.read(analysis, *id, getter)
            }
            (Reader::Dependency(getter), Value::Dependency(id)) => {
                *native = analysis.design.dependency(*id).notation == Notation::Native;
                DEPENDENCY.read(analysis, *id, getter)
            }
            (Reader::Group(getter), Value::Group(id)) => GROUP.read(analysis, *id, getter),
            (Reader::Flow(getter), Value::Flow(id)) => FLOW.read(analysis, *id, getter),
            (Reader::Team(getter), Value::Team(id)) => TEAM.read(analysis, *id, getter),
            (Reader::Design(getter), Value::Design) => {
                *native = analysis.design.native;
                DESIGN.read(analysis, (), getter)
            }
            (Reader::Record(index), Value::Record(record)) => Fact::attr(record.attr(index), whole.place, *native),
            _ => Fact::part_of_nothing(whole),
        };
        pretend(&mut fact, self.expected, frame);
        fact
    }
}

fn pretend(fact: &mut Fact<'_>, expected: bool, frame: &Frame<'_, '_>) {
    if !expected {
        return;
    }
    if frame.pretend.covers(fact.stated) {
        fact.value = Value::Null;
        fact.stated = Stated::None;
    } else if let (Some(open), true) = (frame.open, Pretend::EVERYTHING.covers(fact.stated)) {
        open.set(true);
    }
}

fn trace(fact: &Fact<'_>, field: &'static str, frame: &Frame<'_, '_>) {
    if let (Some(trace), Some(because)) = (frame.trace, fact.inferred) {
        trace.note(field, because);
    }
}

fn member(ty: Type, name: &str) -> Result<(Type, &'static str, Reader), NoSuchField> {
    fn of<Id: Copy + 'static>(
        entity: &Entity<Id>,
        name: &str,
        reader: fn(Getter<Id>) -> Reader,
    ) -> Result<(Type, &'static str, Reader), NoSuchField> {
        let no_such_field = || NoSuchField { names: entity.names().collect() };
        let (ty, getter) = entity.find(name).ok_or_else(no_such_field)?;
        let name = entity.names().find(|known| *known == name).ok_or_else(no_such_field)?;
        Ok((ty, name, reader(getter)))
    }
    match ty {
        Type::Component => of(&COMPONENT, name, Reader::Component),
        Type::Dependency => of(&DEPENDENCY, name, Reader::Dependency),
        Type::Group => of(&GROUP, name, Reader::Group),
        Type::Flow => of(&FLOW, name, Reader::Flow),
        Type::Team => of(&TEAM, name, Reader::Team),
        Type::Design => of(&DESIGN, name, Reader::Design),
        Type::Record(fields) => {
            let fields: &'static [FieldInfo] = fields();
            let index = fields.iter().position(|field| field.name == name);
            let index = index.ok_or_else(|| NoSuchField { names: fields.iter().map(|field| field.name).collect() })?;
            Ok((Type::of_attr(fields[index].plain_type), fields[index].name, Reader::Record(index)))
        }
        _ => Err(NoSuchField { names: Vec::new() }),
    }
}
