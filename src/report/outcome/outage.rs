//! "What breaks when this fails?" for people: flows first, worst first, each with the chain that leads to it.

use super::words::{Page, alike, assumed, cut, fare, fares, first_of, listed, pad, sentence};
use crate::analyse::answer::Outage;
use crate::analyse::failure::{Outcome, State, Verdict};
use crate::analyse::hinge::{Hinge, Hinges};
use crate::analyse::unknown::Answer;
use crate::analyse::{Assume, Scenario};
use crate::model::{ComponentId, Dependency, FlowId};
use crate::read::Notation;
use crate::read::vocabulary::{Duration, Phase};
use crate::report::text::{count, width, wrap};
use std::io::{self, Write};

/// Flows that get a line of their own.
const FLOWS: usize = 20;
/// Of these, flows that go on.
const UNTOUCHED: usize = 6;
/// Chains that are told step by step.
const CHAINS: usize = 4;
/// Circles that keep something down, told step by step.
const CIRCLES: usize = 2;
/// Facts that the answer hangs on.
const HINGES: usize = 6;

pub(super) fn write(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", page.headline(&headline(page, &outage.scenario, &outage.verdicts)))?;
    flows(page, outage, out)?;
    reasons(page, outage, out)?;
    components(page, outage, out)?;
    recovery(page, outage, out)?;
    match outage.scenario.assume {
        Assume::Must => hint(page, &outage.hinges, out)?,
        Assume::May => hinges(page, outage, out)?,
    }
    taken_for_granted(page, outage, out)
}

/// `If redis stops for 1 h: browse is degraded, checkout goes on.`
pub(super) fn headline(page: &Page<'_>, scenario: &Scenario, verdicts: &[Verdict]) -> String {
    let assumed = assumed(scenario.assume);
    let mut parts = Vec::new();
    let mut told = 0;
    for outcome in [Outcome::Failed, Outcome::Degraded, Outcome::Ok] {
        let fared = verdicts.iter().filter(|verdict| verdict.outcome == outcome);
        let names: Vec<String> = fared.map(|verdict| page.flow(verdict.flow)).collect();
        let (one, many) = (fares(outcome), fare(outcome));
        match names.as_slice() {
            [] => {}
            [name] => parts.push(format!("{name} {one}")),
            [_, _] if verdicts.len() == 2 => parts.push(format!("both flows {many}")),
            _ if names.len() == verdicts.len() => parts.push(format!("all {} flows {many}", names.len())),
            [first, second] => parts.push(format!("{first} and {second} {many}")),
            _ if parts.is_empty() => parts.push(format!("{} of {} flows {many}", names.len(), verdicts.len())),
            _ if told + names.len() == verdicts.len() => parts.push(format!("the other {} {many}", names.len())),
            _ => parts.push(format!("{} {many}", names.len())),
        }
        told += names.len();
    }
    let consequence = match parts.as_slice() {
        [] => "no flow is drawn that could notice".to_owned(),
        _ => parts.join(", "),
    };
    let condition = match scenario.events.as_slice() {
        [] => "If nothing fails".to_owned(),
        events => format!("If {} for {}", page.happening(events), Duration(scenario.seconds)),
    };
    format!("{condition}{assumed}: {consequence}.")
}

fn flows(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    if outage.verdicts.is_empty() {
        return Ok(());
    }
    let touched = outage.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Ok).count();
    let most = (touched + UNTOUCHED).min(FLOWS);
    let most = if outage.verdicts.len() > most + 1 { most } else { outage.verdicts.len() };
    let (shown, hidden) = outage.verdicts.split_at(most);
    let columns = shown.iter().map(|verdict| width(&page.flow(verdict.flow))).max().unwrap_or(0).min(40);
    let any_critical = shown.iter().any(|verdict| page.analysis.design.flow(verdict.flow).critical);
    writeln!(out)?;
    for verdict in shown {
        let outcome = page.outcome(verdict.outcome, &format!("{:8}", verdict.outcome.as_str()));
        let name = pad(&cut(&page.flow(verdict.flow), columns, "…"), columns);
        let critical = match (any_critical, page.analysis.design.flow(verdict.flow).critical) {
            (false, _) => "",
            (true, true) => "critical  ",
            (true, false) => "          ",
        };
        let left = page.style.width.saturating_sub(14 + columns + critical.len()).max(30);
        let chain = page.chain(&verdict.witness, left);
        writeln!(out, "  {}", format!("{outcome}  {name}  {critical}{chain}").trim_end())?;
    }
    let rest = [Outcome::Failed, Outcome::Degraded, Outcome::Ok].into_iter().filter_map(|outcome| {
        let number = hidden.iter().filter(|verdict| verdict.outcome == outcome).count();
        (number > 0).then(|| format!("{number} more {}", if number == 1 { fares(outcome) } else { fare(outcome) }))
    });
    let rest: Vec<String> = rest.collect();
    if !rest.is_empty() {
        writeln!(out, "  and {}", rest.join(", "))?;
    }
    anyway(page, outage, touched, out)
}

/// How many flows the events make no worse.
fn anyway(page: &Page<'_>, outage: &Outage, touched: usize, out: &mut dyn Write) -> io::Result<()> {
    let told = outage.verdicts.iter().filter(|verdict| outage.anyway.explains(verdict));
    let names: Vec<String> = told.map(|verdict| page.flow(verdict.flow)).collect();
    let subject = match names.len() {
        0 => return Ok(()),
        1 => format!("{} fares", names[0]),
        number if number == touched => format!("all {number} fare"),
        number => format!("{number} of these {touched} fare"),
    };
    let text = format!("{subject} so even if nothing fails: more load is described than can be served");
    for line in wrap(&text, page.style.width.saturating_sub(2)) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// The chain of each flow that fares worse; flows with the same chain share one.
fn reasons(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    let mut told: Vec<&Verdict> = Vec::new();
    let mut untold = 0;
    for verdict in outage.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Ok) {
        if told.iter().any(|earlier| alike(earlier, verdict)) {
            continue;
        }
        if told.len() == CHAINS {
            untold += 1;
            continue;
        }
        let same = outage.verdicts.iter().filter(|other| alike(other, verdict));
        let names: Vec<String> = same.map(|verdict| page.flow(verdict.flow)).collect();
        let clause = if names.len() == 1 { fares(verdict.outcome) } else { fare(verdict.outcome) };
        writeln!(out, "\nWhy {} {clause}", listed(&names))?;
        page.steps(&verdict.witness, out)?;
        if let Some(queue) = verdict.leg.and_then(|leg| leg.queue) {
            waiting(page, queue, verdict, outage.scenario.seconds, out)?;
        }
        told.push(verdict);
    }
    if untold > 0 {
        writeln!(out, "\nand {} in other ways: `--format json` has each chain", count(untold, "more flow"))?;
    }
    Ok(())
}

/// What the queue before a step that fails does for the flow.
fn waiting(
    page: &Page<'_>,
    queue: ComponentId,
    verdict: &Verdict,
    seconds: f64,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = page.component(queue);
    let horizon = page.analysis.failure().horizon(queue).filter(|horizon| horizon.seconds.is_finite());
    let text = match (horizon, verdict.outcome) {
        (Some(horizon), _) if verdict.delayed => {
            format!("the work waits in {name}, which holds {}", Duration(horizon.seconds))
        }
        (None, _) if verdict.delayed => format!("the work waits in {name}"),
        (Some(horizon), Outcome::Failed) if horizon.seconds < seconds => {
            format!("{name} holds the work of {}, and this lasts longer", Duration(horizon.seconds))
        }
        (None, Outcome::Failed) => format!("nothing says how long {name} can hold the work"),
        _ => return Ok(()),
    };
    writeln!(out, "  {} {text}", page.arrow())
}

fn components(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    let design = &page.analysis.design;
    let in_state = |state: State| {
        let ids = design.component_ids().filter(|id| outage.impact.state(*id) == state);
        ids.map(|id| page.component(id)).collect::<Vec<_>>()
    };
    let untouched = in_state(State::Up).len();
    writeln!(out, "\nComponents, whatever the flow")?;
    for state in [State::Hung, State::Down, State::Degraded] {
        let names = in_state(state);
        if !names.is_empty() {
            let state = page.state(state, &format!("{:8}", state.as_str()));
            writeln!(out, "  {state}  {}", page.names(&names, 12))?;
        }
    }
    writeln!(out, "  up        {untouched} of {}", design.components.len())
}

/// What stays down after repair, and the circles that keep it down.
fn recovery(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    if outage.scenario.events.is_empty() || outage.impact.failing().next().is_none() {
        return Ok(());
    }
    let stuck: Vec<String> = outage.recovery.stuck.iter().map(|id| page.component(*id)).collect();
    if stuck.is_empty() {
        return writeln!(out, "\nAfter repair  everything comes back by itself");
    }
    let verb = if stuck.len() == 1 { "stays down:" } else { "stay down:" };
    writeln!(out, "\nAfter repair  {} {}", page.state(State::Down, verb), page.names(&stuck, 14))?;
    let before = outage.recovery.stuck.iter().filter(|id| outage.anyway.failing.contains(id)).count();
    match before {
        0 => {}
        _ if before == stuck.len() => writeln!(out, "              even if nothing fails in the first place")?,
        _ => writeln!(out, "              {before} of these {} are down even if nothing fails", stuck.len())?,
    }
    for sustained in outage.kept_down_by.iter().take(CIRCLES) {
        let failure = page.analysis.failure();
        let steps = sustained.steps.iter();
        let mut lines: Vec<_> =
            steps.map(|step| (sentence(&step.clause(failure)), step.place(&page.analysis.design))).collect();
        if let Some(start) = sustained.circle.and_then(|start| sustained.steps.get(start)) {
            let name = page.component(start.component);
            if let Some((last, _)) = lines.last_mut() {
                // The step that closes the circle.
                last.extend([", and so round again to ", name.as_str()]);
            }
        }
        page.places(&lines, if page.style.unicode { "←" } else { "<-" }, out)?;
    }
    let untold = outage.kept_down_by.len().saturating_sub(CIRCLES);
    match (untold, outage.more_circles) {
        (0, false) => Ok(()),
        (untold, false) => writeln!(out, "  and {}", count(untold, "more chain")),
        (_, true) => writeln!(out, "  and more, in other ways"),
    }
}

/// One line for each flow that may fare worse.
fn hint(page: &Page<'_>, hinges: &Hinges, out: &mut dyn Write) -> io::Result<()> {
    if hinges.unclear.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNot certain  the files leave something open (`--assume may` says what):")?;
    let mut told: Vec<(Outcome, Vec<&Hinge>, Vec<String>)> = Vec::new();
    for unclear in &hinges.unclear {
        let on = |hinge: &&Hinge| hinge.flows.iter().any(|(flow, _)| *flow == unclear.flow);
        let reasons: Vec<&Hinge> = hinges.hinges.iter().filter(on).collect();
        let outcome = unclear.worst.outcome;
        let name = page.flow(unclear.flow);
        match told.iter_mut().find(|(other, known, _)| *other == outcome && *known == reasons) {
            Some((_, _, names)) => names.push(name),
            None => told.push((outcome, reasons, vec![name])),
        }
    }
    for (outcome, reasons, names) in told.iter().take(CHAINS) {
        let what = if *outcome == Outcome::Failed { "may fail as well" } else { "may be degraded as well" };
        let condition = condition(page, reasons);
        let text = format!("{} {what}{condition}", listed(names));
        for (at, line) in wrap(&text, page.style.width.saturating_sub(4).max(20)).iter().enumerate() {
            writeln!(out, "{}{line}", if at == 0 { "  " } else { "    " })?;
        }
    }
    let untold = told.len().saturating_sub(CHAINS);
    if untold > 0 { writeln!(out, "  and more, for {}", count(untold, "other reason")) } else { Ok(()) }
}

/// ` if api waits for recs without end`: what all would have to be at its worst.
fn condition(page: &Page<'_>, reasons: &[&Hinge]) -> String {
    let failure = page.analysis.failure();
    let clause = |hinge: &Hinge, word: &str| {
        let clauses: Vec<String> = hinge.unknowns.iter().map(|unknown| sentence(&unknown.at_worst(failure))).collect();
        if clauses.len() > 3 { first_of(&clauses, 2) } else { clauses.join(word) }
    };
    match reasons {
        [] => String::new(),
        // Settling any one helps, so each has its part in it; of a set that helps only as a whole, any one suffices.
        [only] => format!(" if {}", clause(only, " or ")),
        several => {
            let single = several.iter().filter(|hinge| hinge.unknowns.len() == 1);
            let clauses: Vec<String> = single.map(|hinge| clause(hinge, " or ")).collect();
            let shown = if clauses.len() > 3 { first_of(&clauses, 2) } else { clauses.join(" and ") };
            format!(" if {shown}")
        }
    }
}

/// The facts whose being stated would change how a flow fares, where they belong, and what to write.
fn hinges(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    let found = &outage.hinges;
    if found.unclear.is_empty() {
        return writeln!(out, "\nWhatever the files leave open, the flows fare the same");
    }
    let failure = page.analysis.failure();
    let mut imported = false;
    for (at, hinge) in found.hinges.iter().take(HINGES).enumerate() {
        if at == 0 {
            writeln!(out, "\nThe answer hangs on what the files do not say")?;
        }
        let several = hinge.unknowns.len() > 1;
        for unknown in &hinge.unknowns {
            let question = sentence(&unknown.sentence(failure));
            writeln!(out, "  {question}  {}", page.place(unknown.place(failure)))?;
        }
        let answers: Vec<_> = hinge
            .unknowns
            .iter()
            .map(|unknown| (unknown.place(failure), unknown.answer(failure, &outage.scenario)))
            .collect();
        imported |= answers.iter().any(|(_, answer)| answer.is_imported());
        for line in Answer::lines(&answers) {
            writeln!(out, "      {}", crate::report::text::escape(&line))?;
        }
        let together = if several { "all of it together: " } else { "" };
        writeln!(out, "    {} {together}{}", page.arrow(), better(page, &hinge.flows))?;
    }
    let untold = found.hinges.len().saturating_sub(HINGES);
    if untold > 0 {
        writeln!(out, "  and {}: `--format json` lists them", count(untold, "more"))?;
    }
    if imported {
        writeln!(out, "  Write it in a `*.arch.yaml` that includes the file (`include: […]`)")?;
    }
    if found.truncated {
        writeln!(out, "  There was too much to try all of it: more may hang on what is not described")?;
    }
    Ok(())
}

/// `checkout goes on, browse and search are only degraded`
fn better(page: &Page<'_>, flows: &[(FlowId, Outcome)]) -> String {
    let parts = [Outcome::Ok, Outcome::Degraded].into_iter().filter_map(|outcome| {
        let names: Vec<String> =
            flows.iter().filter(|(_, other)| *other == outcome).map(|(flow, _)| page.flow(*flow)).collect();
        let verb = match (outcome, names.len()) {
            (Outcome::Degraded, 1) => "is only degraded",
            (Outcome::Degraded, _) => "are only degraded",
            (outcome, 1) => fares(outcome),
            (outcome, _) => fare(outcome),
        };
        (!names.is_empty()).then(|| format!("{} {verb}", listed(&names)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// What the answer takes for granted that the files do not say.
fn taken_for_granted(page: &Page<'_>, outage: &Outage, out: &mut dyn Write) -> io::Result<()> {
    let design = &page.analysis.design;
    let only_started = |dependency: &Dependency| {
        dependency.notation == Notation::Compose && dependency.phase == Phase::Run && dependency.facts.phase.is_absent()
    };
    let mut assumed = Vec::new();
    if design.flows.iter().any(|flow| flow.implicit) {
        assumed.push("no flow is declared: each way in stands for one");
    }
    if design.dependencies.iter().any(only_started) {
        assumed.push("what a service names in `depends_on` is needed while it runs, too");
    }
    let twice = twice_hit(page, outage);
    let single = format!("copies lost to several events are not added up ({})", first_of(&twice, 3));
    if !twice.is_empty() {
        assumed.push(&single);
    }
    if assumed.is_empty() { Ok(()) } else { writeln!(out, "\nAssumed\n  {}", assumed.join("\n  ")) }
}

/// Components that answer although several events take copies of them: each loss is judged by itself.
fn twice_hit(page: &Page<'_>, outage: &Outage) -> Vec<String> {
    let compiled = page.analysis.failure();
    let ids = page.analysis.design.component_ids().filter(|id| !outage.impact.state(*id).fails());
    let hit =
        ids.filter(|id| outage.scenario.events.iter().filter(|event| compiled.takes_copies(**event, *id)).count() > 1);
    hit.map(|id| page.component(id)).collect()
}
