//! From an analysis to the boxes and arrows of a picture.

use super::grouping::{self, Grouping};
use super::{Diagram, Edge, Failure, Flow, Line, MOST_COMPONENTS, MOST_DEPENDENCIES, Member, Node, Part, View, What};
use crate::analyse::failure::{Cause, Impact, State};
use crate::analyse::{Analysis, Assume, Event, Scenario};
use crate::model::{ComponentId, Dependency, DependencyId, Design, GroupId};
use crate::read::vocabulary::{Mode, Need, Phase};
use crate::report::outcome::headline;
use std::collections::HashMap;

/// Components the events reach are drawn one by one beside the groups up to this many.
const MOST_OPENED: usize = 50;

pub(super) fn build(analysis: &Analysis, view: &View) -> Diagram {
    let design = &analysis.design;
    let mut builder = Builder {
        analysis,
        impact: view.scenario.as_ref().map(|scenario| analysis.failure().impact(scenario, None)),
        scenario: view.scenario.as_ref(),
        nodes: Vec::new(),
        box_of: vec![None; design.components.len()],
        choices: HashMap::new(),
        notes: Vec::new(),
    };
    builder.place(&builder.shown(view));
    let edges = builder.edges();
    let failure = view.scenario.as_ref().map(|scenario| failure(analysis, scenario));
    Diagram {
        system: design.facts.system.value().map(|system| system.0.clone()),
        failure,
        notes: builder.notes,
        nodes: builder.nodes,
        edges,
        flows: flows(analysis, view.scenario.as_ref()),
    }
}

fn failure(analysis: &Analysis, scenario: &Scenario) -> Failure {
    let failure = analysis.failure();
    let verdicts: Vec<_> = analysis.design.flow_ids().map(|flow| failure.verdict(scenario, flow)).collect();
    Failure {
        events: scenario.events.iter().map(|event| failure.event_name(*event).to_string()).collect(),
        seconds: scenario.seconds,
        assume: match scenario.assume {
            Assume::Must => "must",
            Assume::May => "may",
        },
        headline: headline(analysis, scenario, &verdicts),
    }
}

fn flows(analysis: &Analysis, scenario: Option<&Scenario>) -> Vec<Flow> {
    let design = &analysis.design;
    let flow = |id| {
        let flow = design.flow(id);
        let outcome = scenario.map(|scenario| analysis.failure().verdict(scenario, id).outcome);
        Flow { name: flow.name.clone(), critical: flow.critical, outcome }
    };
    let mut flows: Vec<Flow> = design.flow_ids().map(flow).collect();
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.outcome));
    flows
}

struct Builder<'a> {
    analysis: &'a Analysis,
    scenario: Option<&'a Scenario>,
    impact: Option<Impact>,
    nodes: Vec<Node>,
    /// Where each component is drawn.
    box_of: Vec<Option<usize>>,
    /// Where each choice between alternatives is drawn, unless it is inside a group.
    choices: HashMap<GroupId, usize>,
    notes: Vec<String>,
}

impl Builder<'_> {
    fn design(&self) -> &Design {
        &self.analysis.design
    }

    /// What is drawn at all, in file order.
    fn shown(&self, view: &View) -> Vec<ComponentId> {
        let Some(focus) = view.focus else { return self.design().component_ids().collect() };
        let (graph, design) = (&self.analysis.graph, self.design());
        let used = graph.outgoing(focus).iter().map(|id| design.dependency(*id).target);
        let users = graph.incoming(focus).iter().map(|id| design.dependency(*id).source);
        let mut shown: Vec<ComponentId> = used.chain(users).chain([focus]).collect();
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    fn place(&mut self, shown: &[ComponentId]) {
        let all = self.design().components.len();
        if shown.len() < all {
            self.notes.push(format!("{} of {all} components are shown", shown.len()));
        }
        let drawn = shown.iter().map(|id| self.analysis.graph.outgoing(*id).len()).sum::<usize>();
        if shown.len() <= MOST_COMPONENTS && drawn <= MOST_DEPENDENCIES {
            for id in shown {
                self.add_component(*id, None);
            }
            return;
        }
        let grouping = grouping::group(self.analysis, shown);
        self.place_groups(shown, &grouping);
    }

    /// Groups as boxes. What the events reach stands beside them, as long as that stays readable.
    fn place_groups(&mut self, shown: &[ComponentId], grouping: &Grouping) {
        let opened = self.opened(shown);
        self.notes.push(format!(
            "{} components are drawn as {} {}",
            shown.len() - opened.len(),
            grouping.groups.len(),
            grouping.by
        ));
        let mut group_of = HashMap::new();
        for (index, group) in grouping.groups.iter().enumerate() {
            group_of.extend(group.members.iter().map(|member| (*member, index)));
        }
        if !opened.is_empty() {
            self.notes.push("what the failure reaches is drawn one by one".to_owned());
        }
        for id in &opened {
            let group = group_of.get(id).map(|index| grouping.groups[*index].name.clone());
            self.add_component(*id, group);
        }
        for group in &grouping.groups {
            let rest: Vec<ComponentId> =
                group.members.iter().copied().filter(|id| self.box_of[id.0].is_none()).collect();
            if !rest.is_empty() {
                self.add_group(&group.name, &rest);
            }
        }
    }

    /// What is drawn beside the groups: all that is not up, or all that fails, or only where it begins.
    fn opened(&self, shown: &[ComponentId]) -> Vec<ComponentId> {
        let Some(impact) = &self.impact else { return Vec::new() };
        let among = |counts: &dyn Fn(ComponentId) -> bool| -> Vec<ComponentId> {
            shown.iter().copied().filter(|id| counts(*id)).collect()
        };
        let candidates = [
            among(&|id| impact.state(id) > State::Up || !self.struck(id).is_empty()),
            among(&|id| impact.state(id).fails() || !self.struck(id).is_empty()),
            among(&|id| !self.struck(id).is_empty()),
        ];
        candidates.into_iter().find(|opened| opened.len() <= MOST_OPENED).unwrap_or_default()
    }

    fn add_component(&mut self, id: ComponentId, group: Option<String>) {
        self.box_of[id.0] = Some(self.nodes.len());
        let node = self.component(id, group);
        self.nodes.push(node);
        for choice in self.analysis.graph.groups_of(id) {
            let alternatives = self.analysis.design.group(*choice);
            self.choices.insert(*choice, self.nodes.len());
            self.nodes.push(Node {
                what: What::Choice { need: alternatives.need, of: alternatives.members.len() },
                name: alternatives.name.clone(),
                critical: false,
                state: None,
                struck: Vec::new(),
                because: None,
            });
        }
    }

    fn component(&self, id: ComponentId, group: Option<String>) -> Node {
        let component = self.design().component(id);
        let facts = &component.facts;
        let written = facts.tech.value().map(|tech| tech.0.clone());
        let technology = component.technology.map(|technology| technology.title.clone()).or(written);
        Node {
            what: What::Component(Part {
                kind: component.kind,
                technology,
                replicas: component.replicas(),
                zones: facts.zones.value().iter().flat_map(|zones| zones.names()).map(str::to_owned).collect(),
                region: facts.region.value().map(|region| region.0.clone()),
                vendor: facts.vendor.value().map(|vendor| vendor.0.clone()),
                group,
            }),
            name: component.name.clone(),
            critical: self.analysis.is_critical(id),
            state: self.state(id),
            struck: self.struck(id),
            because: self.because(id),
        }
    }

    fn add_group(&mut self, name: &str, ids: &[ComponentId]) {
        let mut members = Vec::new();
        for id in ids {
            self.box_of[id.0] = Some(self.nodes.len());
            let component = self.design().component(*id);
            members.push(Member { name: component.name.clone(), kind: component.kind, state: self.state(*id) });
        }
        let mut struck: Vec<String> = ids.iter().flat_map(|id| self.struck(*id)).collect();
        struck.sort_unstable();
        struck.dedup();
        self.nodes.push(Node {
            name: name.to_owned(),
            critical: ids.iter().any(|id| self.analysis.is_critical(*id)),
            state: members.iter().filter_map(|member| member.state).max(),
            struck,
            because: None,
            what: What::Group { members },
        });
    }

    fn state(&self, id: ComponentId) -> Option<State> {
        self.impact.as_ref().map(|impact| impact.state(id))
    }

    fn because(&self, id: ComponentId) -> Option<String> {
        let step = self.analysis.failure().last_step(self.impact.as_ref()?, id)?;
        Some(step.clause(self.analysis.failure()).replace('`', ""))
    }

    /// What the events do to a component directly.
    fn struck(&self, id: ComponentId) -> Vec<String> {
        let events = self.scenario.iter().flat_map(|scenario| scenario.events.iter().copied());
        let domains = &self.analysis.graph.domains;
        let hits = events.filter_map(|event| {
            let within = |kind: &str, domain: &crate::graph::Domain| {
                domain.members.contains(&id).then(|| format!("{kind} {} fails", domain.name))
            };
            match event {
                Event::Stop(hit) => (hit == id).then(|| "stops".to_owned()),
                Event::Hang(hit) => (hit == id).then(|| "hangs".to_owned()),
                Event::Instance(hit) => (hit == id).then(|| "loses a copy".to_owned()),
                Event::Zone(zone) => within("zone", &domains.zones[zone.0]),
                Event::Region(region) => within("region", &domains.regions[region.0]),
                Event::Vendor(vendor) => within("vendor", &domains.vendors[vendor.0]),
            }
        });
        hits.collect()
    }

    /// Every arrow, in the order of what it stands for; those between the same boxes are one where a box is a group.
    fn edges(&self) -> Vec<Edge> {
        let design = self.design();
        let carriers = self.carriers();
        let mut arrows = Arrows { edges: Vec::new(), known: HashMap::new() };
        for id in design.dependency_ids() {
            let dependency = design.dependency(id);
            let Some((source, target)) = self.boxes(dependency.source, dependency.target) else { continue };
            let edge = Edge {
                source,
                target,
                line: line(dependency),
                takes: dependency.consumes,
                critical: dependency.phase == Phase::Run && self.analysis.graph.is_critical_dependency(id),
                carries: carriers[id.0],
                count: 1,
            };
            match dependency.group.and_then(|group| self.choices.get(&group)) {
                Some(choice) => {
                    arrows.add(&self.nodes, Edge { target: *choice, takes: false, ..edge });
                    arrows.add(&self.nodes, Edge { source: *choice, ..edge });
                }
                None => arrows.add(&self.nodes, edge),
            }
        }
        for dependency in &design.dependencies {
            let Some(to) = dependency.fallback_to else { continue };
            let Some((source, target)) = self.boxes(dependency.source, to) else { continue };
            if !arrows.connect(source, target) {
                let line = Line::Fallback;
                let edge = Edge { source, target, line, takes: false, critical: false, carries: false, count: 1 };
                arrows.add(&self.nodes, edge);
            }
        }
        arrows.edges
    }

    /// The two ends of an arrow, where both are drawn and they are not the same.
    fn boxes(&self, source: ComponentId, target: ComponentId) -> Option<(usize, usize)> {
        let (source, target) = (self.box_of[source.0]?, self.box_of[target.0]?);
        (source != target).then_some((source, target))
    }

    /// The dependencies over which something got worse.
    fn carriers(&self) -> Vec<bool> {
        let design = self.design();
        let mut carries = vec![false; design.dependencies.len()];
        let Some(impact) = &self.impact else { return carries };
        let mut mark = |id: DependencyId| carries[id.0] = true;
        for id in impact.affected() {
            match self.analysis.failure().last_step(impact, id).map(|step| step.cause) {
                Some(Cause::Dependency(id) | Cause::Start(id)) => mark(id),
                Some(Cause::Group(group)) => {
                    let members = design.group(group).members.iter().copied();
                    members.filter(|id| impact.state(design.dependency(*id).target) > State::Up).for_each(&mut mark);
                }
                _ => {}
            }
        }
        carries
    }
}

#[derive(Default)]
struct Arrows {
    edges: Vec<Edge>,
    known: HashMap<(usize, usize), usize>,
}

impl Arrows {
    fn connect(&self, source: usize, target: usize) -> bool {
        self.known.contains_key(&(source, target)) || self.known.contains_key(&(target, source))
    }

    /// Arrows from one box to another become one: the strongest.
    fn add(&mut self, nodes: &[Node], edge: Edge) {
        let Some(known) = self.known.get(&(edge.tail(), edge.head())) else {
            self.known.insert((edge.tail(), edge.head()), self.edges.len());
            self.edges.push(edge);
            return;
        };
        let into_choice = matches!(nodes[edge.target].what, What::Choice { .. });
        let known = &mut self.edges[*known];
        known.line = known.line.min(edge.line);
        known.critical |= edge.critical;
        known.carries |= edge.carries;
        known.count += usize::from(!into_choice);
    }
}

fn line(dependency: &Dependency) -> Line {
    if dependency.phase == Phase::Start {
        Line::Start
    } else if dependency.mode == Mode::Async || dependency.consumes {
        Line::Async
    } else if dependency.need == Need::Soft {
        Line::Soft
    } else {
        Line::Hard
    }
}
