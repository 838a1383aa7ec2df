//! Arguments in, exit status out: one file per command.
//!
//! Findings go to standard output, everything else to standard error. The status is 0 (nothing at or above
//! `--fail-on`, or the question was answered), 1 (findings) or 2 (could not review).

mod buffer;
mod change;
mod check;
mod checklist;
mod configured;
mod completions;
mod diff;
mod explain;
mod fail;
mod graph;
mod init;
mod input;
mod judging;
mod mend;
mod output;
mod relations;
mod rules;
mod schema;
mod show_settings;
mod terminal;

use clap::{Parser, Subcommand, ValueEnum};
use std::io::{self, Write};
use std::process::ExitCode;

/// Nothing at or above `--fail-on`, or the question was answered.
const OK: u8 = 0;
/// Findings.
const FOUND: u8 = 1;
/// Bad usage, unreadable or invalid input, a bad rule.
const COULD_NOT_REVIEW: u8 = 2;

/// Works out what breaks when each part of an architecture fails, and reviews the design.
#[derive(Debug, Parser)]
#[command(name = "premortem", version, propagate_version = true, disable_help_subcommand = true, max_term_width = 100)]
#[command(after_help = "Exit status: 0 nothing found, 1 findings, 2 could not review.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// When to use colour and links. `NO_COLOR` and `FORCE_COLOR` are obeyed.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Review designs and print what is wrong with them.
    Check(check::Check),
    /// Answer what breaks when something fails.
    Fail(fail::Fail),
    /// Ask what only people can decide, with the answers the design already gives.
    Checklist(checklist::Checklist),
    /// Say what a change makes worse or better.
    Diff(diff::Diff),
    /// Draw the design, and what a failure does to it.
    Graph(graph::Graph),
    /// Say everything about a rule, or everything known about a component.
    Explain(explain::Explain),
    /// List the rules, or run their examples.
    Rules(rules::Rules),
    /// Print the tables of facts that rules can ask about.
    Relations(relations::Relations),
    /// Print a JSON Schema.
    Schema(schema::SchemaCommand),
    /// Write a small design to start from.
    Init(init::Init),
    /// Print a completion script for a shell.
    Completions(completions::Completions),
}

/// Why a command could not do its work; printed as is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Discover(#[from] premortem::discover::DiscoverError),
    #[error(transparent)]
    Git(#[from] premortem::discover::GitError),
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
}

/// Runs the command line of this process.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers; everything else is bad usage.
            let status = if error.use_stderr() { COULD_NOT_REVIEW } else { OK };
            return match error.print() {
                Ok(()) => status.into(),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => OK.into(),
                Err(_) => COULD_NOT_REVIEW.into(),
            };
        }
    };
    share_work();
    let terminal = terminal::Terminal::new(arguments.color);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let result = match &arguments.command {
        Command::Check(command) => command.run(&terminal, &mut out),
        Command::Fail(command) => command.run(&terminal, &mut out),
        Command::Checklist(command) => command.run(&terminal, &mut out),
        Command::Diff(command) => command.run(&terminal, &mut out),
        Command::Graph(command) => command.run(&terminal, &mut out),
        Command::Explain(command) => command.run(&terminal, &mut out),
        Command::Rules(command) => command.run(&terminal, &mut out),
        Command::Relations(command) => command.run(&mut out),
        Command::Schema(command) => command.run(&mut out),
        Command::Init(command) => command.run(&mut out),
        Command::Completions(command) => command.run::<Arguments>(&mut out),
    };
    let result = result.and_then(|status| out.flush().map(|()| status).map_err(Failure::from));
    match result {
        Ok(status) => status.into(),
        // Whoever reads has seen enough.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => OK.into(),
        Err(failure) => {
            let shown = writeln!(io::stderr(), "error: {failure}");
            // Nobody is left to tell.
            drop(shown);
            COULD_NOT_REVIEW.into()
        }
    }
}

/// More threads than this have nothing to do.
const MOST_THREADS: usize = 8;

/// The main thread works like the others: one less to start and to wake, and its memory grows in larger steps.
fn share_work() {
    let mut pool = rayon::ThreadPoolBuilder::new().use_current_thread();
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        pool = pool.num_threads(cores.min(MOST_THREADS));
    }
    // A process that cannot have threads works alone.
    let _ = pool.build_global();
}
