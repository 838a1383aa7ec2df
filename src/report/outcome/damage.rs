//! "What does each event do?" for people: one line per event, most damage first.

use super::words::{Page, assumed, cut, first_of, pad};
use crate::analyse::damage::Damage;
use crate::analyse::{Assume, Scenario};
use crate::model::FlowId;
use crate::read::vocabulary::Duration;
use crate::report::text::{count, width, wrap};
use std::io::{self, Write};

/// Events that get a line of their own.
const ROWS: usize = 40;

pub(super) fn write(page: &Page<'_>, damages: &[Damage], asked: &Scenario, out: &mut dyn Write) -> io::Result<()> {
    let headline = format!("What each event does by itself, for {}{}", Duration(asked.seconds), assumed(asked.assume));
    writeln!(out, "{}", page.headline(&headline))?;
    anyway(page, asked, out)?;
    let felt = damages.iter().filter(|damage| damage.is_felt()).count();
    let most = if felt > ROWS + 1 { ROWS } else { felt };
    // Felt or not is not the order of damage: what fells many components comes before a degraded flow.
    let shown: Vec<&Damage> = damages.iter().filter(|damage| damage.is_felt()).take(most).collect();
    table(page, &shown, out)?;
    if felt > most {
        writeln!(out, "  and {}: `--format json` lists them", count(felt - most, "more event"))?;
    }
    summary(page, damages, felt, out)?;
    if asked.assume == Assume::Must {
        writeln!(out, "\nWhat is not described is taken at its best; `--assume may` takes it at its worst")?;
    }
    Ok(())
}

/// What no event has to bring about.
fn anyway(page: &Page<'_>, asked: &Scenario, out: &mut dyn Write) -> io::Result<()> {
    let anyway = page.analysis.failure().anyway(asked);
    let all = page.analysis.design.flows.len();
    let names: Vec<String> = anyway.flows.iter().map(|(flow, _)| page.flow(*flow)).collect();
    let suffer = match names.len() {
        0 if anyway.failing.is_empty() => return Ok(()),
        0 => format!("{} down", count_are(anyway.failing.len(), "component")),
        1 => format!("{} fails or is degraded", names[0]),
        number => format!("{number} of {all} flows fail or are degraded"),
    };
    let text = format!("Even if nothing fails, {suffer}: more load is described than can be served");
    writeln!(out, "\n{}", wrap(&text, page.style.width).join("\n"))
}

/// `1 component is`, `3 components are`
fn count_are(number: usize, singular: &str) -> String {
    format!("{} {}", count(number, singular), if number == 1 { "is" } else { "are" })
}

fn table(page: &Page<'_>, rows: &[&Damage], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let dots = if page.style.unicode { "…" } else { "..." };
    let (down, stuck) = ("down", "stays down");
    // Two spaces before each column; the numbers are right-aligned.
    let fixed = 2 + 2 + 2 + 2 + width(down) + 2 + width(stuck);
    let left = page.style.width.saturating_sub(fixed).max(40);
    let events: Vec<String> = rows.iter().map(|row| page.event(row.event)).collect();
    let widest = |texts: &mut dyn Iterator<Item = usize>, least: usize| texts.max().unwrap_or(0).max(least);
    let event = widest(&mut events.iter().map(|name| width(name)), width("event")).min(left / 2);
    // A column that needs less than half leaves the rest to the other one.
    let both = left - event;
    let needed = |flows: fn(&Damage) -> &[FlowId], title: &str| {
        widest(&mut rows.iter().map(|row| width(&named(page, flows(row), usize::MAX))), width(title))
    };
    let fails = needed(|row| &row.failed, "flows failed");
    let weak = needed(|row| &row.degraded, "degraded");
    let most =
        [fails.min((both / 2).max(both.saturating_sub(weak))), weak.min((both / 2).max(both.saturating_sub(fails)))];
    let texts: Vec<[String; 2]> =
        rows.iter().map(|row| [named(page, &row.failed, most[0]), named(page, &row.degraded, most[1])]).collect();
    let column =
        |at: usize, title: &str| widest(&mut texts.iter().map(|row| width(&row[at])), width(title)).min(most[at]);
    let (failed, degraded) = (column(0, "flows failed"), column(1, "degraded"));
    let head = format!(
        "\n  {}  {}  {}  {down}  {stuck}",
        pad("event", event),
        pad("flows failed", failed),
        pad("degraded", degraded)
    );
    writeln!(out, "{}", page.faint(&head))?;
    for ((row, name), [fails, weak]) in rows.iter().zip(&events).zip(&texts) {
        let stays = if row.stuck.is_empty() { "-".to_owned() } else { row.stuck.len().to_string() };
        writeln!(
            out,
            "  {}  {}  {}  {:>4}  {stays:>10}",
            pad(&cut(name, event, dots), event),
            pad(&cut(fails, failed, dots), failed),
            pad(&cut(weak, degraded, dots), degraded),
            row.down,
        )?;
    }
    Ok(())
}

/// The names that fit, and how many more there are.
fn named(page: &Page<'_>, flows: &[FlowId], columns: usize) -> String {
    let all = page.analysis.design.flows.len();
    match flows {
        [] => return "-".to_owned(),
        [only] => return page.flow(*only),
        _ if flows.len() == all && all > 2 => return format!("all {all}"),
        _ => {}
    }
    let mut shown = String::new();
    for (at, flow) in flows.iter().enumerate() {
        let longer = format!("{shown}{}{}", if at == 0 { "" } else { ", " }, page.flow(*flow));
        let left = flows.len() - at - 1;
        let rest = if left > 0 { format!(" +{left}") } else { String::new() };
        if width(&longer) + width(&rest) > columns {
            break;
        }
        shown = longer;
        if left == 0 {
            return shown;
        }
    }
    let told = shown.split(", ").filter(|name| !name.is_empty()).count();
    if told == 0 { count(flows.len(), "flow") } else { format!("{shown} +{}", flows.len() - told) }
}

fn summary(page: &Page<'_>, damages: &[Damage], felt: usize, out: &mut dyn Write) -> io::Result<()> {
    let design = &page.analysis.design;
    let number = |is: &dyn Fn(&Damage) -> bool| damages.iter().filter(|damage| is(damage)).count();
    let critical = |damage: &Damage| damage.failed.iter().any(|flow| design.flow(*flow).critical);
    let mut parts = Vec::new();
    let any_critical = design.flows.iter().any(|flow| flow.critical);
    let all_critical = design.flows.iter().all(|flow| flow.critical);
    if any_critical && !all_critical {
        parts.push((number(&critical), "fail a critical flow"));
    }
    parts.push((number(&|damage| !damage.failed.is_empty()), "fail some flow"));
    parts.push((
        number(&|damage| damage.failed.is_empty() && !damage.degraded.is_empty()),
        "do no more than degrade flows",
    ));
    parts.push((number(&|damage| !damage.stuck.is_empty()), "leave something down after repair"));
    writeln!(out, "\nOf {}:", count(damages.len(), "event"))?;
    for (number, what) in parts {
        writeln!(out, "  {number:>5}  {what}")?;
    }
    let calm = damages.iter().filter(|damage| !damage.is_felt());
    let names: Vec<String> = calm.map(|damage| page.event(damage.event)).collect();
    if !names.is_empty() {
        let text = format!("go unnoticed by every flow: {}", first_of(&names, 8));
        let lines = wrap(&text, page.style.width.saturating_sub(9).max(20));
        writeln!(out, "  {:>5}  {}", damages.len() - felt, lines.join("\n         "))?;
    }
    Ok(())
}
