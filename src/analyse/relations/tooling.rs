//! Tools that fall with what they are for.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::Analysis;
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};
use crate::model::ComponentId;
use crate::read::vocabulary::{Attr, Many, Word};
use crate::sources::Span;

pub(super) const RELATION: Relation = Relation {
    name: "tooling",
    summary: "A component a tool watches, deploys, recovers or speaks for, and whether its outage takes the tool with it.",
    fields: &[
        Field { name: "tool", summary: "The tool.", ty: Type::Component },
        Field {
            name: "duty",
            summary: "What it does for it.",
            ty: Type::Text(&["watches", "deploys", "recovers", "announces"]),
        },
        Field {
            name: "component",
            summary: "What it does it for; the place is the entry of the list.",
            ty: Type::Component,
        },
        Field { name: "falls", summary: "The tool is down when the component stops.", ty: Type::Bool },
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
            let duties: [(&str, &Attr<Many<Word>>); 4] = [
                ("watches", &facts.watches),
                ("deploys", &facts.deploys),
                ("recovers", &facts.recovers),
                ("announces", &facts.announces),
            ];
            for (duty, names) in duties {
                for name in names.value().iter().flat_map(|names| names.iter()) {
                    // `announces` may name flows; they have no outage of their own.
                    if let Some(component) = design.find_component(&name.value.0) {
                        rows.push(row(analysis, tool, duty, component, name.span, &mut outages));
                    }
                }
            }
        }
        rows
    },
};

fn row<'a>(
    analysis: &'a Analysis,
    tool: ComponentId,
    duty: &'a str,
    component: ComponentId,
    place: Span,
    outages: &mut Outages<'a>,
) -> Row<'a> {
    let found = if tool == component { None } else { outages.takes(component, tool) };
    let falls = found.is_some();
    let witness = found.unwrap_or_default();
    Row {
        cells: vec![
            Fact::component(analysis, tool),
            Fact::computed(Value::Text(duty.into())),
            Fact::at(Value::Component(component), Some(place)),
            Fact::computed(Value::Bool(falls)),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    }
}
