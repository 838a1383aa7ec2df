//! "What could explain this?" for people: causes that explain most first, then the deepest.

use super::words::{Page, assumed, cut, listed, pad};
use crate::analyse::failure::Witness;
use crate::analyse::suspect::{Suspect, Suspects, Symptom};
use crate::analyse::{Assume, Event, Scenario};
use crate::model::ComponentId;
use crate::report::text::{count, width, wrap};
use std::io::{self, Write};

/// Causes that get a line of their own, for each set of symptoms they explain.
const CAUSES: usize = 12;
/// Pairs that get a line.
const PAIRS: usize = 5;

pub(super) fn write(
    page: &Page<'_>,
    symptoms: &[Symptom],
    found: &Suspects,
    asked: &Scenario,
    out: &mut dyn Write,
) -> io::Result<()> {
    let seen: Vec<String> = symptoms.iter().map(|symptom| clause(page, symptom)).collect();
    let assumed = assumed(asked.assume);
    let nothing = found.single.is_empty() && found.pairs.is_empty();
    let open: Vec<String> =
        (0..seen.len()).filter(|at| !found.anyway.contains(at)).map(|at| seen[at].clone()).collect();
    let headline = match (nothing, open.is_empty()) {
        (_, true) => format!("{}, even if nothing fails{assumed}.", listed(&seen)),
        (true, _) if found.truncated => format!("No single event explains that {}{assumed}.", listed(&open)),
        (true, _) => format!("Nothing in the design explains that {}{assumed}.", listed(&open)),
        (false, _) => format!("What could explain that {}, deepest first{assumed}:", listed(&open)),
    };
    writeln!(out, "{}", page.headline(&headline))?;
    let anyway: Vec<String> = found.anyway.iter().map(|at| seen[*at].clone()).collect();
    if open.is_empty() {
        writeln!(out, "\nMore load is described than can be served")?;
    } else if !anyway.is_empty() {
        let text = format!("{} even if nothing fails: more load is described than can be served", listed(&anyway));
        writeln!(out, "\n{}", wrap(&text, page.style.width).join("\n"))?;
    }
    let rows = rows(page, found);
    let mut at = 0;
    while at < rows.len() {
        let explains = &rows[at].first.explains;
        let end = rows[at..].iter().position(|row| row.first.explains != *explains).map_or(rows.len(), |end| at + end);
        if symptoms.len() > 1 {
            let some: Vec<String> = explains.iter().map(|at| seen[*at].clone()).collect();
            let what = if some.len() == symptoms.len() {
                "all of it".to_owned()
            } else {
                format!("only that {}", listed(&some))
            };
            writeln!(out, "\nExplains {what}")?;
        } else {
            writeln!(out)?;
        }
        table(page, &rows[at..end], CAUSES, out)?;
        at = end;
    }
    pairs(page, found, out)?;
    deepest(page, found, out)?;
    if nothing && !open.is_empty() && asked.assume == Assume::Must {
        writeln!(out, "\nWhat is not described is taken at its best; `--assume may` takes it at its worst")?;
    }
    Ok(())
}

/// The chain of the first cause, step by step.
fn deepest(page: &Page<'_>, found: &Suspects, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = found.single.first().or_else(|| found.pairs.first()) else { return Ok(()) };
    let Some(longest) = first.witnesses.iter().max_by_key(|witness| witness.steps.len()) else { return Ok(()) };
    if longest.steps.len() < 2 {
        return Ok(());
    }
    writeln!(out, "\nHow the first of them does it")?;
    page.steps(longest, out)
}

/// `api is down`
fn clause(page: &Page<'_>, symptom: &Symptom) -> String {
    format!("{} is {}", page.component(symptom.component), symptom.seen.as_str())
}

/// Events on one component that act along the same chain.
struct Row<'a> {
    first: &'a Suspect,
    events: Vec<Event>,
}

fn rows<'a>(page: &Page<'_>, found: &'a Suspects) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for suspect in &found.single {
        let Some(event) = suspect.events.first() else { continue };
        let same = rows.iter_mut().find(|row| {
            let other = row.events[0];
            event.component().is_some()
                && other.component() == event.component()
                && row.first.explains == suspect.explains
                && row.first.only_may == suspect.only_may
                && chain_of(row.first).eq(chain_of(suspect))
        });
        match same {
            Some(row) => row.events.push(*event),
            None => rows.push(Row { first: suspect, events: vec![*event] }),
        }
    }
    debug_assert!(rows.len() <= page.analysis.failure().events().len());
    rows
}

/// The longest of its chains.
fn chain_of(suspect: &Suspect) -> impl Iterator<Item = ComponentId> + '_ {
    let longest = suspect.witnesses.iter().max_by_key(|witness| witness.steps.len());
    longest.into_iter().flat_map(Witness::components)
}

fn table(page: &Page<'_>, rows: &[Row<'_>], most: usize, out: &mut dyn Write) -> io::Result<()> {
    let most = if rows.len() > most + 1 { most } else { rows.len() };
    let (shown, hidden) = rows.split_at(most);
    let causes: Vec<String> = shown.iter().map(|row| cause(page, row)).collect();
    let columns = causes.iter().map(|cause| width(cause)).max().unwrap_or(0).min(page.style.width / 2 + 10);
    for (row, cause) in shown.iter().zip(&causes) {
        let longest = row.first.witnesses.iter().max_by_key(|witness| witness.steps.len());
        let left = page.style.width.saturating_sub(columns + 4).max(24);
        let chain = longest.map(|witness| onwards(page, witness, row.events[0], left)).unwrap_or_default();
        let cause = pad(&cut(cause, columns, "…"), columns);
        let may = if row.first.only_may { "  (may)" } else { "" };
        writeln!(out, "{}", format!("  {cause}  {chain}{may}").trim_end())?;
    }
    if hidden.is_empty() {
        Ok(())
    } else {
        writeln!(out, "  and {}, none of them deeper", count(hidden.len(), "more cause"))
    }
}

/// `→ prices → api`: the chain after the component the event is about, which is named before it.
fn onwards(page: &Page<'_>, witness: &Witness, event: Event, columns: usize) -> String {
    let mut rest = witness.clone();
    if rest.steps.first().is_some_and(|step| event.component() == Some(step.component)) {
        rest.steps.remove(0);
    }
    if rest.steps.is_empty() { String::new() } else { format!("{} {}", page.arrow(), page.chain(&rest, columns - 2)) }
}

/// `postgres stops, hangs or loses a copy`
fn cause(page: &Page<'_>, row: &Row<'_>) -> String {
    let Some(component) = row.events[0].component() else { return page.event_clause(row.events[0]) };
    let verbs: Vec<&str> = row
        .events
        .iter()
        .map(|event| match event {
            Event::Stop(_) => "stops",
            Event::Hang(_) => "hangs",
            _ => "loses a copy",
        })
        .collect();
    let verbs = match verbs.as_slice() {
        [front @ .., last] if !front.is_empty() => format!("{} or {last}", front.join(", ")),
        other => other.concat(),
    };
    format!("{} {verbs}", page.component(component))
}

fn pairs(page: &Page<'_>, found: &Suspects, out: &mut dyn Write) -> io::Result<()> {
    if !found.pairs.is_empty() {
        writeln!(out, "\nOnly together (two events; neither suffices)")?;
    }
    for pair in found.pairs.iter().take(PAIRS) {
        let longest = pair.witnesses.iter().max_by_key(|witness| witness.steps.len());
        let cause = page.happening(&pair.events);
        let left = page.style.width.saturating_sub(width(&cause) + 4).max(24);
        let chain = longest.map(|witness| onwards(page, witness, pair.events[0], left)).unwrap_or_default();
        let may = if pair.only_may { "  (may)" } else { "" };
        writeln!(out, "  {cause}  {chain}{may}")?;
    }
    let hidden = found.pairs.len().saturating_sub(PAIRS);
    if hidden > 0 {
        writeln!(out, "  and {}", count(hidden, "more pair"))?;
    }
    if found.truncated {
        writeln!(out, "  There were too many pairs to try all of them")?;
    }
    Ok(())
}
