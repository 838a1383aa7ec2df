//! New, fixed, unchanged: the findings of a review against those that are known, by rule and subject.
//!
//! Neither lines nor files count, so that moving and reformatting a design changes nothing. What counts beside rule and
//! subject is how bad a finding is and how many things it says: a known warning that is now an error is new, and so is one
//! that now holds for a second reason.

use crate::finding::{Finding, Severity, Subject};
use std::collections::BTreeMap;

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
    /// Where it was, in the repository. Tells findings of the same rule about namesakes in several designs apart.
    pub file: Option<String>,
    pub message: Option<String>,
}

impl Known {
    /// A finding of an earlier review, in a file of the repository.
    pub fn of(finding: &Finding, file: &str) -> Self {
        Self {
            rule: finding.rule.clone(),
            subject: finding.subject.clone(),
            severity: finding.severity,
            count: finding.count(),
            file: Some(file.to_owned()),
            message: Some(finding.message.clone()),
        }
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
        1 + self.notes.iter().filter(|note| note.starts_with("also: ")).count()
    }
}

/// Takes what is known out of `findings`; what stays is new or worse. `file_of` is the file of a finding as
/// [`Known::file`] names it. Returns what is found no more, and how many findings were taken out.
pub fn compare(
    findings: &mut Vec<Finding>,
    known: &[Known],
    file_of: impl Fn(&Finding) -> Option<String>,
) -> (Vec<Fixed>, usize) {
    let mut groups: BTreeMap<(&str, &Subject), Group<'_>> = BTreeMap::new();
    for known in known {
        groups.entry((&known.rule, &known.subject)).or_default().known.push(known);
    }
    let mut verdicts: Vec<Verdict> = vec![Verdict::New; findings.len()];
    for (index, finding) in findings.iter().enumerate() {
        if let Some(group) = groups.get_mut(&(finding.rule.as_str(), &finding.subject)) {
            group.found.push(index);
        }
    }
    let mut fixed = Vec::new();
    for ((rule, subject), group) in groups {
        let left = group.judge(findings, &file_of, &mut verdicts);
        let told_elsewhere = |known: &Known| {
            let also = known.message.as_ref().map(|message| format!("also: {message}"));
            let mut same_subject = findings.iter().filter(|finding| finding.subject == *subject);
            also.is_some_and(|also| same_subject.any(|finding| finding.notes.contains(&also)))
        };
        let left: Vec<_> = left.into_iter().filter(|(known, _)| !told_elsewhere(known)).collect();
        fixed.extend(left.into_iter().map(|(known, count)| Fixed {
            rule: rule.to_owned(),
            subject: subject.clone(),
            message: known.message.clone(),
            count,
        }));
    }
    let before = findings.len();
    let mut verdicts = verdicts.into_iter();
    findings.retain_mut(|finding| match verdicts.next() {
        Some(Verdict::Same) => false,
        Some(Verdict::Worse(note)) => {
            finding.notes.push(note);
            true
        }
        Some(Verdict::New) | None => true,
    });
    (fixed, before - findings.len())
}

#[derive(Clone)]
enum Verdict {
    New,
    /// Known, but not like this.
    Worse(String),
    Same,
}

/// Everything of one rule about one subject.
#[derive(Default)]
struct Group<'k> {
    known: Vec<&'k Known>,
    /// Positions of findings.
    found: Vec<usize>,
}

impl<'k> Group<'k> {
    /// Pairs what lies in the same file first, then whatever is left. Returns what has no partner, and how many of it.
    fn judge(
        mut self,
        findings: &[Finding],
        file_of: &impl Fn(&Finding) -> Option<String>,
        verdicts: &mut [Verdict],
    ) -> Vec<(&'k Known, usize)> {
        let mut left = Vec::new();
        self.found.retain(|index| {
            let finding = &findings[*index];
            let file = file_of(finding);
            let partner = self.known.iter().position(|known| known.file.is_some() && known.file == file);
            let Some(partner) = partner else { return true };
            let known = self.known.remove(partner);
            verdicts[*index] = verdict(finding, known.severity, known.count);
            false
        });
        let mut found = self.found.into_iter();
        for known in self.known {
            let mut room = known.count;
            while room > 0 {
                let Some(index) = found.next() else { break };
                verdicts[index] = verdict(&findings[index], known.severity, room);
                room = room.saturating_sub(findings[index].count());
                if known.file.is_some() {
                    // One finding of a review is one finding, whatever it says.
                    room = 0;
                }
            }
            if room > 0 {
                left.push((known, if known.file.is_some() { 1 } else { room }));
            }
        }
        left
    }
}

/// Against something known of that severity that says so many things.
fn verdict(finding: &Finding, severity: Severity, count: usize) -> Verdict {
    // Severities are ordered worst first.
    if finding.severity < severity {
        let article = if severity == Severity::Warning { "a warning" } else { severity.name() };
        Verdict::Worse(format!("known as {article}, and worse than that"))
    } else if finding.count() > count {
        Verdict::Worse("known, and true in more ways than before".to_owned())
    } else {
        Verdict::Same
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
            why: String::new(),
            fix: String::new(),
            labels: vec![Label { span: Span::new(0, 1), text: "here".into() }],
            notes: (0..notes).map(|note| format!("also: {note}")).collect(),
            path: vec![],
            url: None,
            event: None,
            accepted: None,
            insertions: vec![],
            edits: vec![],
        }
    }

    fn known(finding: &Finding, file: Option<&str>) -> Known {
        Known {
            rule: finding.rule.clone(),
            subject: finding.subject.clone(),
            severity: finding.severity,
            count: finding.count(),
            file: file.map(str::to_owned),
            message: None,
        }
    }

    #[test]
    fn what_gets_worse_is_new() {
        let before = known(&finding("a", "x", Severity::Warning, 1), None);
        let verdict = |now: Finding| {
            let mut findings = vec![now];
            let (fixed, unchanged) = compare(&mut findings, std::slice::from_ref(&before), |_| None);
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
        assert_eq!(compare(&mut findings, &[shop], file_of), (vec![], 1));
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
            let (fixed, unchanged) = compare(&mut rest, &known, |_| file.map(str::to_owned));
            prop_assert_eq!(rest, vec![]);
            prop_assert_eq!((fixed, unchanged), (vec![], findings.len()));
        }

        #[test]
        fn every_finding_is_new_or_unchanged_and_all_known_is_gone_without_any(
            findings in any_findings(), before in any_findings()
        ) {
            let known: Vec<Known> = before.iter().map(|finding| known(finding, None)).collect();
            let mut rest = findings.clone();
            let (_, unchanged) = compare(&mut rest, &known, |_| None);
            prop_assert_eq!(rest.len() + unchanged, findings.len());
            let (fixed, _) = compare(&mut Vec::new(), &known, |_| None);
            let all: usize = before.iter().map(Finding::count).sum();
            prop_assert_eq!(fixed.iter().map(|fixed| fixed.count).sum::<usize>(), all);
        }
    }
}
