//! Patterns of paths: `*` and `?` within a name, `**` for any number of folders.

/// A pattern, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Glob {
    segments: Vec<String>,
    only_folders: bool,
}

impl Glob {
    /// Reads a pattern, or says what is wrong with it.
    pub(super) fn parse(pattern: &str) -> Result<Self, &'static str> {
        let body = pattern.trim();
        if body.starts_with('!') {
            return Err("what is excluded cannot be taken back");
        }
        if body.contains('\\') {
            return Err("folders are separated by `/`");
        }
        let only_folders = body.ends_with('/');
        let body = body.trim_end_matches('/');
        let is_anchored = body.contains('/');
        let segments = body.split('/').filter(|segment| !segment.is_empty() && *segment != ".").map(str::to_owned);
        let mut segments: Vec<String> = segments.collect();
        if segments.is_empty() {
            return Err("it names nothing");
        }
        if segments.iter().any(|segment| segment == "..") {
            return Err("it leads out of the folder of this file");
        }
        if !is_anchored {
            segments.insert(0, "**".to_owned());
        }
        Ok(Self { segments, only_folders })
    }

    /// Whether a path, seen from the folder of the pattern, matches as a whole.
    pub(super) fn matches(&self, path: &[&str], is_folder: bool) -> bool {
        if self.only_folders && !is_folder {
            return false;
        }
        let same = |pattern: &String, name: &&str| {
            let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            wildcard(&pattern, &name, |one| *one == '*', |one, char| *one == '?' || one == char)
        };
        wildcard(&self.segments, path, |segment| segment == "**", same)
    }
}

/// Matches with one kind of wildcard that stands for any number of items, in time of the product of the lengths.
fn wildcard<P, T>(pattern: &[P], items: &[T], is_any: impl Fn(&P) -> bool, fits: impl Fn(&P, &T) -> bool) -> bool {
    let (mut at, mut item) = (0, 0);
    // The last wildcard and the item up to which it reaches.
    let mut back: Option<(usize, usize)> = None;
    while item < items.len() {
        match pattern.get(at) {
            Some(part) if is_any(part) => {
                back = Some((at, item));
                at += 1;
            }
            Some(part) if fits(part, &items[item]) => {
                at += 1;
                item += 1;
            }
            _ => {
                let Some((wildcard, reached)) = back else { return false };
                back = Some((wildcard, reached + 1));
                at = wildcard + 1;
                item = reached + 1;
            }
        }
    }
    pattern[at..].iter().all(is_any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let names: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        Glob::parse(pattern).unwrap().matches(&names, path.ends_with('/'))
    }

    #[test]
    fn patterns_match_as_people_expect() {
        for (pattern, path, expected) in [
            ("vendor", "vendor/", true),
            ("vendor", "a/b/vendor/", true),
            ("vendor", "vendors/", false),
            ("/vendor", "a/vendor/", false),
            ("./vendor", "vendor/", true),
            ("vendor/", "vendor", false),
            ("a/b", "a/b/", true),
            ("a/b", "x/a/b/", false),
            ("a/**", "a/b/c.arch.yaml", true),
            ("**/old", "a/b/old/", true),
            ("**/old", "old/", true),
            ("a/**/old", "a/old/", true),
            ("a/**/old", "a/b/c/old/", true),
            ("a/**/old", "b/old/", false),
            ("*.draft.arch.yaml", "x/y/shop.draft.arch.yaml", true),
            ("a/*", "a/b/c", false),
            ("sh?p*", "shop.arch.yaml", true),
            ("[a]", "[a]/", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        for pattern in ["", "/", "!a", "../a", "a/../b", "a\\b", " "] {
            assert!(Glob::parse(pattern).is_err(), "{pattern}");
        }
    }

    /// The definition, without looking back only to the last wildcard.
    fn by_the_book(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| by_the_book(rest, &text[skip..])),
            Some((one, rest)) => {
                text.split_first().is_some_and(|(first, text)| (*one == '?' || one == first) && by_the_book(rest, text))
            }
        }
    }

    proptest! {
        #[test]
        fn a_wildcard_stands_for_any_text(pattern in "[ab*?]{1,8}", text in "[ab]{1,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            // Two stars in a row are a folder wildcard when alone, and a name of their own otherwise.
            prop_assume!(pattern != "**");
            prop_assert_eq!(matches(&format!("/{pattern}"), &text), by_the_book(&chars(&pattern), &chars(&text)));
        }
    }
}
