//! The fields of components, dependencies, groups, flows, teams and the design: what is written about them, and what
//! follows from the drawing.

use super::Analysis;
use super::relation::{Fact, Field, Stated, Type, Value};
use crate::model::{ComponentId, Dependency, DependencyId, FlowId, GroupId, TeamId};
use crate::read::Notation;
use crate::read::vocabulary::{
    ComponentFacts, DependencyFacts, DesignFacts, Facts, FieldInfo, FlowFacts, GroupMap, Kind, Mode, Need, Phase,
    Plainly, TeamFacts,
};

/// A field that follows from the drawing. It hides the written field of the same name.
pub struct Derived<Id: 'static> {
    pub field: Field,
    pub get: for<'a> fn(&'a Analysis, Id) -> Fact<'a>,
}

/// One kind of entity: its derived and its written fields.
pub struct Entity<Id: 'static> {
    pub derived: &'static [Derived<Id>],
    pub written: &'static [FieldInfo],
    /// The facts of one entity and whether its own notation is premortem's.
    pub facts: for<'a> fn(&'a Analysis, Id) -> (&'a dyn Facts, bool),
    /// Where the entity is written.
    pub place: fn(&Analysis, Id) -> crate::sources::Span,
}

/// A field found by name, ready to be read many times.
pub enum Getter<Id: 'static> {
    Derived(for<'a> fn(&'a Analysis, Id) -> Fact<'a>),
    Written(usize),
}

impl<Id> Clone for Getter<Id> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Id> Copy for Getter<Id> {}

impl<Id: Copy + 'static> Entity<Id> {
    /// The field of that name and its type.
    pub fn find(&self, name: &str) -> Option<(Type, Getter<Id>)> {
        let derived = self.derived.iter().find(|derived| derived.field.name == name);
        if let Some(derived) = derived {
            return Some((derived.field.ty, Getter::Derived(derived.get)));
        }
        let index = self.written.iter().position(|field| field.name == name)?;
        Some((Type::of_attr(self.written[index].plain_type), Getter::Written(index)))
    }

    /// Every field name: derived ones first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.derived.iter().map(|derived| derived.field.name).chain(self.written.iter().map(|field| field.name))
    }

    pub fn read<'a>(&self, analysis: &'a Analysis, id: Id, getter: Getter<Id>) -> Fact<'a> {
        match getter {
            Getter::Derived(get) => get(analysis, id),
            Getter::Written(index) => {
                let (facts, native) = (self.facts)(analysis, id);
                Fact::attr(facts.attr(index), Some((self.place)(analysis, id)), native)
            }
        }
    }
}

const fn field(name: &'static str, ty: Type, summary: &'static str) -> Field {
    Field { name, summary, ty }
}

/// The dependencies that lead to a component and fit.
fn users(analysis: &Analysis, id: ComponentId, fits: impl Fn(&Dependency) -> bool) -> Fact<'_> {
    let edges = analysis.graph.incoming(id).iter().filter(|edge| fits(analysis.design.dependency(**edge)));
    Fact::list(edges.map(|edge| Fact::dependency(analysis, *edge)))
}

/// Some decision of the design is about this name.
fn is_decided(analysis: &Analysis, name: &str) -> Fact<'static> {
    let mut subjects = analysis.design.facts.decisions.iter().filter_map(|decision| decision.about.value());
    Fact::computed(Value::Bool(subjects.any(|about| about.iter().any(|subject| subject.value.0 == name))))
}

pub const COMPONENT: Entity<ComponentId> = Entity {
    derived: &[
        Derived {
            field: field("name", Type::Text(&[]), "Its name."),
            get: |analysis, id| {
                let component = analysis.design.component(id);
                Fact::at(Value::Text(component.name.as_str().into()), Some(component.place))
            },
        },
        Derived {
            field: field("kind", Type::Text(Kind::WORDS), "What it is: declared, or known from its technology."),
            get: |analysis, id| {
                let component = analysis.design.component(id);
                let place = component.facts.kind.span().unwrap_or(component.place);
                Fact::at(Value::Text(component.kind.as_str().into()), Some(place))
            },
        },
        Derived {
            field: field("critical", Type::Bool, "Some critical flow cannot work without it."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.is_critical(id))),
        },
        Derived {
            field: field("own", Type::Bool, "Code of your own that you release yourself."),
            get: |analysis, id| {
                let component = analysis.design.component(id);
                Fact::computed(Value::Bool(component.kind.is_own_process() && !component.is_managed()))
            },
        },
        Derived {
            field: field("native", Type::Bool, "Described in premortem's own notation."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.design.component(id).notation == Notation::Native)),
        },
        Derived {
            field: field("copies", Type::Integer, "How many copies may run: the upper end of `replicas`."),
            get: |analysis, id| {
                let component = analysis.design.component(id);
                let native = component.notation == Notation::Native;
                let replicas = Fact::attr(&component.facts.replicas, Some(component.place), native);
                match component.replicas_max() {
                    Some(copies) => Fact {
                        value: Value::Integer(i64::try_from(copies).unwrap_or(i64::MAX)),
                        stated: Stated::Value,
                        ..replicas
                    },
                    None => replicas,
                }
            },
        },
        Derived {
            field: field("uses", Type::List(&Type::Dependency), "What it uses, alternatives included."),
            get: |analysis, id| {
                Fact::list(analysis.graph.outgoing(id).iter().map(|edge| Fact::dependency(analysis, *edge)))
            },
        },
        Derived {
            field: field("users", Type::List(&Type::Dependency), "The dependencies that lead to it."),
            get: |analysis, id| {
                Fact::list(analysis.graph.incoming(id).iter().map(|edge| Fact::dependency(analysis, *edge)))
            },
        },
        Derived {
            field: field("balancers", Type::List(&Type::Dependency), "The balancers that spread requests over it."),
            get: |analysis, id| {
                users(analysis, id, |dependency| {
                    dependency.is_call() && analysis.design.component(dependency.source).kind == Kind::Balancer
                })
            },
        },
        Derived {
            field: field("waiters", Type::List(&Type::Dependency), "Who waits with its start until it is healthy."),
            get: |analysis, id| users(analysis, id, |dependency| dependency.facts.gated.value().is_some()),
        },
        Derived {
            field: field("consumers", Type::List(&Type::Dependency), "Who takes messages from it."),
            get: |analysis, id| users(analysis, id, |dependency| dependency.consumes),
        },
        Derived {
            field: field("producers", Type::List(&Type::Dependency), "Who puts messages into it."),
            get: |analysis, id| {
                let is_queue = analysis.design.component(id).kind.is_queue();
                users(analysis, id, |dependency| is_queue && !dependency.consumes)
            },
        },
        Derived {
            field: field(
                "simpler_options",
                Type::List(&Type::Component),
                "What already takes load off it: its replicas and the caches in front of it.",
            ),
            get: |analysis, id| {
                let name = analysis.design.component(id).name.as_str();
                let takes_load_off = |other: &ComponentId| {
                    let facts = &analysis.design.component(*other).facts;
                    [&facts.of, &facts.replica_of].iter().any(|of| of.value().is_some_and(|of| of.0 == name))
                };
                let options = analysis.design.component_ids().filter(takes_load_off);
                Fact::list(options.map(|other| Fact::component(analysis, other)))
            },
        },
        Derived {
            field: field("decided", Type::Bool, "Some decision of the design is about it."),
            get: |analysis, id| is_decided(analysis, &analysis.design.component(id).name),
        },
        Derived {
            field: field("critical_flows", Type::List(&Type::Flow), "The critical flows that cannot work without it."),
            get: |analysis, id| Fact::list(analysis.graph.critical_flows_of(id).map(|flow| Fact::flow(analysis, flow))),
        },
    ],
    written: ComponentFacts::FIELDS,
    facts: |analysis, id| {
        let component = analysis.design.component(id);
        (&*component.facts, component.notation == Notation::Native)
    },
    place: |analysis, id| analysis.design.component(id).place,
};

pub const DEPENDENCY: Entity<DependencyId> = Entity {
    derived: &[
        Derived {
            field: field("source", Type::Component, "Who uses."),
            get: |analysis, id| Fact::component(analysis, analysis.design.dependency(id).source),
        },
        Derived {
            field: field("target", Type::Component, "What is used; the place is where the source names it."),
            get: |analysis, id| {
                let dependency = analysis.design.dependency(id);
                Fact::at(Value::Component(dependency.target), Some(dependency.place))
            },
        },
        Derived {
            field: field("is_call", Type::Bool, "The source waits for an answer while serving."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.design.dependency(id).is_call())),
        },
        Derived {
            field: field("consumes", Type::Bool, "The source takes messages from the target."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.design.dependency(id).consumes)),
        },
        Derived {
            field: field("need", Type::Text(Need::WORDS), "What the source does without the target."),
            get: |analysis, id| {
                let dependency = analysis.design.dependency(id);
                let place = dependency.facts.need.span().unwrap_or(dependency.place);
                Fact::at(Value::Text(dependency.need.as_str().into()), Some(place))
            },
        },
        Derived {
            field: field("mode", Type::Text(Mode::WORDS), "Whether the source waits."),
            get: |analysis, id| {
                let dependency = analysis.design.dependency(id);
                let place = dependency.facts.mode.span().unwrap_or(dependency.place);
                Fact::at(Value::Text(dependency.mode.as_str().into()), Some(place))
            },
        },
        Derived {
            field: field("phase", Type::Text(Phase::WORDS), "When the target is needed."),
            get: |analysis, id| {
                let dependency = analysis.design.dependency(id);
                let place = dependency.facts.phase.span().unwrap_or(dependency.place);
                Fact::at(Value::Text(dependency.phase.as_str().into()), Some(place))
            },
        },
        Derived {
            field: field("critical", Type::Bool, "A critical flow uses it."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.graph.is_critical_dependency(id))),
        },
        Derived {
            field: field("critical_flows", Type::List(&Type::Flow), "The critical flows that use it."),
            get: |analysis, id| {
                Fact::list(analysis.graph.critical_flows_using(id).map(|flow| Fact::flow(analysis, flow)))
            },
        },
        Derived {
            field: field("group", Type::Group, "The alternatives it is one of, if it is."),
            get: |analysis, id| match analysis.design.dependency(id).group {
                Some(group) => Fact::group(analysis, group),
                None => Fact::null(),
            },
        },
        Derived {
            field: field("in_group", Type::Bool, "It is one of several alternatives."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.design.dependency(id).group.is_some())),
        },
        Derived {
            field: field("effects", Type::List(&Type::Flow), "The flows that use it and do something to the world."),
            get: |analysis, id| {
                let design = &analysis.design;
                let has_effects = |flow: &FlowId| design.flow(*flow).facts.effects.value().is_some();
                let dependency = design.dependency(id);
                let uses = |flow: &FlowId| {
                    let on_path = design.flow(*flow).path.contains(&dependency.source);
                    (on_path && dependency.is_used_by(*flow))
                        || analysis.graph.critical_flows_using(id).any(|using| using == *flow)
                };
                let flows = design.flow_ids().filter(has_effects).filter(uses);
                Fact::list(flows.map(|flow| Fact::at(Value::Flow(flow), design.flow(flow).facts.effects.span())))
            },
        },
        Derived {
            field: field("attempts", Type::Number, "Attempts in all: 1 + retries."),
            get: |analysis, id| {
                let dependency = analysis.design.dependency(id);
                let retries = &dependency.facts.retries;
                let inferred = Fact::attr(retries, None, true).inferred;
                Fact { inferred, ..Fact::at(Value::Number(dependency.attempts()), retries.span()) }
            },
        },
    ],
    written: DependencyFacts::FIELDS,
    facts: |analysis, id| {
        let dependency = analysis.design.dependency(id);
        (&*dependency.facts, dependency.notation == Notation::Native)
    },
    place: |analysis, id| analysis.design.dependency(id).place,
};

pub const GROUP: Entity<GroupId> = Entity {
    derived: &[
        Derived {
            field: field("name", Type::Text(&[]), "Its name."),
            get: |analysis, id| Fact::computed(Value::Text(analysis.design.group(id).name.as_str().into())),
        },
        Derived {
            field: field("source", Type::Component, "Who chooses."),
            get: |analysis, id| Fact::component(analysis, analysis.design.group(id).source),
        },
        Derived {
            field: field("members", Type::List(&Type::Dependency), "The alternatives, first choice first."),
            get: |analysis, id| {
                Fact::list(analysis.design.group(id).members.iter().map(|edge| Fact::dependency(analysis, *edge)))
            },
        },
    ],
    written: GroupMap::FIELDS,
    facts: |analysis, id| (&analysis.design.group(id).facts, true),
    place: |analysis, id| analysis.design.group(id).place,
};

pub const FLOW: Entity<FlowId> = Entity {
    derived: &[
        Derived {
            field: field("name", Type::Text(&[]), "Its name."),
            get: |analysis, id| Fact::computed(Value::Text(analysis.design.flow(id).name.as_str().into())),
        },
        Derived {
            field: field("critical", Type::Bool, "Marked critical, or one of all where none is marked."),
            get: |analysis, id| {
                let flow = analysis.design.flow(id);
                Fact::at(Value::Bool(flow.critical), flow.facts.critical.span().or(Some(flow.place)))
            },
        },
        Derived {
            field: field("has_target", Type::Bool, "It, or the design as a whole, promises a number to its users."),
            get: |analysis, id| {
                let flow = &analysis.design.flow(id).facts;
                let latency = [&flow.p99, &flow.p95, &flow.p50, &flow.avg].iter().any(|p| p.value().is_some());
                let whole = analysis.design.facts.targets.value();
                let promised = whole.is_some_and(|t| t.slo.value().is_some() || t.p99.value().is_some());
                Fact::computed(Value::Bool(flow.slo.value().is_some() || latency || promised))
            },
        },
        Derived {
            field: field("implicit", Type::Bool, "Made up because the design declares no flow."),
            get: |analysis, id| Fact::computed(Value::Bool(analysis.design.flow(id).implicit)),
        },
        Derived {
            field: field(
                "alerted_by",
                Type::List(&Type::Text(&[])),
                "What wakes somebody up when it fails: its own alerts, else the design's.",
            ),
            get: |analysis, id| {
                let flow = analysis.design.flow(id);
                let own = Fact::attr(&flow.facts.alerts, Some(flow.place), analysis.design.native);
                if own.stated != Stated::Absent {
                    return own;
                }
                let observability = analysis.design.facts.observability.value();
                match observability.map(|observability| &observability.alerts).filter(|alerts| !alerts.is_absent()) {
                    Some(alerts) => Fact::attr(alerts, Some(flow.place), analysis.design.native),
                    None => own,
                }
            },
        },
        Derived {
            field: field("path", Type::List(&Type::Component), "The components it goes through, in order."),
            get: |analysis, id| {
                let flow = analysis.design.flow(id);
                let steps = flow.path.iter().zip(&flow.steps);
                Fact::list(steps.map(|(component, step)| Fact::at(Value::Component(*component), Some(*step))))
            },
        },
        Derived {
            field: field("decided", Type::Bool, "Some decision of the design is about it."),
            get: |analysis, id| is_decided(analysis, &analysis.design.flow(id).name),
        },
    ],
    written: FlowFacts::FIELDS,
    facts: |analysis, id| {
        let flow = analysis.design.flow(id);
        (&flow.facts, analysis.design.native)
    },
    place: |analysis, id| analysis.design.flow(id).place,
};

pub const TEAM: Entity<TeamId> = Entity {
    derived: &[Derived {
        field: field("name", Type::Text(&[]), "Its name."),
        get: |analysis, id| Fact::computed(Value::Text(analysis.design.team(id).name.as_str().into())),
    }],
    written: TeamFacts::FIELDS,
    facts: |analysis, id| (&analysis.design.team(id).facts, true),
    place: |analysis, id| analysis.design.team(id).place,
};

pub const DESIGN: Entity<()> = Entity {
    derived: &[Derived {
        field: field("components", Type::List(&Type::Component), "Every component, in file order."),
        get: |analysis, ()| Fact::list(analysis.design.component_ids().map(|id| Fact::component(analysis, id))),
    }],
    written: DesignFacts::FIELDS,
    facts: |analysis, ()| (&analysis.design.facts, analysis.design.native),
    place: |analysis, ()| analysis.design.place,
};

/// The type of a whole attribute of the vocabulary, for tables that repeat one.
pub const fn type_of<T: Plainly>() -> Type {
    Type::of_attr(T::PLAIN_TYPE)
}
