//! `--fix` and `--diff`: what can be written into the files without deciding anything.

use super::output::{tell, write_file};
use super::{FOUND, Failure, OK};
use clap::Args;
use premortem::edit::{Mended, Wish, mend, safe_wishes};
use premortem::parse::Limits;
use premortem::report;
use premortem::review::Review;
use premortem::sources::Source;
use std::io::Write;
use std::path::Path;

#[derive(Debug, Clone, Args)]
pub(crate) struct MendFlags {
    /// Declare what nobody described open (`todo`), and check again.
    #[arg(long, conflicts_with = "diff")]
    fix: bool,

    /// Print what `--fix` would change, and change nothing.
    #[arg(long)]
    diff: bool,
}

/// How a command goes on.
pub(crate) enum After {
    Done(u8),
    /// The files have changed.
    Review,
}

impl MendFlags {
    pub(crate) fn are_given(&self) -> bool {
        self.fix || self.diff
    }

    /// Mends the files of a review, or prints how. Standard output is for the diff, standard error for what was done.
    pub(crate) fn run(
        &self,
        review: &Review,
        limits: &Limits,
        reviewed_disk: bool,
        out: &mut dyn Write,
    ) -> Result<After, Failure> {
        if self.fix && !reviewed_disk {
            return Err(Failure::Usage("`--fix` cannot write to standard input: use `--diff`".to_owned()));
        }
        let mut changes = false;
        for (base, wishes) in safe_wishes(review, limits) {
            let Some(file) = review.sources.iter().find(|file| file.base() == base) else { continue };
            match mend(file.text(), &wishes, limits) {
                Ok(mended) if mended.made.is_empty() => {}
                Ok(mended) => {
                    changes = true;
                    if self.diff {
                        out.write_all(report::diff(file.name(), file.text(), &mended.text).as_bytes())?;
                    } else {
                        save(file, &mended)?;
                    }
                }
                Err(refused) => tell(&format!("Left `{}` as it is: {refused}", file.name())),
            }
        }
        if self.fix {
            return Ok(After::Review);
        }
        Ok(After::Done(if changes { FOUND } else { OK }))
    }
}

/// Writes the whole file or nothing, and not over what somebody has written meanwhile.
fn save(file: &Source, mended: &Mended) -> Result<(), Failure> {
    let path = Path::new(file.name());
    let cannot = |why: String| Failure::Usage(format!("cannot change `{}`: {why}", file.name()));
    let there = std::fs::read(path).map_err(|error| cannot(error.to_string()))?;
    if there != file.text().as_bytes() {
        return Err(cannot("it is not in UTF-8, or has just been changed".to_owned()));
    }
    let permissions = std::fs::metadata(path).map_err(|error| cannot(error.to_string()))?.permissions();
    write_file(path, |out| out.write_all(mended.text.as_bytes())).map_err(|error| cannot(error.to_string()))?;
    std::fs::set_permissions(path, permissions).map_err(|error| cannot(error.to_string()))?;
    for wish in &mended.made {
        tell(&format!("Wrote `{}` for `{}` in {}", written(wish), wish.slot, file.name()));
    }
    Ok(())
}

fn written(wish: &Wish) -> String {
    format!("{}: {}", wish.keys.join("."), wish.value)
}
