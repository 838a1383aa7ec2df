//! Fragments to one design: every name is resolved once, and every name that leads nowhere is a problem.

mod claims;
mod dangling;

use super::{
    Component, ComponentId, Dependency, DependencyId, Design, Flow, FlowId, Group, GroupId, Team, defaults, resolve,
};
use crate::parse::Spanned;
use crate::problem::Problem;
use crate::read::vocabulary::{
    Answer, Attr, Complete, Defaults, DesignFacts, FailoverMode, Fallback, FlowFacts, GroupFacts, Kind, Many,
    TeamFacts, Use, Word,
};
use crate::read::{Fragment, Notation};
use crate::sources::Span;
use dangling::{dangling, sorted};
use std::collections::{HashMap, HashSet};

/// A design, and what was wrong with the names in it.
#[derive(Debug)]
pub struct Linked {
    pub design: Design,
    pub problems: Vec<Problem>,
}

/// Joins the files of one design. Order of fragments is the order of components.
///
/// # Panics
/// Never for at least one fragment; a design without files does not exist.
pub fn link(fragments: Vec<Fragment>) -> Linked {
    let place = fragments.first().expect("a design has at least one file").place;
    let native = fragments.iter().any(|fragment| fragment.notation == Notation::Native);
    let mut problems = Vec::new();
    let mut whole = DesignFacts::default();
    let mut merged = Merged::default();
    for fragment in fragments {
        let mut facts = fragment.facts;
        whole.merge_from(&facts);
        merged.components.reserve(facts.components.0.len());
        for (name, component) in std::mem::take(&mut facts.components.0) {
            merged.component(fragment.notation, name, component, &mut problems);
        }
        for (name, flow) in std::mem::take(&mut facts.flows.0) {
            merged.flow(name, flow, &mut problems);
        }
        whole.teams.0.append(&mut facts.teams.0);
        whole.decisions.append(&mut facts.decisions);
        whole.accept.0.append(&mut facts.accept.0);
        whole.defaults.calls.merge_from(&facts.defaults.calls);
        whole.defaults.own.merge_from(&facts.defaults.own);
        whole.defaults.deploy.or(facts.defaults.deploy);
    }
    let mut linker = Linker { names: &merged.names, flow_names: &merged.flow_names, problems };
    let defaults = std::mem::take(&mut whole.defaults);
    let mut components = merged.components;
    complete(&mut components, &defaults);
    let uses = components.iter_mut().map(|component| std::mem::take(&mut component.facts.uses.0)).collect();
    let Drawn { dependencies, groups } = linker.dependencies(&components, uses, &defaults);
    let flows = linker.flows(merged.flows, native, &components, &dependencies);
    linker.check_component_references(&components);
    whole.defaults = defaults;
    let teams = teams(&whole);
    let mut problems = linker.problems;
    let component_names = merged.names;
    let design =
        Design { facts: whole, components, dependencies, groups, flows, teams, place, native, component_names };
    check_paths(&design, &mut problems);
    Linked { design, problems }
}

/// Components and flows of all files under one set of names.
#[derive(Default)]
struct Merged {
    components: Vec<Component>,
    names: HashMap<String, ComponentId>,
    flows: Vec<(Spanned<String>, FlowFacts)>,
    flow_names: HashMap<String, FlowId>,
}

impl Merged {
    fn component(
        &mut self,
        notation: Notation,
        name: Spanned<String>,
        facts: Box<crate::read::vocabulary::ComponentFacts>,
        problems: &mut Vec<Problem>,
    ) {
        problems.extend(bad_name("component", &name));
        let Some(known) = self.names.get(&name.value) else {
            self.names.insert(name.value.clone(), ComponentId(self.components.len()));
            self.components.push(Component {
                name: name.value,
                place: name.span,
                notation,
                kind: Kind::Service,
                technology: None,
                facts,
            });
            return;
        };
        let component = &mut self.components[known.0];
        if component.notation == notation {
            problems.push(
                Problem::error(
                    "duplicate-component",
                    format!("component `{}` is defined twice", name.value),
                    name.span,
                    "defined again",
                )
                .with_label(component.place, "first defined")
                .with_help("keep one definition, or give one of them another name"),
            );
            return;
        }
        // A deployment file adds what it knows to what the design says; the design has the first word.
        let (design, deployed) = if component.notation == Notation::Native {
            (&mut component.facts, facts)
        } else {
            component.notation = Notation::Native;
            component.place = name.span;
            let deployed = std::mem::replace(&mut component.facts, facts);
            (&mut component.facts, deployed)
        };
        disagreements(&name.value, design, &deployed, problems);
        design.merge_from(&deployed);
        for used in deployed.uses.0 {
            if !design.uses.0.iter().any(|own| own.target.value == used.target.value) {
                design.uses.0.push(used);
            }
        }
    }

    fn flow(&mut self, name: Spanned<String>, facts: FlowFacts, problems: &mut Vec<Problem>) {
        problems.extend(bad_name("flow", &name));
        if let Some(known) = self.flow_names.get(&name.value) {
            problems.push(
                Problem::error(
                    "duplicate-flow",
                    format!("flow `{}` is defined twice", name.value),
                    name.span,
                    "defined again",
                )
                .with_label(self.flows[known.0].0.span, "first defined")
                .with_help("keep one definition, or give one of them another name"),
            );
            return;
        }
        self.flow_names.insert(name.value.clone(), FlowId(self.flows.len()));
        self.flows.push((name, facts));
    }
}

/// Names that could not be told from the notation around them: `zone:a`, `mailer@1h`, `api->postgres`.
fn bad_name(kind: &str, name: &Spanned<String>) -> Option<Problem> {
    let text = name.value.as_str();
    if text.trim().is_empty() {
        let message = format!("a {kind} needs a name");
        return Some(Problem::error("bad-name", message, name.span, "empty").with_help("write a name before the `:`"));
    }
    let sign = [":", "@", "->"].into_iter().find(|sign| text.contains(sign))?;
    let message = format!("`{text}` cannot be the name of a {kind}");
    let label = format!("`{sign}` has a meaning of its own in names of failures");
    Some(
        Problem::error("bad-name", message, name.span, label)
            .with_help(format!("write `{}`", text.replace("->", "-to-").replace([':', '@'], "-"))),
    )
}

/// A design and a deployment file that say different things about the same component.
fn disagreements(
    name: &str,
    design: &crate::read::vocabulary::ComponentFacts,
    deployed: &crate::read::vocabulary::ComponentFacts,
    problems: &mut Vec<Problem>,
) {
    let replicas = (design.replicas.value(), deployed.replicas.value());
    if let (Some(says), Some(runs)) = replicas
        && says != runs
        && let (Some(here), Some(there)) = (design.replicas.span(), deployed.replicas.span())
    {
        problems.push(
            Problem::warning(
                "files-disagree",
                format!("the design says {says} copies of `{name}`, the deployment file runs {runs}"),
                here,
                format!("{says} here"),
            )
            .with_label(there, format!("{runs} here"))
            .with_help("correct the one that is wrong; the review uses the design's"),
        );
    }
}

/// Fewer components than this are linked faster one after the other.
const MANY: usize = 1_000;

fn complete(components: &mut [Component], defaults: &Defaults) {
    if components.len() >= MANY {
        let (first, second) = components.split_at_mut(components.len() / 2);
        rayon::join(|| complete(first, defaults), || complete(second, defaults));
        return;
    }
    for component in components {
        component.kind = defaults::kind(&component.facts);
        component.technology = defaults::technology(&component.facts);
        defaults::complete_component(&mut component.facts, component.kind, defaults);
    }
}

fn teams(facts: &DesignFacts) -> Vec<Team> {
    let mut teams: Vec<Team> = facts
        .teams
        .iter()
        .map(|(name, team)| Team { name: name.value.clone(), place: name.span, facts: team.clone() })
        .collect();
    if let (Some(team), Some(place)) = (facts.team.value(), facts.team.span()) {
        let name = team.name.value().map_or("team", |name| name.0.as_str());
        teams.push(Team { name: name.to_owned(), place, facts: TeamFacts::clone(team) });
    }
    teams
}

/// Dependencies and groups, which refer to each other by position.
struct Drawn {
    dependencies: Vec<Dependency>,
    groups: Vec<Group>,
}

impl Drawn {
    fn with_room_for<'u>(uses: impl Iterator<Item = &'u Vec<Use>>) -> Self {
        Self { dependencies: Vec::with_capacity(uses.map(Vec::len).sum()), groups: Vec::new() }
    }

    /// Adds what was drawn further on.
    fn append(&mut self, later: Self) {
        let (dependencies, groups) = (self.dependencies.len(), self.groups.len());
        self.dependencies.extend(later.dependencies.into_iter().map(|dependency| Dependency {
            group: dependency.group.map(|group| GroupId(group.0 + groups)),
            ..dependency
        }));
        self.groups.extend(later.groups.into_iter().map(|group| Group {
            members: group.members.into_iter().map(|member| DependencyId(member.0 + dependencies)).collect(),
            ..group
        }));
    }
}

struct Linker<'n> {
    names: &'n HashMap<String, ComponentId>,
    flow_names: &'n HashMap<String, FlowId>,
    problems: Vec<Problem>,
}

impl Linker<'_> {
    /// `uses` is what each component uses; their facts become those of the dependencies. Of large designs, two halves
    /// at a time.
    fn dependencies(&mut self, components: &[Component], mut uses: Vec<Vec<Use>>, defaults: &Defaults) -> Drawn {
        let mut drawn = Drawn::with_room_for(uses.iter());
        if components.len() < MANY {
            self.draw(&mut drawn, components, 0, uses, defaults);
            return drawn;
        }
        let half = uses.len() / 2;
        let later = uses.split_off(half);
        let mut rest = Drawn::with_room_for(later.iter());
        let mut other = Linker { problems: Vec::new(), ..*self };
        rayon::join(
            || self.draw(&mut drawn, components, 0, uses, defaults),
            || other.draw(&mut rest, components, half, later, defaults),
        );
        drawn.append(rest);
        self.problems.append(&mut other.problems);
        drawn
    }

    /// Adds what some components use, from the `first` on.
    fn draw(
        &mut self,
        drawn: &mut Drawn,
        components: &[Component],
        first: usize,
        uses: Vec<Vec<Use>>,
        defaults: &Defaults,
    ) {
        let Drawn { dependencies, groups } = drawn;
        for (index, uses) in (first..).zip(uses) {
            let (source, component) = (ComponentId(index), &components[index]);
            self.check_uses(component, &uses);
            for used in uses.into_iter().filter(|used| used.target.value != component.name) {
                dependencies.extend(self.dependency(components, source, used, None, defaults));
            }
            for (name, alternatives) in component.facts.one_of.iter() {
                let id = GroupId(groups.len());
                let first = dependencies.len();
                self.check_uses(component, &alternatives.of.0);
                for used in alternatives.of.0.iter().filter(|used| used.target.value != component.name) {
                    dependencies.extend(self.dependency(components, source, used.clone(), Some(id), defaults));
                }
                let members: Vec<DependencyId> = (first..dependencies.len()).map(DependencyId).collect();
                let need = self.needed(name, alternatives);
                if !members.is_empty() {
                    groups.push(Group {
                        source,
                        name: name.value.clone(),
                        place: name.span,
                        need: need.clamp(1, members.len()),
                        members,
                        failover: alternatives.failover.value().copied().unwrap_or(FailoverMode::Automatic),
                        facts: alternatives.0.clone(),
                    });
                }
            }
        }
    }

    /// Who names itself, or one component twice.
    fn check_uses(&mut self, component: &Component, uses: &[Use]) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (at, target) in uses.iter().map(|used| &used.target).enumerate() {
            if target.value == component.name {
                let message = format!("`{}` uses itself", component.name);
                self.problems.push(
                    Problem::error("self-dependency", message, target.span, "the component that is described here")
                        .with_help("remove it, or draw the part that is called as a component of its own"),
                );
                continue;
            }
            // Few are searched faster than hashed.
            let earlier = || uses[..at].iter().find(|used| used.target.value == target.value);
            let first = match uses.len() {
                ..16 => earlier().map_or(target.span, |used| used.target.span),
                _ => *seen.entry(&target.value).or_insert(target.span),
            };
            if first != target.span {
                let message = format!("`{}` uses `{}` twice", component.name, target.value);
                self.problems.push(
                    Problem::error("duplicate-dependency", message, target.span, "named again")
                        .with_label(first, "named first")
                        .with_help("keep one; say how often it is called with `calls`"),
                );
            }
        }
    }

    /// How many alternatives of a group are needed.
    fn needed(&mut self, name: &Spanned<String>, alternatives: &GroupFacts) -> usize {
        let members = alternatives.of.0.len();
        let at = alternatives.need.span().unwrap_or(name.span);
        if alternatives.need.is_none() {
            let message = format!("`{}` needs none of its alternatives", name.value);
            self.problems.push(
                Problem::error("bad-value", message, at, "none").with_help("write `need: 1`, or remove the group"),
            );
        }
        let need = alternatives.need.value().map_or(1, |need| usize::try_from(need.0).unwrap_or(usize::MAX));
        if need > members {
            let message = format!("`{}` needs {need} of {members}", name.value);
            let help = format!("lower `need` to {members} or less, or add alternatives to `of`");
            self.problems.push(Problem::error("bad-value", message, at, "more than there are").with_help(help));
        }
        need
    }

    fn dependency(
        &mut self,
        components: &[Component],
        source: ComponentId,
        used: Use,
        group: Option<GroupId>,
        defaults: &Defaults,
    ) -> Option<Dependency> {
        let target = self.component(&used.target.value, used.target.span)?;
        let (from, to) = (&components[source.0], &components[target.0]);
        let mut facts = used.facts;
        defaults::complete_dependency(
            &mut facts,
            (from.kind, from.technology),
            to.kind,
            from.notation == Notation::Native,
            defaults,
        );
        let fallback_to = match facts.fallback.value() {
            Some(Fallback::To(to)) => self.component(&to.value, to.span),
            _ => None,
        };
        let flows = facts
            .flows
            .value()
            .map(|names| names.iter().filter_map(|name| self.flow(&name.value.0, name.span)).collect::<Vec<_>>());
        let (need, mode, phase, consumes) = resolve(&facts, from.kind, to.kind);
        Some(Dependency {
            source,
            target,
            place: used.target.span,
            notation: from.notation,
            group,
            flows,
            fallback_to,
            facts,
            consumes,
            need,
            mode,
            phase,
        })
    }

    fn flows(
        &mut self,
        written: Vec<(Spanned<String>, FlowFacts)>,
        native: bool,
        components: &[Component],
        dependencies: &[Dependency],
    ) -> Vec<Flow> {
        let any_marked = written.iter().any(|(_, facts)| facts.critical.value().is_some());
        let mut flows = Vec::new();
        for (name, facts) in written {
            let mut path = Vec::new();
            let mut steps = Vec::new();
            for step in facts.path.value().iter().flat_map(|path| path.iter()) {
                if let Some(component) = self.component(&step.value.0, step.span) {
                    path.push(component);
                    steps.push(step.span);
                }
            }
            self.check_steps(&name, &facts.path);
            self.check_claims(&facts.survives, components);
            let critical = facts.critical.value().is_some() || !any_marked;
            flows.push(Flow { name: name.value, place: name.span, path, steps, critical, implicit: false, facts });
        }
        if flows.is_empty() {
            flows = implicit_flows(components, dependencies, native);
        }
        flows
    }

    /// A flow without steps goes nowhere. Steps that lead nowhere were told already.
    fn check_steps(&mut self, name: &Spanned<String>, path: &Attr<Many<Word>>) {
        let (code, message, label) = match path.answer() {
            Answer::Value(steps) if steps.0.is_empty() => ("empty-path", "goes through no component", "no steps"),
            Answer::Value(_) => return,
            Answer::None => ("empty-path", "goes through no component", "no steps"),
            // It could not be read, and that was told.
            Answer::Todo if path.span().is_none() => return,
            Answer::Todo => ("missing-key", "has no `path` yet", "left open"),
            Answer::Absent => ("missing-key", "has no `path`", "no `path`"),
        };
        let message = format!("flow `{}` {message}", name.value);
        self.problems.push(
            Problem::error(code, message, path.span().unwrap_or(name.span), label)
                .with_help("list the components it goes through, in order: `path: [web, api, postgres]`"),
        );
    }

    fn component(&mut self, name: &str, at: Span) -> Option<ComponentId> {
        let known = self.names.get(name).copied();
        if known.is_none() {
            let problem = dangling("component", name, at, &sorted(self.names.keys()));
            self.problems.push(problem);
        }
        known
    }

    fn flow(&mut self, name: &str, at: Span) -> Option<FlowId> {
        let known = self.flow_names.get(name).copied();
        if known.is_none() {
            let problem = dangling("flow", name, at, &sorted(self.flow_names.keys()));
            self.problems.push(problem);
        }
        known
    }

    fn check_component_references(&mut self, components: &[Component]) {
        for component in components {
            let facts = &component.facts;
            for single in [&facts.of, &facts.replica_of, &facts.rebuild_from] {
                if let (Some(name), Some(span)) = (single.value(), single.span()) {
                    self.component(&name.0, span);
                }
            }
            for list in [&facts.watches, &facts.deploys, &facts.recovers, &facts.deletes, &facts.deploys_with] {
                self.check_components(list);
            }
            for name in facts.announces.value().iter().flat_map(|names| names.iter()) {
                let is_known = |name: &str| self.flow_names.contains_key(name) || self.names.contains_key(name);
                if !is_known(&name.value.0) {
                    let known = sorted(self.names.keys().chain(self.flow_names.keys()));
                    self.problems.push(dangling("component or flow", &name.value.0, name.span, &known));
                }
            }
        }
    }

    fn check_components(&mut self, names: &Attr<Many<Word>>) {
        for name in names.value().iter().flat_map(|names| names.iter()) {
            self.component(&name.value.0, name.span);
        }
    }
}

/// One flow per entry, so that every question about failures has an answer in flows.
///
/// In a native design `public` is somebody's word. In an imported one it is a published port, which stores and tools have
/// too, for their administrators: there, they are entries only where nothing else is.
fn implicit_flows(components: &[Component], dependencies: &[Dependency], native: bool) -> Vec<Flow> {
    let used: HashSet<ComponentId> = dependencies.iter().map(|dependency| dependency.target).collect();
    let is_entry = |(index, component): &(usize, &Component)| {
        let is_used = used.contains(&ComponentId(*index));
        let is_tooling = matches!(component.kind, Kind::Monitoring | Kind::Deploy | Kind::Job);
        // A published port of a store is for its operators; its users are the services that use it.
        let is_store = component.kind.is_stateful() || matches!(component.kind, Kind::Search | Kind::ObjectStore);
        let is_public = component.facts.public.value().is_some();
        !is_tooling && (!is_used || (is_public && !is_store))
    };
    let entries: Vec<(usize, &Component)> = components.iter().enumerate().filter(is_entry).collect();
    let is_in_front = |kind: Kind| {
        (kind.is_own_process() && kind != Kind::Job) || matches!(kind, Kind::Client | Kind::Cdn | Kind::Balancer)
    };
    let serves_users =
        |(_, component): &&(usize, &Component)| component.notation == Notation::Native || is_in_front(component.kind);
    let mut chosen: Vec<&(usize, &Component)> = entries.iter().filter(serves_users).collect();
    if chosen.is_empty() {
        chosen = entries.iter().collect();
    }
    chosen
        .into_iter()
        .map(|(index, component)| Flow {
            name: component.name.clone(),
            place: component.place,
            path: vec![ComponentId(*index)],
            steps: vec![component.place],
            critical: native,
            implicit: true,
            facts: FlowFacts::default(),
        })
        .collect()
}

/// Every step must be reached from an earlier one, else the flow says something the drawing does not.
fn check_paths(design: &Design, problems: &mut Vec<Problem>) {
    let longer = design.flows.iter().filter(|flow| flow.path.len() > 1);
    let steps: HashSet<ComponentId> = longer.flat_map(|flow| &flow.path).copied().collect();
    let mut edges: HashSet<(ComponentId, ComponentId)> = HashSet::new();
    for dependency in design.dependencies.iter().filter(|dependency| steps.contains(&dependency.source)) {
        edges.insert((dependency.source, dependency.target));
        edges.extend(dependency.fallback_to.map(|to| (dependency.source, to)));
        if dependency.consumes {
            edges.insert((dependency.target, dependency.source));
        }
    }
    for flow in &design.flows {
        for (at, step) in flow.path.iter().enumerate().skip(1) {
            if flow.path[..at].iter().any(|earlier| edges.contains(&(*earlier, *step)) || earlier == step) {
                continue;
            }
            let is_turned = edges.contains(&(*step, flow.path[at - 1]));
            let (name, before) = (&design.component(*step).name, &design.component(flow.path[at - 1]).name);
            problems.push(
                Problem::warning(
                    "path-not-connected",
                    format!("flow `{}` goes on to `{name}`, and no earlier step uses it", flow.name),
                    flow.steps[at],
                    format!("nothing before it uses `{name}`"),
                )
                .with_help(if is_turned {
                    format!("`{name}` uses `{before}`: name the caller first")
                } else {
                    format!("draw the dependency (`{before}: {{uses: [{name}]}}`), or take the step out")
                }),
            );
        }
    }
}
