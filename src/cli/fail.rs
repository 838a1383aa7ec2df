//! `premortem fail`: what breaks when this fails.

use super::input::{LimitFlags, one_design};
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::analyse::event::UnknownEvent;
use premortem::analyse::suspect::Symptom;
use premortem::analyse::{Analysis, Assume, Event, Scenario};
use premortem::read::vocabulary::Duration;
use premortem::report::outcome::{Answer, write_json, write_text};
use premortem::sources::Sources;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  premortem fail postgres
  premortem fail zone:a hang:recs --for 20m --design shop.arch.yaml
  premortem fail hang:recs --assume may
  premortem fail --suspects api --suspects web=hung
  premortem fail --all
  premortem fail --all=hang,instance")]
pub(crate) struct Fail {
    /// What fails: a component (it stops), `hang:recs`, `instance:api`, `zone:a`, `region:eu`, `vendor:aws`. Several
    /// fail at once.
    #[arg(value_name = "EVENT")]
    events: Vec<String>,

    /// Instead of an event: what could explain that a component is down, deepest cause first; also `api=hung` and
    /// `api=degraded`. Repeat it for several symptoms.
    #[arg(long, value_name = "COMPONENT", conflicts_with_all = ["events", "all"])]
    suspects: Vec<String>,

    /// Instead of an event: what each event of the design does by itself, most damage first. `--all=KIND,…` chooses
    /// kinds of events.
    #[arg(
        long,
        value_name = "KIND",
        value_enum,
        value_delimiter = ',',
        num_args = 0..,
        require_equals = true,
        default_missing_values = ["stop", "zone", "region", "vendor"],
        conflicts_with = "events"
    )]
    all: Option<Vec<EventKind>>,

    /// The design: a file or a folder.
    #[arg(long, default_value = ".", value_name = "PATH")]
    design: PathBuf,

    /// How long it lasts.
    #[arg(long = "for", default_value = "1h", value_name = "DURATION", value_parser = parse_duration)]
    lasting: Duration,

    /// How to read what the files do not say: at its best (must) or at its worst (may). With `may` the answer says
    /// which facts it hangs on, and what to write.
    #[arg(long, value_enum, default_value_t)]
    assume: AssumeFlag,

    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: OutcomeFormat,

    #[command(flatten)]
    limits: LimitFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EventKind {
    Stop,
    Hang,
    Instance,
    Zone,
    Region,
    Vendor,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum AssumeFlag {
    #[default]
    Must,
    May,
}

impl From<AssumeFlag> for Assume {
    fn from(flag: AssumeFlag) -> Self {
        match flag {
            AssumeFlag::Must => Self::Must,
            AssumeFlag::May => Self::May,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum OutcomeFormat {
    #[default]
    Full,
    Json,
}

/// An event of the design, as users write it.
pub(super) fn event(analysis: &Analysis, text: &str) -> Result<Event, Failure> {
    let event = analysis.failure().event(text);
    event.map_err(|unknown| usage(&unknown))
}

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| "expected a duration such as 20m, 1h or 2d".to_owned())
}

impl Fail {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        if self.events.is_empty() && self.suspects.is_empty() && self.all.is_none() {
            return Err(Failure::Usage(NOTHING_ASKED.to_owned()));
        }
        let Some(opened) = one_design(&self.design, &self.limits.limits(), terminal)? else {
            return Ok(COULD_NOT_REVIEW);
        };
        let failure = opened.analysis.failure();
        let asked = Scenario::new([]).lasting(self.lasting.0).assuming(self.assume.into());
        let mut tell = |answer: Answer<'_>| self.tell(&opened.analysis, &opened.sources, answer, terminal, out);
        if let Some(kinds) = &self.all {
            let is_asked = |event: &Event| kinds.contains(&EventKind::of(*event));
            let events: Vec<Event> = failure.events().into_iter().filter(is_asked).collect();
            let damages = failure.damages(&events, &asked);
            tell(Answer::All { damages: &damages, asked: &asked })?;
        } else if self.suspects.is_empty() {
            let events = self.events.iter().map(|text| event(&opened.analysis, text));
            let mut events = events.collect::<Result<Vec<Event>, Failure>>()?;
            let mut seen = std::collections::BTreeSet::new();
            events.retain(|event| seen.insert(*event));
            let outage = failure.outage(Scenario { events, ..asked });
            tell(Answer::Outage(&outage))?;
        } else {
            let design = &opened.analysis.design;
            let mut symptoms: Vec<Symptom> = Vec::new();
            for text in &self.suspects {
                let symptom = Symptom::parse(text, design).map_err(|unknown| usage(&unknown))?;
                if !symptoms.contains(&symptom) {
                    symptoms.push(symptom);
                }
            }
            let found = failure.suspects(&symptoms, &asked);
            tell(Answer::Suspects { symptoms: &symptoms, found: &found, asked: &asked })?;
        }
        Ok(OK)
    }

    fn tell(
        &self,
        analysis: &Analysis,
        sources: &Sources,
        answer: Answer<'_>,
        terminal: &Terminal,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self.format {
            OutcomeFormat::Full => write_text(analysis, answer, sources, &terminal.style(), out),
            OutcomeFormat::Json => write_json(analysis, answer, sources, out),
        }
    }
}

const NOTHING_ASKED: &str = "\
nothing is said to fail
help: Name an event, such as `premortem fail postgres` or `premortem fail zone:a hang:recs`; `--all` tries every event of
      the design, and `--suspects COMPONENT` asks what could explain a symptom.";

impl EventKind {
    fn of(event: Event) -> Self {
        match event {
            Event::Stop(_) => Self::Stop,
            Event::Hang(_) => Self::Hang,
            Event::Instance(_) => Self::Instance,
            Event::Zone(_) => Self::Zone,
            Event::Region(_) => Self::Region,
            Event::Vendor(_) => Self::Vendor,
        }
    }
}

/// A name that no event has.
fn usage(unknown: &UnknownEvent) -> Failure {
    Failure::Usage(format!("{}\nhelp: {}", unknown.message, unknown.help))
}
