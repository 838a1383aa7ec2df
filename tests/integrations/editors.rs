//! What editors are told to look for, against what is printed.

use crate::{BINARY, BROKEN, FLAWED, folder_of_binary, installed, path_with, root};
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

/// Prints what Neovim holds of a buffer once it is there: line, columns, severity, rule and the marked text.
const SHOW: &str = r#"
vim.cmd("edit! " .. vim.fn.fnameescape(vim.env.DESIGN))
vim.wait(10000, function() return #vim.diagnostic.get(0) > 0 end, 20)
if vim.env.TYPED then
  vim.api.nvim_buf_set_lines(0, 0, 0, true, { vim.env.TYPED })
  vim.cmd("doautocmd InsertLeave")
  local shifted = function() return vim.diagnostic.get(0)[1].code == "unknown-key" end
  vim.wait(10000, shifted, 20)
end
for _, found in ipairs(vim.diagnostic.get(0)) do
  local line = vim.api.nvim_buf_get_lines(0, found.lnum, found.lnum + 1, true)[1]
  local marked = line:sub(found.col + 1, found.end_col)
  io.stdout:write(table.concat({ found.lnum + 1, found.severity, found.code, marked, found.message }, "|"), "\n")
end
vim.cmd("qa!")
"#;

#[test]
fn neovim_shows_findings_where_they_are() {
    if !installed("nvim", "the configuration of Neovim") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Bytes and characters differ on the line of the call.
    let shop =
        "components:\n  api: {x-note: \"ü日本\", uses: {pg: {timeout: none}}}\nflows: {use: {path: [api, pg]}}\n";
    fs::write(folder.path().join("shop it.arch.yaml"), shop).unwrap();
    fs::write(folder.path().join("store.arch.yaml"), "components: {pg: {kind: database, backup: none}}\n").unwrap();
    let show = folder.path().join("show.lua");
    fs::write(&show, SHOW).unwrap();
    let shown = |design: &str, typed: Option<&str>| -> Vec<String> {
        let mut nvim = Command::new("nvim");
        nvim.args(["--headless", "-u", "NONE", "-i", "NONE", "-n", "-c"]).arg("luafile show.lua");
        nvim.arg("--cmd").arg(format!("luafile {}", root().join("editors/neovim/premortem.lua").display()));
        nvim.current_dir(folder.path()).env("PATH", path_with(&[&folder_of_binary()])).env("DESIGN", design);
        let output = nvim.envs(typed.map(|typed| ("TYPED", typed))).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    };
    let shop = shown("shop it.arch.yaml", None);
    assert!(shop.iter().any(|line| line == "2|2|call-without-timeout|none|`api` waits for `pg` for ever"), "{shop:#?}");
    let store = shown("store.arch.yaml", None);
    assert!(store.iter().any(|line| line.starts_with("1|2|store-without-backup|none|")), "{store:#?}");
    assert!(!store.iter().any(|line| line.contains("call-without-timeout")), "each buffer shows its own: {store:#?}");
    let typed = shown("store.arch.yaml", Some("tpyed: 1"));
    assert!(typed.iter().any(|line| line.starts_with("1|1|unknown-key|tpyed|")), "the unsaved text: {typed:#?}");
}
