//! The rules of the house that a compiler does not know.

use std::collections::BTreeSet;

use toile_tidy::files::{SourceFile, below, is_shipped, repository};
use toile_tidy::functions::functions;
use toile_tidy::imports::{circles, imports};
use toile_tidy::tokens::tokens;

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;

fn rust() -> Vec<SourceFile> {
    let files = below("crates", &[".rs"]);
    assert!(files.len() > 200, "only {} files were read", files.len());
    files
}

/// Fails with all that was found.
#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn no_function_needs_a_second_screen() {
    let mut long = Vec::new();
    // A test's table of cases may be long.
    for file in rust().into_iter().filter(|file| is_shipped(&file.path)) {
        for function in functions(&tokens(&file.text)) {
            if function.lines > FUNCTION_LINES_MAX {
                long.push(format!(
                    "{}:{} {} has {} lines",
                    file.path, function.line, function.name, function.lines
                ));
            }
        }
    }
    none("functions that are too long", &long);
}

#[test]
fn no_file_needs_a_table_of_contents() {
    let long = rust().into_iter().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{} has {lines} lines", file.path))
    });
    none("files that are too long", &long.collect::<Vec<_>>());
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    let outside = rust().into_iter().filter(|file| !file.path.starts_with("crates/toile-kernels/"));
    let mut found = Vec::new();
    for file in outside {
        let lines = tokens(&file.text).into_iter().filter(|token| token.text == "unsafe");
        found.extend(lines.map(|token| format!("{}:{}", file.path, token.line)));
    }
    none("unsafe code outside toile-kernels", &found);
}

#[test]
fn every_safety_comment_names_who_guarantees_what() {
    let mut found = Vec::new();
    for file in rust() {
        for (index, line) in file.text.lines().enumerate() {
            let Some((_, said)) = line.split_once("SAFETY:") else { continue };
            let said = said.trim();
            // Who and what take five words.
            let few = said.split_whitespace().count() < 5;
            if few || said.starts_with("as above") || said.starts_with("as before") {
                found.push(format!("{}:{} SAFETY: {said}", file.path, index + 1));
            }
        }
    }
    none("SAFETY comments that name nobody", &found);
}

#[test]
fn every_file_is_part_of_a_crate() {
    let files = rust();
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for file in &files {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let name = &file.path[folder.len() + 1..file.path.len() - 3];
        let is_root = ["mod", "lib", "main"].contains(&name) || is_target(&file.path);
        let children = if is_root { folder.to_owned() } else { format!("{folder}/{name}") };
        for declared in tokens(&file.text).windows(3) {
            if declared[0].text == "mod" && declared[2].text == ";" {
                let child = declared[1].text;
                for path in [format!("{children}/{child}.rs"), format!("{children}/{child}/mod.rs")] {
                    if paths.contains(path.as_str()) {
                        reached.insert(path);
                    }
                }
            }
        }
    }
    let dead = paths.iter().filter(|path| !reached.contains(**path) && !is_target(path));
    none("files that no module declares", &dead.map(|path| (*path).to_owned()).collect::<Vec<_>>());
}

/// Whether Cargo compiles it as a target of its own.
fn is_target(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let [kind, rest @ ..] = &parts[2..] else { return false };
    match rest {
        [] => *kind == "build.rs",
        ["lib.rs" | "main.rs"] if *kind == "src" => true,
        [_] | [_, "main.rs"] => ["tests", "benches", "examples"].contains(kind),
        _ => false,
    }
}

#[test]
fn every_unit_test_is_run() {
    // A crate whose manifest says `test = false` of its library builds no test of the files below `src`.
    let manifests = below("crates", &["Cargo.toml"]);
    let without = manifests.iter().filter(|file| {
        let library = file.text.split("\n[").find(|table| table.starts_with("lib]"));
        library.is_some_and(|table| table.lines().any(|line| line.trim() == "test = false"))
    });
    let sources: Vec<String> = without.map(|file| file.path.replace("Cargo.toml", "src/")).collect();
    assert!(!sources.is_empty(), "no manifest says it any more: this rule can go");
    let mut found = Vec::new();
    for file in rust() {
        if sources.iter().any(|source| file.path.starts_with(source.as_str())) {
            let lines = file.text.lines().enumerate().filter(|(_, line)| line.trim() == "#[test]");
            found.extend(lines.map(|(index, _)| format!("{}:{}", file.path, index + 1)));
        }
    }
    none("tests that no test binary holds", &found);
}

#[test]
fn a_build_without_the_network_needs_no_c_compiler() {
    let cargo = std::env::var_os("CARGO").expect("cargo runs its tests");
    let asked =
        ["tree", "--offline", "--package", "toile-cli", "--edges", "normal,build", "--prefix", "none"];
    let tree = |more: &[&str]| -> BTreeSet<String> {
        let mut command = std::process::Command::new(&cargo);
        let output = command.args(asked).args(more).current_dir(repository()).output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
    };
    // `cc` is how a build script calls the compiler.
    assert!(tree(&[]).contains("cc"), "the build with the network needs none any more: say so in the README");
    assert!(!tree(&["--no-default-features"]).contains("cc"));
}

#[test]
fn no_golden_file_is_left_behind() {
    let code: String = rust().into_iter().map(|file| file.text).collect();
    let mut left = Vec::new();
    for file in below("crates", &[".txt", ".html", ".svg", ".json", ".csv", ".md"]) {
        if file.path.contains("/tests/golden/") {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let stem = name.split('.').next().unwrap_or_default();
            // Some names are put together: the longest part of the stem has to stand somewhere.
            let part = stem.split('-').max_by_key(|part| part.len()).unwrap_or(stem);
            if !code.contains(name) && !code.contains(stem) && !code.contains(part) {
                left.push(file.path);
            }
        }
    }
    none("golden files that no test reads", &left);
}

/// (word, where it may stand, why it may not elsewhere).
const WORDS: [(&str, &[&str], &str); 12] = [
    ("todo!(", &[], "nothing unfinished is called done"),
    ("unimplemented!(", &[], "nothing unfinished is called done"),
    ("dbg!(", &[], "nothing is left from looking for a fault"),
    ("FIXME", &[], "what is known to be wrong is mended or an issue"),
    ("#[ignore]", &[], "a test that is left out says why: #[ignore = \"...\"]"),
    ("println!(", &["crates/toile-cli/", "/examples/", "/tests/", "/benches/"], "libraries never print"),
    (
        "std::process::exit",
        &["crates/toile-cli/src/", "/examples/", "/tests/"],
        "only the program ends itself",
    ),
    (
        "mul_add(",
        &["crates/toile-kernels/", "/tests/"],
        "outside a function with the fma feature it calls libm",
    ),
    ("TOILE_BLESS", &["crates/toile-testing/"], "toile_testing::check_kept is the one way to bless"),
    ("fs::read(", &["crates/toile-store/src/file.rs", DATA, TESTS], READERS),
    (
        "read_to_string(",
        &[
            // What the system itself says.
            "crates/toile-cli/src/stop.rs",
            "crates/toile-store/src/claims/process.rs",
            "crates/toile-study/src/memory/limit.rs",
            "crates/toile-study/src/run/receipt.rs",
            // A token may come through a pipe.
            "crates/toile-cli/src/commands/serve/server.rs",
            "crates/toile-testing/",
            "/examples/",
            DATA,
            TESTS,
        ],
        READERS,
    ),
    (
        "File::open(",
        &[
            "crates/toile-store/src/",
            // A study file, once it is known to be a file.
            "crates/toile-study/src/study_file/mod.rs",
            // A folder, to be locked.
            "crates/toile-study/src/evidence/looks.rs",
            "crates/toile-picture/src/read.rs",
            DATA,
            TESTS,
        ],
        READERS,
    ),
];

/// Reads what people say their images are, with checks of its own.
const DATA: &str = "crates/toile-data/src/";
const READERS: &str = "a pipe would be waited for, and nothing bounds the bytes: toile_store::file reads";
/// Everything that is a test: also the module at the end of a file.
const TESTS: &str = "/tests";

#[test]
fn words_that_must_not_occur() {
    let mut found = Vec::new();
    for file in rust().into_iter().filter(|file| !file.path.starts_with("crates/toile-tidy/")) {
        for (word, allowed, why) in WORDS {
            if allowed.iter().any(|place| file.path.contains(place)) {
                continue;
            }
            let in_tests = allowed.contains(&TESTS);
            let own = file.text.lines().take_while(|line| !in_tests || !line.starts_with("mod tests {"));
            let is_code = |line: &str| !line.trim_start().starts_with("//");
            let lines = own.enumerate().filter(|(_, line)| is_code(line) && line.contains(word));
            found.extend(lines.map(|(index, _)| format!("{}:{} {word}: {why}", file.path, index + 1)));
        }
    }
    none("words that must not occur", &found);
}

#[test]
fn kernels_do_not_import_from_their_facade() {
    let files: Vec<SourceFile> = rust().into_iter().filter(|file| is_shipped(&file.path)).collect();
    let mut found = Vec::new();
    for (from, to) in imports("crates/toile-kernels", &files) {
        // What `src/conv2d/direct.rs` must not know is `src/conv2d/mod.rs`, and of deeper files every one above.
        let above = |to: &&String| to.strip_suffix("mod.rs").is_some_and(|folder| from.starts_with(folder));
        for (to, names) in to.iter().filter(|(to, _)| **to != from).filter(|(to, _)| above(to)) {
            found.push(format!(
                "{from} takes {} from {to}",
                names.iter().cloned().collect::<Vec<_>>().join(", ")
            ));
        }
    }
    none("kernels that import from their façade", &found);
}

#[test]
fn circles_between_files_are_known() {
    let files: Vec<SourceFile> = rust().into_iter().filter(|file| is_shipped(&file.path)).collect();
    let folders: BTreeSet<String> =
        files.iter().map(|file| file.path.split('/').take(3).collect::<Vec<_>>().join("/")).collect();
    let page = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("the page is there");
    let mut found = Vec::new();
    let mut count = 0;
    for folder in &folders {
        let imports = imports(folder, &files);
        for circle in circles(&imports) {
            count += 1;
            // A circle may be there if the page names every file of it and says why.
            if circle.iter().all(|file| page.contains(file.as_str())) {
                continue;
            }
            let mut text = format!("{} files", circle.len());
            for (from, to) in imports.iter().filter(|(from, _)| circle.contains(from)) {
                for (to, names) in to.iter().filter(|(to, _)| circle.contains(to)) {
                    let names = names.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
                    text += &format!("\n    {from} -> {to}: {names}");
                }
            }
            found.push(text);
        }
    }
    none("circles between files that ARCHITECTURE.md does not name", &found);
    assert!(count <= 2, "{count} circles between files; two are the most");
}
