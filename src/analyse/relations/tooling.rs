//! Tools that fall with what they are for.

use super::cell::{field, text, text_at, yes};
use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::failure::{Impact, Witness};
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event, Scenario};
use crate::graph::{Domain, DomainId};
use crate::model::{ComponentId, FlowId};
use crate::read::vocabulary::{Attr, Kind, Many, Word};
use crate::sources::Span;

/// Parts of one flow that are tried at the most.
const MOST_PARTS: usize = 50;

pub(super) const RELATION: Relation = Relation {
    name: "tooling",
    summary: "What a tool watches, deploys, recovers or speaks for, and whether its outage takes the tool with it.",
    fields: &[
        field("tool", Type::Component, "The tool."),
        field("duty", Type::Text(&["watches", "deploys", "recovers", "announces"]), "What it does for it."),
        field(
            "subject",
            Type::Text(&[]),
            "What it does it for, a component or a flow; the place is the entry of the list.",
        ),
        field(
            "component",
            Type::Component,
            "The component whose outage is looked at: the subject, or what the flow cannot do without.",
        ),
        field("falls", Type::Bool, "The tool is down when the component stops."),
        field(
            "event",
            Type::Text(&[]),
            "The zone, region or vendor whose outage takes both, as a clause; the place is where the tool says that it is there.",
        ),
        field("clause", Type::Text(&[]), "What the tool does, and with what it goes down, as the end of a sentence."),
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let mut outages = Outages::new(analysis);
        let mut rows = Vec::new();
        for tool in design.component_ids() {
            let facts = &design.component(tool).facts;
            let duties: [(&'static str, &Attr<Many<Word>>); 4] = [
                ("watches", &facts.watches),
                ("deploys", &facts.deploys),
                ("recovers", &facts.recovers),
                ("announces", &facts.announces),
            ];
            if duties.iter().all(|(_, names)| names.value().is_none()) {
                continue;
            }
            let losses = losses(analysis, tool);
            for (duty, names) in duties {
                for name in names.value().iter().flat_map(|names| names.iter()) {
                    let entry = Entry { tool, duty, name: &name.value.0, place: name.span };
                    if let Some(component) = design.find_component(&name.value.0) {
                        rows.push(entry.of_component(analysis, component, &losses, &mut outages));
                    } else if let Some(flow) = design.find_flow(&name.value.0) {
                        rows.extend(entry.of_flow(analysis, flow, &mut outages));
                    }
                }
            }
        }
        rows
    },
};

/// A place whose outage takes the tool with it.
struct Loss {
    clause: String,
    /// Where the tool says that it is there.
    place: Span,
    impact: Impact,
}

/// Places of one kind, the event that takes one of them, and where the tool says that it is there.
type Kinds<'a> = (&'a [Domain], fn(DomainId) -> Event, Option<Span>);

fn losses(analysis: &Analysis, tool: ComponentId) -> Vec<Loss> {
    let component = analysis.design.component(tool);
    let facts = &component.facts;
    let domains = &analysis.graph.domains;
    let kinds: [Kinds<'_>; 3] = [
        (&domains.zones, Event::Zone, facts.zones.span()),
        (&domains.regions, Event::Region, facts.region.span()),
        (&domains.vendors, Event::Vendor, facts.vendor.span()),
    ];
    let failure = analysis.failure();
    let mut losses = Vec::new();
    for (domains, event, place) in kinds {
        for (index, domain) in domains.iter().enumerate() {
            // Members are in file order.
            if domain.members.len() < 2 || domain.members.binary_search(&tool).is_err() {
                continue;
            }
            let event = event(DomainId(index));
            let impact = failure.impact(&Scenario::new([event]), None);
            if impact.state(tool).fails() {
                let clause = failure.event_name(event).clause();
                losses.push(Loss { clause, place: place.unwrap_or(component.place), impact });
            }
        }
    }
    losses
}

/// One name in one list of a tool.
struct Entry<'a> {
    tool: ComponentId,
    duty: &'static str,
    name: &'a str,
    place: Span,
}

impl<'a> Entry<'a> {
    fn of_component(
        &self,
        analysis: &'a Analysis,
        component: ComponentId,
        losses: &[Loss],
        outages: &mut Outages<'a>,
    ) -> Row<'a> {
        if let Some(witness) = self.falls_with(component, outages) {
            return self.row(analysis, component, Some(&witness), None);
        }
        let takes_both = |loss: &&Loss| component != self.tool && loss.impact.state(component).fails();
        let shared = losses.iter().find(takes_both);
        self.row(analysis, component, None, shared.map(|loss| (loss.clause.as_str(), loss.place)))
    }

    /// Each part that stops both the flow and the tool; steps of the flow first.
    fn of_flow(&self, analysis: &'a Analysis, flow: FlowId, outages: &mut Outages<'a>) -> Vec<Row<'a>> {
        let design = &analysis.design;
        let mut parts: Vec<ComponentId> = design.flow(flow).path.clone();
        parts.extend(analysis.graph.needed_by(flow).filter(|id| !design.flow(flow).path.contains(id)));
        parts.retain(|id| design.component(*id).kind != Kind::Client);
        parts.dedup();
        parts.truncate(MOST_PARTS);
        let mut rows = Vec::new();
        for part in parts {
            let Some(witness) = self.falls_with(part, outages) else { continue };
            if outages.failed(flow, Event::Stop(part)).is_some() {
                rows.push(self.row(analysis, part, Some(&witness), None));
            }
        }
        rows
    }

    /// The way from the component to the tool, if its outage takes the tool with it.
    fn falls_with(&self, component: ComponentId, outages: &mut Outages<'a>) -> Option<Witness> {
        if component == self.tool { None } else { outages.takes(component, self.tool) }
    }

    fn row(
        &self,
        analysis: &'a Analysis,
        component: ComponentId,
        witness: Option<&Witness>,
        event: Option<(&str, Span)>,
    ) -> Row<'a> {
        let nothing = Witness::default();
        let name = &analysis.design.component(component).name;
        let clause = match event {
            Some((event, _)) => format!("goes down with what it {} when {event}", self.duty),
            None if name == self.name => format!("{} `{name}` and goes down with it", self.duty),
            None => format!("{} `{}`, and both go down with `{name}`", self.duty, self.name),
        };
        Row {
            cells: vec![
                Fact::component(analysis, self.tool),
                text(self.duty),
                text_at(self.name, self.place),
                Fact::at(Value::Component(component), Some(self.place)),
                yes(witness.is_some()),
                event.map_or_else(Fact::null, |(event, place)| text_at(event.to_owned(), place)),
                text(clause),
                path(analysis, witness.unwrap_or(&nothing)),
                chain(analysis, witness.unwrap_or(&nothing)),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn tools(tool: &str) -> String {
        let design = format!(
            "{{components: {{web: {{kind: client, uses: [api]}}, api: {{zones: [a, b], replicas: 2, uses: [kafka, pg]}}, \
             kafka: {{kind: stream, vendor: aws}}, pg: {{kind: database, zones: [a]}}, spare: {{}}, t: {{kind: monitoring, {tool}}}}}, \
             flows: {{buy: {{path: [web, api, kafka], critical: true}}}}}}"
        );
        table("tooling", &["duty", "subject", "component", "falls", "event", "path"], &design)
    }

    #[test]
    fn through_what_it_watches() {
        assert_eq!(
            tools("watches: [kafka], uses: {kafka: {need: hard, timeout: 1s}}"),
            "duty=watches subject=kafka component=kafka falls=true event=- path=[kafka, t]"
        );
        assert_eq!(
            tools("watches: [kafka], uses: {kafka: {need: soft, timeout: 1s}}"),
            "duty=watches subject=kafka component=kafka falls=false event=- path=[]"
        );
    }

    #[test]
    fn a_flow_it_speaks_for_shares_a_part_with_it() {
        assert_eq!(
            tools("announces: [buy], uses: {pg: {need: hard}}"),
            "duty=announces subject=buy component=pg falls=true event=- path=[pg, t]"
        );
        assert_eq!(tools("announces: [buy], uses: {spare: {need: hard}}"), "");
    }

    #[test]
    fn from_the_same_place() {
        assert_eq!(
            tools("watches: [kafka, api], vendor: aws"),
            "duty=watches subject=kafka component=kafka falls=false event=vendor `aws` fails path=[]\n\
             duty=watches subject=api component=api falls=false event=vendor `aws` fails path=[]"
        );
        assert_eq!(
            tools("watches: [spare], vendor: aws"),
            "duty=watches subject=spare component=spare falls=false event=- path=[]"
        );
    }
}
