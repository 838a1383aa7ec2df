//! `premortem graph`: the design as a picture, and what a failure does to it.

use super::fail::{AssumeFlag, event, parse_duration};
use super::input::{LimitFlags, one_design};
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::analyse::{Analysis, Scenario};
use premortem::model::ComponentId;
use premortem::problem::did_you_mean;
use premortem::read::vocabulary::Duration;
use premortem::report::diagram::{Diagram, Notation, View};
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  premortem graph --format svg > design.svg\n  premortem graph --fail redis --fail zone:a\n  premortem graph --format dot --focus api | dot -Tpng -o api.png\n\nAbove 100 components, parts of the design are drawn as one box: teams, else regions, vendors or\nneighbourhoods. What a failure reaches is still drawn one by one, where that stays readable."
)]
pub(crate) struct Graph {
    /// The design: a file or a folder.
    #[arg(long, default_value = ".", value_name = "PATH")]
    design: PathBuf,

    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    format: DiagramFormat,

    /// Show what breaks when this fails, as `premortem fail` takes it; once for each of several at once.
    #[arg(long = "fail", value_name = "EVENT")]
    events: Vec<String>,

    /// How long the failure lasts.
    #[arg(long = "for", default_value = "1h", value_name = "DURATION", value_parser = parse_duration)]
    lasting: Duration,

    /// How to read what the files do not say: at its best (must) or at its worst (may).
    #[arg(long, value_enum, default_value_t)]
    assume: AssumeFlag,

    /// Show a component with what it uses and what uses it, and nothing else.
    #[arg(long, value_name = "COMPONENT")]
    focus: Option<String>,

    #[command(flatten)]
    limits: LimitFlags,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum DiagramFormat {
    /// A flowchart for Markdown.
    #[default]
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture, ready to look at.
    Svg,
    /// For programs; `premortem schema graph` describes it.
    Json,
}

impl Graph {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let Some(opened) = one_design(&self.design, &self.limits.limits(), terminal)? else {
            return Ok(COULD_NOT_REVIEW);
        };
        let analysis = &opened.analysis;
        let events: Vec<_> = self.events.iter().map(|text| event(analysis, text)).collect::<Result<_, _>>()?;
        let scenario = Scenario::new(events).lasting(self.lasting.0).assuming(self.assume.into());
        let view = View {
            scenario: Some(scenario).filter(|scenario| !scenario.events.is_empty()),
            focus: self.focus.as_deref().map(|name| component(analysis, name)).transpose()?,
        };
        let notation = match self.format {
            DiagramFormat::Mermaid => Notation::Mermaid,
            DiagramFormat::Dot => Notation::Dot,
            DiagramFormat::Svg => Notation::Svg,
            DiagramFormat::Json => Notation::Json,
        };
        Diagram::new(analysis, &view).write(notation, out)?;
        Ok(OK)
    }
}

fn component(analysis: &Analysis, name: &str) -> Result<ComponentId, Failure> {
    analysis.design.find_component(name).ok_or_else(|| {
        let names = analysis.design.components.iter().map(|component| component.name.as_str());
        let close = did_you_mean(name, names).map(|close| format!("\nhelp: Did you mean `{close}`?"));
        Failure::Usage(format!("there is no component `{name}`{}", close.unwrap_or_default()))
    })
}
