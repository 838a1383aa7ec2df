//! What editors are told to look for, against what is printed.

use crate::{BINARY, BROKEN, FLAWED, installed, root};
use std::fs;
use std::process::Command;

/// What each problem matcher of a task finds in a text, by the engine that VS Code uses.
const MATCH: &str = r#"
const tasks = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).tasks;
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter((line) => line);
const found = tasks.map((task) => [task.problemMatcher].flat().flatMap((matcher) => lines.flatMap((line) => {
  const [pattern] = matcher.pattern;
  const match = line.match(new RegExp(pattern.regexp));
  if (!match) return [];
  const part = (name) => (pattern[name] ? match[pattern[name]] : undefined);
  return [{ file: part("file"), line: Number(part("line")), column: Number(part("column")),
    severity: part("severity") ?? matcher.severity, code: part("code"), message: part("message") }];
})));
console.log(JSON.stringify({ lines: lines.length, found }));
"#;

#[test]
fn the_tasks_of_vs_code_match_what_is_printed() {
    let tasks = root().join("editors/vscode/tasks.json");
    let parsed: serde_json::Value = serde_json::from_str(&fs::read_to_string(&tasks).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(folder.path().join("a/shop it.arch.yaml"), FLAWED).unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("b/broken.arch.yaml"), BROKEN).unwrap();
    for (index, task) in parsed["tasks"].as_array().unwrap().iter().enumerate() {
        let arguments: Vec<&str> = task["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
        let run =
            |arguments: &[&str]| Command::new(BINARY).args(arguments).current_dir(folder.path()).output().unwrap();
        let printed = run(&arguments);
        let json = run(&["check", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        if !installed("node", "the problem matchers") {
            return;
        }
        let file = folder.path().join("printed");
        fs::write(&file, &printed.stdout).unwrap();
        let mut node = Command::new("node");
        node.args(["-e", MATCH]).arg(&tasks).stdin(fs::File::open(file).unwrap());
        let matched: serde_json::Value = serde_json::from_slice(&node.output().unwrap().stdout).unwrap();
        let found = matched["found"][index].as_array().unwrap();
        let findings = json["findings"].as_array().unwrap();
        let all = findings.iter().chain(json["problems"].as_array().unwrap());
        let expected = all.filter(|entry| index == 1 || entry["severity"] != "advice");
        let mut count = 0;
        for entry in expected {
            let label = &entry["labels"][0];
            let code = entry.get("rule").or(entry.get("code")).unwrap();
            let severity = if entry["severity"] == "advice" { "info" } else { entry["severity"].as_str().unwrap() };
            let same = |match_: &&serde_json::Value| {
                match_["file"] == label["file"]
                    && match_["line"] == label["start"]["line"]
                    && match_["column"] == label["start"]["column"]
                    && (match_["severity"].as_str(), &match_["code"], &match_["message"])
                        == (Some(severity), code, &entry["message"])
            };
            assert!(found.iter().any(|match_| same(&match_)), "{entry:#}\n{found:#?}");
            count += 1;
        }
        assert_eq!(found.len(), count, "{found:#?}");
        assert!(count > 2, "{found:#?}");
    }
}
