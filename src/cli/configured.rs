//! Designs judged, each by the configuration it is under.

use super::Failure;
use super::input::open_projects;
use super::judging::RuleFlags;
use premortem::analyse::Analysis;
use premortem::config::{ConfigId, Configs};
use premortem::discover::Project;
use premortem::finding::NotJudged;
use premortem::parse::Limits;
use premortem::read::vocabulary::Date;
use premortem::review::{Opened, Review, judge};
use premortem::rules::{Judges, ListedUse, Packs, Settings, settle};
use premortem::sources::Sources;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What judges: rules and settings for each configuration, made when the first design under it comes.
#[derive(Debug)]
pub(crate) struct Configured {
    configs: Configs,
    packs: Packs,
    flags: Settings,
    under: BTreeMap<ConfigId, Under>,
    /// The flags were checked on their own, for designs without a configuration.
    is_checked: bool,
}

/// What holds under one configuration.
#[derive(Debug)]
pub(crate) struct Under {
    /// If they are not those of every design.
    packs: Option<Packs>,
    pub(crate) settings: Settings,
    is_broken: bool,
    uses: Vec<ListedUse>,
}

impl Configured {
    /// Opens the designs under the given paths, and reads the rules and the configurations on the way.
    pub(crate) fn open(
        paths: &[PathBuf],
        rules: &RuleFlags,
        judges: Judges,
        limits: &Limits,
        review: &mut Review,
    ) -> Result<(Self, Vec<(Project, Opened)>), Failure> {
        Self::opened_by(paths, rules, judges, review, |configs, review| {
            open_projects(paths, configs, limits, &mut review.sources, &mut review.problems)
        })
    }

    /// As [`Configured::open`], with something else that opens the designs.
    pub(crate) fn opened_by(
        paths: &[PathBuf],
        rules: &RuleFlags,
        judges: Judges,
        review: &mut Review,
        open: impl FnOnce(&mut Configs, &mut Review) -> Result<Vec<(Project, Opened)>, Failure> + Send,
    ) -> Result<(Self, Vec<(Project, Opened)>), Failure> {
        let mut configs = rules.folders.config.configs(paths)?;
        // Reading the shipped rules takes as long as reading a design, and neither needs the other.
        let shipped = || match judges {
            Judges::Findings => Packs::shipped_without_questions(),
            Judges::Questions => Packs::shipped(),
        };
        let (opened, packs) = rayon::join(|| open(&mut configs, review), shipped);
        let configured = Self::with(configs, packs, rules, review)?;
        Ok((configured, opened?))
    }

    /// For designs that were opened elsewhere. Rules and configurations are read anew: their places lie in the sources of
    /// the review they are read for.
    pub(crate) fn anew(rules: &RuleFlags, review: &mut Review) -> Result<Self, Failure> {
        Self::with(rules.folders.config.configs(&[])?, Packs::shipped_without_questions(), rules, review)
    }

    fn with(configs: Configs, mut packs: Packs, rules: &RuleFlags, review: &mut Review) -> Result<Self, Failure> {
        rules.add_to(&mut packs, &mut review.sources, &mut review.problems);
        let flags = rules.settings(&mut review.sources)?;
        if flags.need_questions(&packs) {
            packs.read_questions();
        }
        Ok(Self { configs, packs, flags, under: BTreeMap::new(), is_checked: false })
    }

    pub(crate) fn today(&self) -> &Date {
        &self.flags.today
    }

    /// Lets the configurations of these designs accept what they accepted in another version; `read` gives the text of a
    /// file there. Everything else holds as it is.
    pub(crate) fn accept_as_in(
        &mut self,
        read: &dyn Fn(&Path) -> Option<Vec<u8>>,
        opened: &[(Project, Opened)],
        review: &mut Review,
    ) {
        for (project, _) in opened {
            self.config_of(project, review);
        }
        for (id, under) in &mut self.under {
            let config = self.configs.get(*id);
            let bytes = read(&config.path()).unwrap_or_default();
            under.settings.accept = config.accepted_in(&bytes, &mut review.sources);
        }
    }

    /// Judges every design by its configuration, then tells what configurations accept in vain. Gives back each design
    /// with the path that stands for it.
    pub(crate) fn judge_all(
        &mut self,
        opened: Vec<(Project, Opened)>,
        review: &mut Review,
    ) -> Vec<(PathBuf, Analysis)> {
        let mut designs = Vec::new();
        for (project, opened) in opened {
            let root = opened.root.clone();
            designs.extend(self.judge(&project, opened, review).map(|analysis| (root, analysis)));
        }
        // Those of folders without a design are only asked what to exclude.
        review.problems.extend(self.configs.take_problems());
        for (id, under) in &self.under {
            let packs = under.packs.as_ref().unwrap_or(&self.packs);
            review.findings.extend(settle(&under.settings, packs, &under.uses, self.configs.is_whole(*id)));
        }
        designs
    }

    fn judge(&mut self, project: &Project, opened: Opened, review: &mut Review) -> Option<Analysis> {
        let Some(id) = self.config_of(project, review) else {
            return judge(opened, &self.packs, &self.flags, review).analysis;
        };
        let config = self.configs.get(id);
        if let Some(fail_on) = &config.file.fail_on {
            let files = opened.files.iter().cloned().chain([PathBuf::from(&config.name)]);
            review.fail_on.extend(files.map(|file| (file, fail_on.value)));
        }
        let under = self.under.get_mut(&id)?;
        // By which rules to judge is not known.
        if under.is_broken {
            let what = format!("designs under `{}`", config.name);
            review.not_judged.push(NotJudged { what, why: "their configuration cannot be read".to_owned() });
            return None;
        }
        let reviewed = judge(opened, under.packs.as_ref().unwrap_or(&self.packs), &under.settings, review);
        if under.uses.is_empty() {
            under.uses = reviewed.listed;
        } else {
            under.uses.iter_mut().zip(&reviewed.listed).for_each(|(all, one)| all.join(one));
        }
        reviewed.analysis
    }

    /// The configuration of a project, ready.
    pub(crate) fn config_of(&mut self, project: &Project, review: &mut Review) -> Option<ConfigId> {
        let file = project.files.first().map_or(Path::new(""), PathBuf::as_path);
        let id = self.configs.of_file(file, &mut review.sources);
        review.problems.extend(self.configs.take_problems());
        let Some(id) = id else {
            if !self.is_checked {
                review.problems.extend(self.flags.problems(&self.packs));
            }
            self.is_checked = true;
            return None;
        };
        if !self.under.contains_key(&id) {
            let under = self.prepare(id, review);
            self.under.insert(id, under);
        }
        Some(id)
    }

    fn prepare(&self, id: ConfigId, review: &mut Review) -> Under {
        let config = self.configs.get(id);
        let settings = config.under(&self.flags);
        let needs_questions = settings.need_questions(&self.packs);
        let mut packs = None;
        if needs_questions || !config.file.rules.is_empty() {
            let mut own = self.packs.clone();
            review.problems.extend(config.add_rules(&mut own, &mut review.sources));
            if needs_questions {
                own.read_questions();
            }
            packs = Some(own);
        }
        // Told whether or not a design can be judged by them, and whether or not a flag goes before them.
        let known = packs.as_ref().unwrap_or(&self.packs);
        review.problems.extend(config.under(&Settings::new(self.flags.today.clone())).problems(known));
        review.problems.extend(self.flags.problems(known));
        Under { packs, settings, is_broken: config.is_broken, uses: Vec::new() }
    }

    /// The configuration, settings and rules of a project.
    pub(crate) fn holds_for(&self, id: Option<ConfigId>) -> (&Settings, &Packs) {
        let under = id.and_then(|id| self.under.get(&id));
        under.map_or((&self.flags, &self.packs), |under| (&under.settings, under.packs.as_ref().unwrap_or(&self.packs)))
    }

    pub(crate) fn configs(&self) -> &Configs {
        &self.configs
    }

    /// Every rule that judged.
    pub(crate) fn into_packs(self) -> Packs {
        let mut packs = self.packs;
        for under in self.under.values() {
            under.packs.iter().for_each(|own| packs.absorb(own));
        }
        packs
    }
}

/// Where a setting was written: a file with line and column, or the flag.
pub(crate) fn place(sources: &Sources, span: premortem::sources::Span) -> String {
    let name = sources.file_of(span).name();
    if name.starts_with("--") { name.to_owned() } else { sources.place(span) }
}
