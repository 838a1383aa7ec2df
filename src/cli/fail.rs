//! `premortem fail`: what breaks when this fails.

use super::input::{LimitFlags, one_design};
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use clap::{Args, ValueEnum};
use premortem::analyse::{Analysis, Assume, Event, Scenario};
use premortem::read::vocabulary::Duration;
use premortem::report::outcome::Answer;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  premortem fail postgres\n  premortem fail zone:a hang:recs --for 20m --design shop.arch.yaml"
)]
pub(crate) struct Fail {
    /// What fails: a component (it stops), `hang:recs`, `instance:api`, `zone:a`, `region:eu`, `vendor:aws`. Several
    /// fail at once.
    #[arg(required = true, value_name = "EVENT")]
    events: Vec<String>,

    /// The design: a file or a folder.
    #[arg(long, default_value = ".", value_name = "PATH")]
    design: PathBuf,

    /// How long it lasts.
    #[arg(long = "for", default_value = "1h", value_name = "DURATION", value_parser = parse_duration)]
    lasting: Duration,

    /// How to read what the files do not say: at its best (must) or at its worst (may).
    #[arg(long, value_enum, default_value_t)]
    assume: AssumeFlag,

    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: OutcomeFormat,

    #[command(flatten)]
    limits: LimitFlags,
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
    event.map_err(|unknown| Failure::Usage(format!("{}\nhelp: {}", unknown.message, unknown.help)))
}

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text).ok_or_else(|| "expected a duration such as 20m, 1h or 2d".to_owned())
}

impl Fail {
    pub(crate) fn run(&self, terminal: &Terminal, out: &mut dyn Write) -> Result<u8, Failure> {
        let Some(opened) = one_design(&self.design, &self.limits.limits(), terminal)? else {
            return Ok(COULD_NOT_REVIEW);
        };
        let events: Vec<_> = self.events.iter().map(|text| event(&opened.analysis, text)).collect::<Result<_, _>>()?;
        let scenario = Scenario::new(events).lasting(self.lasting.0).assuming(self.assume.into());
        let answer = Answer::new(&opened.analysis, scenario);
        match self.format {
            OutcomeFormat::Full => answer.write_text(&opened.sources, &terminal.style(), out)?,
            OutcomeFormat::Json => answer.write_json(out)?,
        }
        Ok(OK)
    }
}
