//! `premortem check --show-settings`: which settings hold for each design, and where each comes from.

use super::configured::{Configured, place};
use super::judging::RuleFlags;
use super::terminal::Terminal;
use super::{COULD_NOT_REVIEW, Failure, OK};
use premortem::config::FailOn;
use premortem::parse::Limits;
use premortem::problem::{Problem, ProblemSeverity};
use premortem::report::{self, escape};
use premortem::review::{Opened, Review};
use premortem::rules::{Judges, Level, Profile};
use premortem::sources::Sources;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A setting, its value and where it comes from.
type Line = (&'static str, String, String);

pub(crate) fn show(
    paths: &[PathBuf],
    rules: &RuleFlags,
    fail_on: Option<FailOn>,
    limits: &Limits,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> Result<u8, Failure> {
    let mut review = Review::default();
    let (mut configured, opened) = Configured::open(paths, rules, Judges::Findings, limits, &mut review)?;
    // Mistakes in designs are not what is asked.
    review
        .problems
        .retain(|problem| !opened.iter().any(|(_, opened)| opened.files.contains(file_of(problem, &review.sources))));
    let mut blocks: Vec<(Vec<String>, Vec<Line>)> = Vec::new();
    for (project, opened) in opened {
        let id = configured.config_of(&project, &mut review);
        let lines = lines(&configured, id, &opened, rules, fail_on, &review);
        let files = project.files.iter().map(|file| file.display().to_string());
        match blocks.iter_mut().find(|(_, known)| *known == lines) {
            Some((names, _)) => names.extend(files),
            None => blocks.push((files.collect(), lines)),
        }
    }
    for (index, (names, lines)) in blocks.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        writeln!(out, "{gap}Settings of {}", escape(&names.join(", ")))?;
        let width = lines.iter().map(|(_, value, _)| value.chars().count()).max().unwrap_or_default().min(WIDEST);
        let mut last = "";
        for (name, value, origin) in lines {
            let shown = if *name == last { "" } else { name };
            last = name;
            let line = format!("  {shown:9} {value:width$}  {origin}");
            writeln!(out, "{}", escape(line.trim_end()))?;
        }
    }
    review.problems.sort_by(|a, b| (a.primary(), a.code, &a.message).cmp(&(b.primary(), b.code, &b.message)));
    review.problems.dedup();
    if !review.problems.is_empty() {
        out.flush()?;
        let concise = report::Format::named("concise").unwrap_or(&report::FORMATS[0]);
        report::write(concise, &review, &terminal.style(), &mut std::io::stderr().lock())?;
    }
    let is_wrong = review.problems.iter().any(|problem| problem.severity == ProblemSeverity::Error);
    Ok(if is_wrong { COULD_NOT_REVIEW } else { OK })
}

fn file_of<'a>(problem: &Problem, sources: &'a Sources) -> &'a Path {
    Path::new(sources.file_of(problem.primary()).name())
}

/// Columns of values; origins of longer ones are not aligned.
const WIDEST: usize = 44;

fn lines(
    configured: &Configured,
    id: Option<premortem::config::ConfigId>,
    opened: &Opened,
    rules: &RuleFlags,
    fail_on: Option<FailOn>,
    review: &Review,
) -> Vec<Line> {
    let (settings, packs) = configured.holds_for(id);
    let config = id.map(|id| configured.configs().get(id));
    let file = config.map(|config| &config.file);
    let at = |span| place(&review.sources, span);
    let default = || "default".to_owned();
    let mut lines: Vec<Line> = Vec::new();

    let origin = if rules.folders.config.is_given() { "--config" } else { "found" };
    lines.push(match config {
        Some(config) => ("config", config.name.clone(), origin.to_owned()),
        None => (
            "config",
            "none".to_owned(),
            if rules.folders.config.is_off() { "--no-config" } else { "none found" }.to_owned(),
        ),
    });

    let design = opened.analysis.as_ref().map(|analysis| &analysis.design.facts.profile);
    let declared = design.and_then(|profile| Some((Profile::parse(&profile.value()?.0)?, profile.span())));
    let (profile, origin) = match (rules.profile(), file.and_then(|file| file.profile.as_ref()), declared) {
        (Some(profile), ..) => (profile, "--profile".to_owned()),
        (None, Some(written), _) => (written.value, at(written.span)),
        (None, None, Some((profile, span))) => (profile, span.map_or_else(default, at)),
        (None, None, None) => (Profile::default(), default()),
    };
    lines.push(("profile", profile.as_str().to_owned(), origin));

    let (least, origin) = match (fail_on, file.and_then(|file| file.fail_on.as_ref())) {
        (Some(flag), _) => (flag, "--fail-on".to_owned()),
        (None, Some(written)) => (written.value, at(written.span)),
        (None, None) => (FailOn::default(), default()),
    };
    lines.push(("fail-on", least.name().to_owned(), origin));
    let today = if rules.has_today() { "--today" } else { "the system's date" };
    lines.push(("today", settings.today.to_string(), today.to_owned()));

    for folder in rules.folders.given() {
        lines.push(("rules", folder.display().to_string(), "--rules".to_owned()));
    }
    for folder in file.iter().flat_map(|file| &file.rules) {
        lines.push(("rules", folder.value.clone(), at(folder.span)));
    }
    let listed = |name, list: &[premortem::parse::Spanned<String>], lines: &mut Vec<Line>| {
        lines.extend(list.iter().map(|item| (name, item.value.clone(), at(item.span))));
    };
    if settings.select.is_empty() {
        lines.push(("select", "ALL".to_owned(), default()));
    }
    listed("select", &settings.select, &mut lines);
    listed("ignore", &settings.ignore, &mut lines);
    for (rule, level) in &settings.severities {
        lines.push(("severity", format!("{}: {}", rule.value, level.as_str()), at(rule.span)));
    }
    for (rule, params) in &settings.params {
        for (name, value) in params {
            lines.push(("params", format!("{}.{}: {}", rule.value, name.value, value.value), at(value.span)));
        }
    }
    for pattern in file.iter().flat_map(|file| &file.paths.exclude) {
        lines.push(("exclude", pattern.value.clone(), at(pattern.span)));
    }
    for accepted in &settings.accept {
        let by = accepted.by.as_ref().map(|by| format!("; by {by}")).unwrap_or_default();
        let until = accepted.until.as_ref().map(|until| format!("; until {until}")).unwrap_or_default();
        let text = format!("{} of {}: {}{by}{until}", accepted.rule.value, accepted.subject.value, accepted.because);
        lines.push(("accept", text, at(accepted.rule.span)));
    }
    let mut levels = settings.levels(packs, profile);
    levels.retain(|(rule, _)| rule.definition.ask.is_none());
    let on = levels.iter().filter(|(_, level)| *level != Level::Off).count();
    lines.push(("judged by", format!("{on} of {} rules", levels.len()), String::new()));
    lines
}
