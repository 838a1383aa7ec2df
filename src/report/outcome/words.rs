//! Words and shapes that all answers share: names that can be printed, lists and chains that stay short, columns.

use crate::analyse::failure::{Outcome, State, Verdict, Witness};
use crate::analyse::{Analysis, Assume, Event};
use crate::model::{ComponentId, FlowId};
use crate::report::Style;
use crate::report::text::{char_width, escape, width, wrap};
use crate::sources::{Sources, Span};
use std::io::{self, Write};

/// What every answer is written with.
pub(super) struct Page<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) sources: &'a Sources,
    pub(super) style: &'a Style,
}

/// Names of a list that are printed; the others are counted.
const NAMES: usize = 12;
/// Steps of a chain that are printed in full; of longer ones the beginning and the end.
const STEPS: usize = 12;
/// Columns that a clause beside its place is not squeezed below.
const ROOMY: usize = 44;

/// Events that are told together: their kind, what goes before several names, and what goes after them.
const KINDS: [(&str, &str, &str); 6] = [
    ("stop", "", "stop"),
    ("hang", "", "hang"),
    ("instance", "", "lose a copy each"),
    ("zone", "zones ", "fail"),
    ("region", "regions ", "fail"),
    ("vendor", "vendors ", "fail"),
];

impl Page<'_> {
    pub(super) fn component(&self, id: ComponentId) -> String {
        escape(&self.analysis.design.component(id).name).into_owned()
    }

    pub(super) fn flow(&self, id: FlowId) -> String {
        escape(&self.analysis.design.flow(id).name).into_owned()
    }

    pub(super) fn event(&self, event: Event) -> String {
        escape(&self.analysis.failure().event_name(event).to_string()).into_owned()
    }

    /// "redis stops"
    pub(super) fn event_clause(&self, event: Event) -> String {
        sentence(&self.analysis.failure().event_name(event).clause())
    }

    pub(super) fn place(&self, span: Span) -> String {
        self.faint(&escape(&self.sources.place(span)))
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn outcome(&self, outcome: Outcome, text: &str) -> String {
        match outcome {
            Outcome::Failed => self.paint("1;31", text),
            Outcome::Degraded => self.paint("33", text),
            Outcome::Ok => self.paint("32", text),
        }
    }

    pub(super) fn state(&self, state: State, text: &str) -> String {
        match state {
            State::Hung | State::Down => self.paint("31", text),
            State::Degraded => self.paint("33", text),
            State::Up => self.paint("32", text),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.style.color && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(super) fn arrow(&self) -> &'static str {
        if self.style.unicode { "→" } else { "->" }
    }

    fn dots(&self) -> &'static str {
        if self.style.unicode { "…" } else { "..." }
    }

    /// `redis → api → … → shopper`, in so many columns where two names fit.
    pub(super) fn chain(&self, witness: &Witness, columns: usize) -> String {
        let names: Vec<String> = witness.components().map(|id| self.component(id)).collect();
        let arrow = format!(" {} ", self.arrow());
        let full = names.join(&arrow);
        if width(&full) <= columns || names.len() <= 3 {
            return full;
        }
        let (last, front) = names.split_last().map_or(("", &names[..]), |(last, front)| (last.as_str(), front));
        let end = format!("{arrow}{}{arrow}{last}", self.dots());
        let mut shown = front[0].clone();
        for name in &front[1..] {
            let longer = format!("{shown}{arrow}{name}");
            if width(&longer) + width(&end) > columns {
                break;
            }
            shown = longer;
        }
        shown + &end
    }

    /// The steps of a chain, one per line, each with its place.
    pub(super) fn steps(&self, witness: &Witness, out: &mut dyn Write) -> io::Result<()> {
        let clauses = witness.clauses(self.analysis.failure());
        let steps = witness.steps.iter().zip(clauses);
        let lines = steps.map(|(step, clause)| (sentence(&clause), step.place(&self.analysis.design)));
        self.places(&lines.collect::<Vec<_>>(), self.arrow(), out)
    }

    /// Clauses with the places that show them, in columns; of many, the first and the last. Where both do not fit on a
    /// line, the clause goes on below, or the place does.
    pub(super) fn places(&self, lines: &[(String, Span)], mark: &str, out: &mut dyn Write) -> io::Result<()> {
        let hidden = if lines.len() > STEPS { lines.len() - STEPS + 1 } else { 0 };
        let is_hidden = |at: usize| hidden > 0 && (STEPS / 2..STEPS / 2 + hidden).contains(&at);
        let shown = || lines.iter().enumerate().filter(|(at, _)| !is_hidden(*at)).map(|(_, line)| line);
        let indent = 2 + width(self.arrow()) + 1;
        let places = shown().map(|(_, place)| width(&escape(&self.sources.place(*place)))).max().unwrap_or(0);
        let whole = self.style.width.saturating_sub(indent).max(ROOMY);
        let beside = whole.saturating_sub(places + 2);
        let longest = shown().map(|(clause, _)| width(clause)).max().unwrap_or(0);
        let fits = longest <= beside || beside >= ROOMY;
        let columns = longest.min(beside);
        for (at, (clause, place)) in lines.iter().enumerate() {
            if is_hidden(at) {
                if at == STEPS / 2 {
                    writeln!(out, "  {mark} {} {hidden} more steps", self.dots())?;
                }
                continue;
            }
            let mark = if at == 0 { " " } else { mark };
            let clauses = wrap(clause, if fits { columns } else { whole });
            for (at, line) in clauses.iter().enumerate() {
                let mark = if at == 0 { mark } else { "" };
                let place =
                    if fits && at + 1 == clauses.len() { format!("  {}", self.place(*place)) } else { String::new() };
                let line = if place.is_empty() { line.clone() } else { pad(line, columns) };
                writeln!(out, "  {} {line}{place}", pad(mark, width(self.arrow())))?;
            }
            if !fits {
                writeln!(out, "{:indent$}  {}", "", self.place(*place))?;
            }
        }
        Ok(())
    }

    /// A sentence in bold, in lines.
    pub(super) fn headline(&self, text: &str) -> String {
        let lines = wrap(text, self.style.width);
        lines.iter().map(|line| self.bold(line)).collect::<Vec<_>>().join("\n")
    }

    /// `redis and search stop, and zone a fails`
    pub(super) fn happening(&self, events: &[Event]) -> String {
        let mut clauses = Vec::new();
        let failure = self.analysis.failure();
        for (kind, before, after) in KINDS {
            let alike: Vec<Event> =
                events.iter().copied().filter(|event| failure.event_name(*event).kind == kind).collect();
            match alike.as_slice() {
                [] => {}
                [only] => clauses.push(self.event_clause(*only)),
                several => {
                    let name = |event: &Event| escape(failure.event_name(*event).name).into_owned();
                    clauses.push(format!("{before}{} {after}", listed(&several.iter().map(name).collect::<Vec<_>>())));
                }
            }
        }
        listed(&clauses)
    }

    /// Names as an indented paragraph, the first ones.
    pub(super) fn names(&self, names: &[String], indent: usize) -> String {
        let text = first_of(names, NAMES);
        let columns = self.style.width.saturating_sub(indent).max(20);
        wrap(&text, columns).join(&format!("\n{:indent$}", ""))
    }
}

/// How the unsaid was taken, where a reader has to know.
pub(super) fn assumed(assume: Assume) -> &'static str {
    match assume {
        Assume::Must => "",
        Assume::May => ", with what is not described at its worst",
    }
}

/// A clause without the backticks of a report.
pub(super) fn sentence(clause: &str) -> String {
    escape(&clause.replace('`', "")).into_owned()
}

/// `a, b and 214 more`.
pub(super) fn first_of(names: &[String], most: usize) -> String {
    // Never "and 1 more" where the one fits as well.
    if names.len() <= most + 1 {
        return names.join(", ");
    }
    format!("{} and {} more", names[..most].join(", "), names.len() - most)
}

/// `a`, `a and b`, `a, b and c`; many are counted.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        _ if names.len() > NAMES => first_of(names, NAMES),
        _ => crate::report::text::list(names),
    }
}

/// Filled up with spaces; wide characters take two columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{:gap$}", "", gap = columns.saturating_sub(width(text)))
}

/// Cut to so many columns.
pub(super) fn cut(text: &str, columns: usize, dots: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut shown, mut used) = (String::new(), width(dots));
    for char in text.chars() {
        used += char_width(char);
        if used > columns {
            break;
        }
        shown.push(char);
    }
    shown + dots
}

pub(super) fn fares(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Failed => "fails",
        Outcome::Degraded => "is degraded",
        Outcome::Ok => "goes on",
    }
}

pub(super) fn fare(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Failed => "fail",
        Outcome::Degraded => "are degraded",
        Outcome::Ok => "go on",
    }
}

/// Verdicts with the same outcome for the same reasons.
pub(super) fn alike(one: &Verdict, other: &Verdict) -> bool {
    one.outcome == other.outcome && one.delayed == other.delayed && one.witness == other.witness
}
