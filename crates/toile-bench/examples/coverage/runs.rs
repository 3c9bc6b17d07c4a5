//! The correctness of a model's runs, from their `predictions.csv`.

use std::fs;
use std::path::Path;

/// `correct[seed][image]` of the runs `<folder>/seed-*/predictions.csv`, by ascending seed.
pub(crate) fn correctness(folder: &Path) -> Result<Vec<Vec<bool>>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut runs: Vec<(u64, std::path::PathBuf)> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(seed) = name.strip_prefix("seed-").and_then(|seed| seed.parse().ok()) {
            runs.push((seed, path.join("predictions.csv")));
        }
    }
    runs.sort();
    let rows: Vec<Vec<bool>> = runs.iter().map(|(_, path)| read(path)).collect::<Result<_, _>>()?;
    match rows.windows(2).position(|pair| pair[0].len() != pair[1].len()) {
        Some(place) => Err(format!("{}: not as many images as the run before", runs[place + 1].1.display())),
        None => Ok(rows),
    }
}

/// Whether label and prediction are the same, by line. The columns are found by name; class names may be
/// quoted.
fn read(path: &Path) -> Result<Vec<bool>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut lines = text.lines();
    let header = fields(lines.next().unwrap_or_default());
    let column = |name: &str| {
        let found = header.iter().position(|field| field == name);
        found.ok_or_else(|| format!("{}: expected a column \"{name}\"", path.display()))
    };
    let (label, prediction) = (column("label")?, column("prediction")?);
    lines
        .enumerate()
        .map(|(line, text)| {
            let fields = fields(text);
            match (fields.get(label), fields.get(prediction)) {
                (Some(label), Some(prediction)) => Ok(label == prediction),
                _ => Err(format!("{}: line {} is too short", path.display(), line + 2)),
            }
        })
        .collect()
}

/// The fields of a line of CSV.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            // A doubled quote closes and opens again: what is lost is the quote, on both sides alike.
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().expect("never empty").push(other),
        }
    }
    fields
}
