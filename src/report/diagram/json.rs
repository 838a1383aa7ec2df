//! A picture as JSON, for programs that draw it themselves; `premortem schema graph` describes it.

use super::{Diagram, What};
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

pub(super) fn write(diagram: &Diagram, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(diagram))?;
    writeln!(out)
}

/// The schema of the JSON.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Document).to_value();
    schema["$id"] = "urn:premortem:schema:graph:1".into();
    schema
}

/// A design as boxes and arrows, and what a failure does to it.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "premortem graph", deny_unknown_fields)]
struct Document {
    /// Version of this shape.
    version: u32,
    /// The name of the system, where the design says it.
    system: Option<String>,
    /// What fails; `null` when the design is drawn as it is.
    failure: Option<FailureShape>,
    /// What is not drawn as it is written, one sentence each.
    notes: Vec<String>,
    /// The boxes.
    nodes: Vec<NodeShape>,
    /// The arrows.
    edges: Vec<EdgeShape>,
    /// The flows; worst first where something fails, else in file order.
    flows: Vec<FlowShape>,
}

/// What fails, and what that does.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FailureShape {
    /// The events, such as `stop:redis`.
    events: Vec<String>,
    /// For how long, in seconds.
    for_seconds: f64,
    /// How what is not described is read: at its best (`must`) or at its worst (`may`).
    #[schemars(extend("enum" = ["must", "may"]))]
    assume: &'static str,
    /// The answer in one sentence.
    headline: String,
}

/// One box.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct NodeShape {
    /// What arrows call it.
    id: String,
    /// A component, a choice between alternatives (`one_of`), or several components drawn as one.
    #[schemars(extend("enum" = ["component", "choice", "group"]))]
    what: &'static str,
    /// Its name in the design.
    name: String,
    /// What a component is, such as `service`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// What a component runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    technology: Option<String>,
    /// Copies of a component that always run.
    #[serde(skip_serializing_if = "Option::is_none")]
    replicas: Option<u64>,
    /// The zones of a component.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    zones: Vec<String>,
    /// The region of a component.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// The vendor of a component.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor: Option<String>,
    /// The group a component was taken out of, because the failure reaches it.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// How many alternatives of a choice are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    need: Option<usize>,
    /// What a group holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    members: Vec<MemberShape>,
    /// Some critical flow cannot work without it, or without a part of it.
    critical: bool,
    /// How it answers while something fails; the worst of a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["up", "degraded", "down", "hung"]))]
    state: Option<&'static str>,
    /// What the events do to it directly, such as `stops`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    struck: Vec<String>,
    /// Why it is in its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

/// A component inside a group.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct MemberShape {
    /// Its name.
    name: String,
    /// What it is.
    kind: &'static str,
    /// How it answers while something fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["up", "degraded", "down", "hung"]))]
    state: Option<&'static str>,
}

/// One arrow: all dependencies over which calls or messages go from one box to another.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EdgeShape {
    /// The box that uses.
    source: String,
    /// The box that is used.
    target: String,
    /// How the source needs the target; of several, the strongest.
    #[schemars(extend("enum" = ["hard", "soft", "async", "fallback", "start"]))]
    kind: &'static str,
    /// The source takes messages from the target: they go the other way.
    takes_messages: bool,
    /// Some critical flow uses it.
    critical: bool,
    /// The failure spread over it.
    carries: bool,
    /// How many dependencies it stands for.
    count: usize,
}

/// One flow.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FlowShape {
    /// Its name.
    name: String,
    /// Somebody is woken up when it fails.
    critical: bool,
    /// What users get while something fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["ok", "degraded", "failed"]))]
    outcome: Option<&'static str>,
}

fn document(diagram: &Diagram) -> Document {
    let edges = diagram.edges.iter().map(|edge| EdgeShape {
        source: format!("n{}", edge.source),
        target: format!("n{}", edge.target),
        kind: edge.line.as_str(),
        takes_messages: edge.takes,
        critical: edge.critical,
        carries: edge.carries,
        count: edge.count,
    });
    let flows = diagram.flows.iter().map(|flow| FlowShape {
        name: flow.name.clone(),
        critical: flow.critical,
        outcome: flow.outcome.map(crate::analyse::failure::Outcome::as_str),
    });
    Document {
        version: 1,
        system: diagram.system.clone(),
        failure: diagram.failure.as_ref().map(|failure| FailureShape {
            events: failure.events.clone(),
            for_seconds: failure.seconds,
            assume: failure.assume,
            headline: failure.headline.clone(),
        }),
        notes: diagram.notes.clone(),
        nodes: diagram.nodes.iter().enumerate().map(|(index, node)| shape(index, node)).collect(),
        edges: edges.collect(),
        flows: flows.collect(),
    }
}

fn shape(index: usize, node: &super::Node) -> NodeShape {
    let mut shape = NodeShape {
        id: format!("n{index}"),
        what: "group",
        name: node.name.clone(),
        kind: None,
        technology: None,
        replicas: None,
        zones: Vec::new(),
        region: None,
        vendor: None,
        group: None,
        need: None,
        members: Vec::new(),
        critical: node.critical,
        state: node.state.map(crate::analyse::failure::State::as_str),
        struck: node.struck.clone(),
        because: node.because.clone(),
    };
    match &node.what {
        What::Component(part) => {
            shape.what = "component";
            shape.kind = Some(part.kind.as_str());
            shape.technology.clone_from(&part.technology);
            shape.replicas = part.replicas;
            shape.zones.clone_from(&part.zones);
            shape.region.clone_from(&part.region);
            shape.vendor.clone_from(&part.vendor);
            shape.group.clone_from(&part.group);
        }
        What::Choice { need, .. } => {
            shape.what = "choice";
            shape.need = Some(*need);
        }
        What::Group { members } => {
            let member = |member: &super::Member| MemberShape {
                name: member.name.clone(),
                kind: member.kind.as_str(),
                state: member.state.map(crate::analyse::failure::State::as_str),
            };
            shape.members = members.iter().map(member).collect();
        }
    }
    shape
}
