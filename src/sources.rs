//! The text of every file of a review, in one offset space.
//!
//! A [`Span`] is two byte offsets and nothing else: files are laid end to end, so a span alone says which file it is
//! in, and one diagnostic can point into several.

use std::fmt;
use std::ops::Range;

/// A half-open range of bytes in the offset space that all files of one review share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "a span ends after it starts");
        Self { start, end }
    }

    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A place as people and editors count: line and column from 1, columns in Unicode scalar values, offset in bytes
/// from the start of the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    pub offset: usize,
}

/// One file: its name as the user would type it, its text, and where it lies in the shared offset space.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    /// Where the file lies in its repository, if that is not its name.
    path_in_repository: Option<String>,
    text: String,
    base: u32,
    /// Byte offset, within this file, of the first byte of each line.
    line_starts: Vec<u32>,
    /// What nobody may see, as bytes of this file, sorted.
    concealed: Vec<Range<usize>>,
}

impl Source {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As other programs know the file: from the root of its repository, with forward slashes.
    pub fn path_in_repository(&self) -> &str {
        self.path_in_repository.as_deref().unwrap_or(&self.name)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The span of the whole file.
    pub fn span(&self) -> Span {
        let length = u32::try_from(self.text.len()).expect("checked when the file was added");
        Span::new(self.base, self.base + length)
    }

    /// Offset of the file's first byte in the shared space.
    pub fn base(&self) -> u32 {
        self.base
    }

    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// The 0-based line that holds a byte of this file.
    pub fn line_of(&self, offset_in_file: usize) -> usize {
        self.line_starts.partition_point(|start| *start as usize <= offset_in_file) - 1
    }

    /// Byte offset, within this file, at which a 0-based line starts; the end of the file for a line past the last.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line).map_or(self.text.len(), |start| *start as usize)
    }

    /// The text of a 0-based line without its line break.
    pub fn line_text(&self, line: usize) -> &str {
        self.text[self.line_start(line)..self.line_start(line + 1)].trim_end_matches(['\n', '\r'])
    }

    /// What is concealed of a 0-based line, as bytes of the line's text.
    pub fn concealed_in(&self, line: usize) -> impl Iterator<Item = Range<usize>> {
        let start = self.line_start(line);
        let end = start + self.line_text(line).len();
        let first = self.concealed.partition_point(|range| range.end <= start);
        let ranges = self.concealed[first..].iter().take_while(move |range| range.start < end);
        ranges.map(move |range| range.start.max(start) - start..range.end.min(end) - start)
    }

    fn position(&self, offset_in_file: usize) -> Position {
        let line = self.line_of(offset_in_file);
        let start = self.line_start(line);
        Position {
            line: line + 1,
            column: self.text[start..offset_in_file].chars().count() + 1,
            offset: offset_in_file,
        }
    }
}

/// Names one file of a [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(usize);

/// Every file of one review.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// All files together are larger than the offset space.
#[derive(Debug, thiserror::Error)]
#[error("the files of one review are larger than 4 GiB together")]
pub struct TooLarge;

impl Sources {
    /// Adds a file and says where it lies. A byte-order mark stays in the text; the parser skips it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> Result<SourceId, TooLarge> {
        let (name, text) = (name.into(), text.into());
        // One byte between files keeps the end of one apart from the start of the next.
        let base = self.files.last().map_or(0, |last| u64::from(last.span().end) + 1);
        let end = base + text.len() as u64;
        if end >= u64::from(u32::MAX) {
            return Err(TooLarge);
        }
        let base = u32::try_from(base).map_err(|_| TooLarge)?;
        // Not byte by byte: this searches a word at a time.
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .map(|at| u32::try_from(at).expect("bounded by the check above"))
            .collect();
        self.files.push(Source { name, path_in_repository: None, text, base, line_starts, concealed: Vec::new() });
        Ok(SourceId(self.files.len() - 1))
    }

    /// Says where files lie in their repository, by name.
    pub fn locate(&mut self, mut path_in_repository: impl FnMut(&str) -> Option<String>) {
        for file in &mut self.files {
            file.path_in_repository = path_in_repository(&file.name);
        }
    }

    /// No report shows what these spans cover: they may be secrets.
    pub fn conceal(&mut self, spans: impl IntoIterator<Item = Span>) {
        for span in spans {
            let index = self.files.partition_point(|file| file.base <= span.start).saturating_sub(1);
            if let Some(file) = self.files.get_mut(index) {
                file.concealed.push((span.start - file.base) as usize..(span.end - file.base) as usize);
            }
        }
        for file in &mut self.files {
            file.concealed.sort_by_key(|range| (range.start, range.end));
            file.concealed.dedup_by(|later, earlier| {
                let joined = later.start <= earlier.end;
                earlier.end = if joined { earlier.end.max(later.end) } else { earlier.end };
                joined
            });
        }
    }

    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[id.0]
    }

    /// The file added last.
    pub fn last(&self) -> Option<SourceId> {
        self.files.len().checked_sub(1).map(SourceId)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The file that holds a span.
    pub fn file_of(&self, span: Span) -> &Source {
        let index = self.files.partition_point(|file| file.base <= span.start);
        &self.files[index.saturating_sub(1)]
    }

    /// The text a span covers.
    pub fn text(&self, span: Span) -> &str {
        let file = self.file_of(span);
        &file.text[(span.start - file.base) as usize..(span.end - file.base) as usize]
    }

    /// Where a span starts and ends, for a reader.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let file = self.file_of(span);
        (file.position((span.start - file.base) as usize), file.position((span.end - file.base) as usize))
    }

    /// `file:line:column` of a span's start.
    pub fn place(&self, span: Span) -> String {
        let start = self.positions(span).0;
        format!("{}:{}:{}", self.file_of(span).name, start.line, start.column)
    }
}
