//! Which file of a crate takes names from which other, and the circles among them.
//!
//! A path is followed to the file that defines what it names: a façade that only hands a name on (`pub use`) is
//! passed through, and is no importer of what it hands on. Test modules within a file are left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::SourceFile;
use crate::tokens::{Token, tokens};

/// File to file, with the names taken.
pub type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A module: its file, and what stands in it.
#[derive(Debug)]
struct Module {
    file: String,
    /// Names that it hands on, with the path that it has them from.
    handed_on: BTreeMap<String, Vec<String>>,
    /// Paths that its code names, from the crate's root.
    named: Vec<Vec<String>>,
}

/// The imports between the files of one crate, whose source lies in `folder` (`crates/toile-nn/src`).
pub fn imports(folder: &str, files: &[SourceFile]) -> Imports {
    let modules: BTreeMap<Vec<String>, Module> = files
        .iter()
        .filter(|file| file.path.starts_with(&format!("{folder}/")))
        .map(|file| {
            let path = module_path(&file.path[folder.len() + 1..]);
            let module = module(&path, file);
            (path, module)
        })
        .collect();
    let mut found = Imports::new();
    for module in modules.values() {
        for path in &module.named {
            let Some((file, name)) = definer(&modules, path, 0) else { continue };
            if file != module.file {
                let of_file = found.entry(module.file.clone()).or_default();
                of_file.entry(file.to_owned()).or_default().insert(name.to_owned());
            }
        }
    }
    found
}

/// Groups of files that import each other in a loop, each group in order.
pub fn circles(imports: &Imports) -> Vec<Vec<String>> {
    let files: BTreeSet<&String> = imports.iter().flat_map(|(from, to)| to.keys().chain([from])).collect();
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        files.iter().map(|file| (*file, reachable(imports, file))).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, theirs) in reached.iter().filter(|(file, theirs)| theirs.contains(*file)) {
        let members = theirs.iter().filter(|other| reached[**other].contains(file));
        circles.insert(members.map(|member| (*member).clone()).collect());
    }
    circles.into_iter().collect()
}

fn reachable<'a>(imports: &'a Imports, from: &String) -> BTreeSet<&'a String> {
    let mut found: BTreeSet<&String> = BTreeSet::new();
    let mut next: Vec<&String> = imports.get(from).into_iter().flat_map(BTreeMap::keys).collect();
    while let Some(file) = next.pop() {
        if found.insert(file) {
            next.extend(imports.get(file).into_iter().flat_map(BTreeMap::keys));
        }
    }
    found
}

/// `engine/stages/mod.rs` is `engine::stages`.
fn module_path(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut path: Vec<String> = stem.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        path.pop();
    }
    path
}

fn module(path: &[String], file: &SourceFile) -> Module {
    let code = file.text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
    let tokens = tokens(code);
    let mut module = Module { file: file.path.clone(), handed_on: BTreeMap::new(), named: Vec::new() };
    let children = children(&tokens);
    // Modules that are imported by name, as `use super::geometry;`: paths may begin with them.
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for child in children {
        let of_child = [path, std::slice::from_ref(&child)].concat();
        known.insert(child, of_child);
    }
    let mut index = 0;
    while index < tokens.len() {
        if tokens[index].text != "use" {
            index += 1;
            continue;
        }
        let is_public = index > 0 && is_public(&tokens[..index]);
        let end = index + tokens[index..].iter().position(|t| t.text == ";").unwrap_or(0);
        for (name, found) in leaves(&tokens[index + 1..end]) {
            let Some(absolute) = absolute(path, &found, &known) else { continue };
            if is_public {
                module.handed_on.insert(name, absolute);
            } else {
                known.insert(name, absolute.clone());
                module.named.push(absolute);
            }
        }
        index = end.max(index + 1);
    }
    inline(path, &tokens, &known, &mut module.named);
    module
}

/// Whether a `use` behind these tokens is `pub` or `pub(...)`.
fn is_public(before: &[Token<'_>]) -> bool {
    match before.last().map(|token| token.text) {
        Some("pub") => true,
        Some(")") => {
            let open = before.iter().rposition(|token| token.text == "(").unwrap_or(0);
            open > 0 && before[open - 1].text == "pub"
        }
        _ => false,
    }
}

/// Names of the modules that a file declares in files of their own.
fn children(tokens: &[Token<'_>]) -> Vec<String> {
    let declares = |triple: &[Token<'_>]| triple[0].text == "mod" && triple[2].text == ";";
    tokens.windows(3).filter(|triple| declares(triple)).map(|triple| triple[1].text.to_owned()).collect()
}

/// Each name that a `use` brings in, with its whole path.
fn leaves(tokens: &[Token<'_>]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut stack: Vec<usize> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut start = 0;
    let mut alias: Option<String> = None;
    let mut renaming = false;
    let mut leaf = |path: &mut Vec<String>, alias: &mut Option<String>, start: usize| {
        if path.len() > start {
            if path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let name = alias.take().or_else(|| path.last().cloned()).unwrap_or_default();
            found.push((name, path.clone()));
        }
        path.truncate(start);
    };
    for token in tokens {
        match token.text {
            "::" => {}
            "{" => {
                stack.push(start);
                start = path.len();
            }
            "," => leaf(&mut path, &mut alias, start),
            "}" => {
                leaf(&mut path, &mut alias, start);
                start = stack.pop().unwrap_or(0);
                path.truncate(start);
                // What is left of the path was the braces' own.
            }
            "as" => renaming = true,
            name if renaming => {
                alias = Some(name.to_owned());
                renaming = false;
            }
            name => path.push(name.to_owned()),
        }
    }
    leaf(&mut path, &mut alias, start);
    found
}

/// The path from the crate's root; `None` where it leads out of the crate.
fn absolute(
    module: &[String],
    path: &[String],
    known: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<String>> {
    let first = path.first()?;
    let ups = path.iter().take_while(|part| *part == "super").count();
    match first.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module, &path[1..]].concat()),
        "super" => Some([module.get(..module.len().checked_sub(ups)?)?, &path[ups..]].concat()),
        first => known.get(first).map(|start| [&start[..], &path[1..]].concat()),
    }
}

/// Paths in the code itself.
fn inline(
    path: &[String],
    tokens: &[Token<'_>],
    known: &BTreeMap<String, Vec<String>>,
    named: &mut Vec<Vec<String>>,
) {
    let mut index = 0;
    while index < tokens.len() {
        if tokens[index].text == "use" {
            index += tokens[index..].iter().position(|t| t.text == ";").unwrap_or(1);
        }
        let mut end = index + 1;
        let before = |back: usize| index.checked_sub(back).map_or("", |at| tokens[at].text);
        // `pub(in crate::report)` says who may see it and takes nothing from there.
        let is_visibility = before(1) == "in" && before(2) == "(" && before(3) == "pub";
        if tokens[index].is_name() && before(1) != "::" && !is_visibility {
            while end + 1 < tokens.len() && tokens[end].text == "::" && tokens[end + 1].is_name() {
                end += 2;
            }
            if end > index + 1 {
                let parts: Vec<String> =
                    tokens[index..end].iter().step_by(2).map(|t| t.text.to_owned()).collect();
                named.extend(absolute(path, &parts, known));
            }
        }
        index = end;
    }
}

/// The file that defines what a path names, and the name.
fn definer<'a>(
    modules: &'a BTreeMap<Vec<String>, Module>,
    path: &'a [String],
    depth: usize,
) -> Option<(&'a str, &'a str)> {
    let length = (0..=path.len()).rev().find(|&length| modules.contains_key(&path[..length]))?;
    let module = &modules[&path[..length]];
    let Some(name) = path.get(length) else { return Some((&module.file, "itself")) };
    match module.handed_on.get(name) {
        // A chain of façades is never long; a loop of them would be a mistake of this reader.
        Some(further) if depth < 8 => definer(modules, further, depth + 1),
        _ => Some((&module.file, name)),
    }
}
