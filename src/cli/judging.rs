//! Which rules judge, and how strictly: the same flags for every command that judges.

use super::Failure;
use clap::Args;
use premortem::config::{Configs, Source};
use premortem::parse::Spanned;
use premortem::problem::{Problem, did_you_mean};
use premortem::read::vocabulary::Date;
use premortem::rules::{Packs, Profile, Settings};
use premortem::sources::Sources;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleFlags {
    /// How strict the review is: production, startup, sketch or strict. Goes before the design's own `profile`.
    #[arg(long, value_name = "PROFILE", value_parser = parse_profile)]
    profile: Option<Profile>,

    /// Run only these rules: ids, names of packs, or ALL.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,

    /// Leave these rules out: ids or names of packs.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,

    /// The day that decides what has run out; the system's date if left out.
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    today: Option<Date>,

    #[command(flatten)]
    pub(crate) folders: RuleFolders,
}

/// Where rules come from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleFolders {
    /// A folder with rules of your own.
    #[arg(long = "rules", value_name = "DIR")]
    folders: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

/// Which configuration holds.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ConfigFlags {
    /// The configuration of every design; if left out, the nearest `premortem.yaml` from a design up to the root of its
    /// repository.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Pass by every configuration.
    #[arg(long)]
    no_config: bool,
}

impl ConfigFlags {
    pub(crate) fn is_given(&self) -> bool {
        self.config.is_some()
    }

    pub(crate) fn is_off(&self) -> bool {
        self.no_config
    }

    /// `paths` are those the user named.
    pub(crate) fn configs(&self, paths: &[PathBuf]) -> Result<Configs, Failure> {
        if let Some(file) = self.config.as_ref().filter(|file| !file.is_file()) {
            return Err(Failure::Usage(format!("there is no configuration `{}`", file.display())));
        }
        let source = match &self.config {
            Some(file) => Source::File(file.clone()),
            None if self.no_config => Source::Nowhere,
            None => Source::Nearest,
        };
        Ok(Configs::new(source, paths))
    }
}

impl RuleFolders {
    pub(crate) fn given(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The shipped rules, those of the given folders, and those of the configuration of the folder we are in.
    pub(crate) fn packs(&self, sources: &mut Sources, problems: &mut Vec<Problem>) -> Result<Packs, Failure> {
        let mut packs = Packs::shipped();
        self.add_to(&mut packs, sources, problems);
        let mut configs = self.config.configs(&[])?;
        if let Some(id) = configs.of_file(Path::new("-"), sources) {
            problems.extend(configs.take_problems());
            problems.extend(configs.get(id).add_rules(&mut packs, sources));
        }
        Ok(packs)
    }

    /// Adds the rules of the given folders.
    pub(crate) fn add_to(&self, packs: &mut Packs, sources: &mut Sources, problems: &mut Vec<Problem>) {
        for folder in &self.folders {
            problems.extend(packs.add_folder(sources, folder));
        }
    }
}

fn parse_profile(text: &str) -> Result<Profile, String> {
    Profile::parse(text).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::as_str);
        let close = did_you_mean(text, names).map(|close| format!("; did you mean `{close}`?"));
        format!("there is no profile `{text}`{}", close.unwrap_or_else(|| format!(": {}", names.join(", "))))
    })
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "expected a date such as 2026-03-01".to_owned())
}

impl RuleFlags {
    /// Adds the rules of the given folders.
    pub(crate) fn add_to(&self, packs: &mut Packs, sources: &mut Sources, problems: &mut Vec<Problem>) {
        self.folders.add_to(packs, sources, problems);
    }

    pub(crate) fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// Whether the day was given.
    pub(crate) fn has_today(&self) -> bool {
        self.today.is_some()
    }

    /// Names given as flags become a file of their own, so that a mistake in one can be pointed at.
    pub(crate) fn settings(&self, sources: &mut Sources) -> Result<Settings, Failure> {
        let today = self.today.clone().unwrap_or_else(system_date);
        let mut settings = Settings::new(today);
        settings.profile = self.profile;
        settings.select = named(sources, "--select", &self.select)?;
        settings.ignore = named(sources, "--ignore", &self.ignore)?;
        Ok(settings)
    }
}

fn named(sources: &mut Sources, flag: &str, names: &[String]) -> Result<Vec<Spanned<String>>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let id = sources.add(flag, names.join(",")).map_err(|error| Failure::Usage(error.to_string()))?;
    let mut at = sources.get(id).base();
    let mut spanned = Vec::new();
    for name in names {
        let length = u32::try_from(name.len()).map_err(|_| Failure::Usage(format!("`{flag}` is too long")))?;
        spanned.push(Spanned::new(name.clone(), premortem::sources::Span::new(at, at + length)));
        at += length + 1;
    }
    Ok(spanned)
}

/// Today in UTC, by Howard Hinnant's `civil_from_days`.
fn system_date() -> Date {
    let seconds = std::time::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_secs());
    let days = i64::try_from(seconds / 86_400).unwrap_or(0) + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Date::parse(&format!("{year:04}-{month:02}-{day:02}")).expect("a calendar date")
}
