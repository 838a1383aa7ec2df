use premortem::parse::{Limits, parse};
use premortem::sources::Sources;
use std::path::PathBuf;
#[test]
fn corpus() {
    let mut stack = vec![PathBuf::from("../shared/corpus")];
    let mut n = 0;
    while let Some(p) = stack.pop() {
        if p.is_dir() {
            let mut v: Vec<_> = std::fs::read_dir(&p).unwrap().map(|e| e.unwrap().path()).collect();
            v.sort();
            v.reverse();
            stack.extend(v);
            continue;
        }
        if !matches!(p.extension().and_then(|e| e.to_str()), Some("yaml" | "yml" | "json" | "tpl")) {
            continue;
        }
        n += 1;
        let bytes = std::fs::read(&p).unwrap();
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, p.to_str().unwrap(), &bytes, &Limits::default());
        for problem in &parsed.problems {
            println!(
                "{}: {} {} [{}] {:?} docs {}",
                sources.place(problem.primary()),
                problem.code,
                problem.message,
                sources.text(problem.primary()),
                problem.help,
                parsed.tree.documents().count()
            );
        }
    }
    println!("{n} files");
}
