//! New, fixed, unchanged: the findings of a review against those that are known, by rule and subject.
//!
//! Neither lines nor files count, so that moving and reformatting a design changes nothing. What counts beside rule and
//! subject is how bad a finding is and how many things it says: a known warning that is now an error is new, and so is one
//! that now holds for a second reason.

use super::designs::{Closeness, Designs};
use crate::finding::{ALSO, Finding, Severity, Subject};
use std::collections::HashMap;

/// The outcome of a comparison, without the new findings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delta {
    pub against: Against,
    /// By rule and subject.
    pub fixed: Vec<Fixed>,
    /// Findings that were known.
    pub unchanged: usize,
    /// What a reader should know about the other side, a sentence without a period each.
    pub remarks: Vec<String>,
}

/// What a review was compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Against {
    /// A file of known findings.
    Baseline(String),
    Revision {
        /// As the user named it.
        name: String,
        /// The full name of the commit it was compared with.
        commit: String,
    },
}

/// Something known that is found no more.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fixed {
    pub rule: String,
    pub subject: Subject,
    /// What used to be said; a baseline does not hold it.
    pub message: Option<String>,
    /// How many of them.
    pub count: usize,
}

/// A finding as it is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    pub rule: String,
    pub subject: Subject,
    pub severity: Severity,
    /// How many things are found: [`Finding::count`] of each.
    pub count: usize,
    /// It stands for as many findings as it takes to say `count` things; else for one, whatever that says.
    pub is_sum: bool,
    /// Where it was, in the repository. Tells findings of the same rule about namesakes in several designs apart.
    pub file: Option<String>,
    pub message: Option<String>,
    /// A finding of another rule told it as a note: it does not count by itself.
    pub is_note: bool,
}

impl Known {
    /// A finding of an earlier review, in a file of the repository, and what it told beside.
    pub fn of(finding: &Finding, file: &str) -> Vec<Self> {
        let known = |rule: &String, severity: Severity, message: &String| Self {
            rule: rule.clone(),
            subject: finding.subject.clone(),
            severity,
            count: 1,
            is_sum: false,
            file: Some(file.to_owned()),
            message: Some(message.clone()),
            is_note: true,
        };
        let own = known(&finding.rule, finding.severity, &finding.message);
        let notes = finding.folded.iter().map(|folded| known(&folded.rule, folded.severity, &folded.message));
        std::iter::once(Self { count: finding.count(), is_note: false, ..own }).chain(notes).collect()
    }
}

impl Delta {
    /// Known findings that are found no more.
    pub fn fixed_count(&self) -> usize {
        self.fixed.iter().map(|fixed| fixed.count).sum()
    }
}

impl Finding {
    /// How many things of the same rule it tells about its subject.
    pub fn count(&self) -> usize {
        1 + self.notes.iter().filter(|note| note.starts_with(ALSO)).count()
    }
}

/// Takes what is known out of `findings`; what stays is new or worse. `file_of` is the file of a finding as
/// [`Known::file`] names it. Returns what is found no more, and how many findings were taken out.
pub fn compare(
    findings: &mut Vec<Finding>,
    known: &[Known],
    designs: &Designs<'_>,
    file_of: impl Fn(&Finding) -> Option<String>,
) -> (Vec<Fixed>, usize) {
    let Pairs { partners, left } = pair(&things(findings, file_of), known, designs);
    let fixed = known.iter().zip(left).filter(|(known, left)| *left > 0 && !known.is_note);
    let mut fixed: Vec<Fixed> = fixed
        .map(|(known, left)| Fixed {
            rule: known.rule.clone(),
            subject: known.subject.clone(),
            message: known.message.clone(),
            count: if known.is_sum { left } else { 1 },
        })
        .collect();
    fixed.sort_by(|a, b| (&a.rule, &a.subject).cmp(&(&b.rule, &b.subject)));
    let before = findings.len();
    let mut partners = partners.into_iter();
    findings.retain_mut(|finding| {
        let Some(partner) = partners.next().flatten() else { return true };
        let worse = worse(finding, known[partner.known].severity, partner.room);
        let is_worse = worse.is_some();
        finding.notes.extend(worse);
        is_worse
    });
    (fixed, before - findings.len())
}

/// What a finding says of one rule: its own, or one that it folds.
pub(super) struct Thing {
    pub(super) rule: String,
    pub(super) subject: Subject,
    pub(super) severity: Severity,
    pub(super) count: usize,
    pub(super) file: Option<String>,
}

/// What findings say, first each of itself, then what they fold.
pub(super) fn things(findings: &[Finding], file_of: impl Fn(&Finding) -> Option<String>) -> Vec<Thing> {
    let files: Vec<Option<String>> = findings.iter().map(file_of).collect();
    let thing = |finding: &Finding, rule: &String, severity, count, file: &Option<String>| Thing {
        rule: rule.clone(),
        subject: finding.subject.clone(),
        severity,
        count,
        file: file.clone(),
    };
    let own = |(finding, file): (&Finding, _)| thing(finding, &finding.rule, finding.severity, finding.count(), file);
    let mut things: Vec<Thing> = findings.iter().zip(&files).map(own).collect();
    for (finding, file) in findings.iter().zip(&files) {
        things.extend(finding.folded.iter().map(|told| thing(finding, &told.rule, told.severity, 1, file)));
    }
    things
}

/// Which thing is which known finding.
pub(super) struct Pairs {
    /// `None` where a thing is known in no way.
    pub(super) partners: Vec<Option<Partner>>,
    /// How many things of each known finding have no partner; none where nobody looked.
    pub(super) left: Vec<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct Partner {
    /// Position among what is known.
    pub(super) known: usize,
    /// How many things were known and not yet found.
    pub(super) room: usize,
}

/// Everything of one rule about one subject, by position.
#[derive(Default)]
struct Group {
    known: Vec<usize>,
    found: Vec<usize>,
}

/// Pairs things of the same rule and subject, what lies closest first.
pub(super) fn pair(things: &[Thing], known: &[Known], designs: &Designs<'_>) -> Pairs {
    let mut groups: HashMap<(&str, &Subject), Group> = HashMap::new();
    for (index, known) in known.iter().enumerate() {
        groups.entry((&known.rule, &known.subject)).or_default().known.push(index);
    }
    for (index, thing) in things.iter().enumerate() {
        if let Some(group) = groups.get_mut(&(&*thing.rule, &thing.subject)) {
            group.found.push(index);
        }
    }
    let mut partners = vec![None; things.len()];
    let mut left: Vec<usize> = known.iter().map(|known| known.count).collect();
    // Groups share nothing, so that their order does not matter.
    for ((_, subject), Group { known: candidates, found }) in groups {
        for closeness in Closeness::ALL {
            for index in &found {
                if partners[*index].is_some() {
                    continue;
                }
                let file = things[*index].file.as_deref();
                let fits = |at: usize| designs.fit(closeness, subject, known[at].file.as_deref(), file);
                let Some(at) = candidates.iter().copied().find(|at| left[*at] > 0 && fits(*at)) else { continue };
                partners[*index] = Some(Partner { known: at, room: left[at] });
                let told = if known[at].is_sum { things[*index].count } else { usize::MAX };
                left[at] = left[at].saturating_sub(told);
            }
        }
    }
    for (known, left) in known.iter().zip(&mut left) {
        if known.file.as_ref().is_some_and(|file| designs.is_elsewhere(file)) {
            *left = 0;
        }
    }
    Pairs { partners, left }
}

/// What is worse than something known of that severity that says so many things.
fn worse(finding: &Finding, severity: Severity, count: usize) -> Option<String> {
    // Severities are ordered worst first.
    if finding.severity < severity {
        let article = if severity == Severity::Warning { "a warning" } else { severity.name() };
        Some(format!("known as {article}, and worse than that"))
    } else if finding.count() > count {
        Some("known, and true in more ways than before".to_owned())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Certainty, Label};
    use crate::sources::Span;
    use proptest::prelude::*;

    fn finding(rule: &str, subject: &str, severity: Severity, notes: usize) -> Finding {
        Finding {
            rule: rule.into(),
            pack: "test".into(),
            severity,
            certainty: Certainty::Declared,
            subject: Subject::Component(subject.into()),
            message: String::new(),
            why: "".into(),
            fix: "".into(),
            labels: vec![Label { span: Span::new(0, 1), text: "here".into() }],
            notes: (0..notes).map(|note| format!("also: {note}")).collect(),
            path: vec![],
            url: None,
            event: None,
            accepted: None,
            folded: vec![],
            undescribed: vec![],
            acceptable_at: None,
            edits: vec![],
        }
    }

    fn known(finding: &Finding, file: Option<&str>) -> Known {
        Known {
            rule: finding.rule.clone(),
            subject: finding.subject.clone(),
            severity: finding.severity,
            count: finding.count(),
            is_sum: file.is_none(),
            file: file.map(str::to_owned),
            message: None,
            is_note: false,
        }
    }

    /// No file is left.
    fn nowhere() -> Designs<'static> {
        Designs::new(&|_| false)
    }

    #[test]
    fn what_gets_worse_is_new() {
        let before = known(&finding("a", "x", Severity::Warning, 1), None);
        let verdict = |now: Finding| {
            let mut findings = vec![now];
            let (fixed, unchanged) = compare(&mut findings, std::slice::from_ref(&before), &nowhere(), |_| None);
            (findings.len(), fixed.iter().map(|fixed| fixed.count).sum::<usize>(), unchanged)
        };
        assert_eq!(verdict(finding("a", "x", Severity::Warning, 1)), (0, 0, 1));
        assert_eq!(verdict(finding("a", "x", Severity::Advice, 0)), (0, 1, 1), "one of two things is mended");
        assert_eq!(verdict(finding("a", "x", Severity::Error, 1)), (1, 0, 0), "more severe");
        assert_eq!(verdict(finding("a", "x", Severity::Warning, 2)), (1, 0, 0), "for a further reason");
        assert_eq!(verdict(finding("a", "y", Severity::Warning, 0)), (1, 2, 0), "about something else");
    }

    #[test]
    fn namesakes_in_two_designs_are_told_apart_by_their_file() {
        let api = finding("a", "api", Severity::Warning, 0);
        let files = ["bank", "shop"];
        let at = |index: usize| {
            let mut finding = api.clone();
            finding.labels[0].span = Span::new(u32::try_from(index).unwrap(), 9);
            finding
        };
        let mut findings = vec![at(0), at(1)];
        let shop = known(&api, Some("shop"));
        let file_of = |finding: &Finding| Some(files[finding.primary().start as usize].to_owned());
        assert_eq!(compare(&mut findings, &[shop], &nowhere(), file_of), (vec![], 1));
        assert_eq!(findings, [at(0)], "what the bank has is new");
    }

    fn any_findings() -> impl Strategy<Value = Vec<Finding>> {
        let severity = prop_oneof![Just(Severity::Error), Just(Severity::Warning), Just(Severity::Advice)];
        let one = ("[ab]", "[xy]", severity, 0usize..3);
        let one = one.prop_map(|(rule, subject, severity, notes)| finding(&rule, &subject, severity, notes));
        prop::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn nothing_is_new_against_itself(findings in any_findings(), files in any::<bool>()) {
            let file = files.then_some("f");
            let known: Vec<Known> = findings.iter().map(|finding| known(finding, file)).collect();
            let mut rest = findings.clone();
            // Two findings of one subject and file do not come out of one review in different order.
            let (fixed, unchanged) = compare(&mut rest, &known, &nowhere(), |_| file.map(str::to_owned));
            prop_assert_eq!(rest, vec![]);
            prop_assert_eq!((fixed, unchanged), (vec![], findings.len()));
        }

        #[test]
        fn every_finding_is_new_or_unchanged_and_all_known_is_gone_without_any(
            findings in any_findings(), before in any_findings()
        ) {
            let known: Vec<Known> = before.iter().map(|finding| known(finding, None)).collect();
            let mut rest = findings.clone();
            let (_, unchanged) = compare(&mut rest, &known, &nowhere(), |_| None);
            prop_assert_eq!(rest.len() + unchanged, findings.len());
            let (fixed, _) = compare(&mut Vec::new(), &known, &nowhere(), |_| None);
            let all: usize = before.iter().map(Finding::count).sum();
            prop_assert_eq!(fixed.iter().map(|fixed| fixed.count).sum::<usize>(), all);
        }
    }
}
