//! What became of every test image under every run, read back from `predictions.csv`.

use std::path::Path;

use toile_store::{RunFolder, StoreError};

/// The test images with their labels, and what runs made of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// Class of each test image.
    pub labels: Vec<u32>,
    /// Models that have a finished run, in the order of the study.
    pub models: Vec<ModelOutcomes>,
}

/// The finished runs of one model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelOutcomes {
    /// Name of the model.
    pub name: String,
    /// In the order of their seeds in the study.
    pub runs: Vec<RunOutcomes>,
}

/// One run: a value an image in each list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcomes {
    /// Seed of the run.
    pub seed: u64,
    /// The most probable class.
    pub predictions: Vec<u32>,
    /// Its probability.
    pub confidence: Vec<f32>,
    /// Negative log likelihood of the true class. A probability that underflows to 0 in the file counts as the
    /// smallest there is (about 103).
    pub nll: Vec<f64>,
}

impl Outcomes {
    /// The model of this name.
    pub fn model(&self, name: &str) -> Option<&ModelOutcomes> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl RunOutcomes {
    /// Whether each image is right.
    pub fn correct(&self, labels: &[u32]) -> Vec<bool> {
        self.predictions.iter().zip(labels).map(|(prediction, label)| prediction == label).collect()
    }
}

/// Labels and outcomes of the finished run in this folder; `None` where it has no predictions.
///
/// # Errors
/// A file that cannot be read, or is not as a run leaves it, or names other classes.
pub fn read(
    folder: &RunFolder,
    seed: u64,
    class_names: &[String],
) -> Result<Option<(Vec<u32>, RunOutcomes)>, StoreError> {
    let path = folder.file("predictions.csv");
    let Some(bytes) = folder.read(&path)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    parse(&text, seed, class_names).map(Some).map_err(|problem| damaged(folder, &path, problem))
}

/// The finished run of a folder, under the class names that its own file has.
pub(super) struct Named {
    pub(super) class_names: Vec<String>,
    pub(super) labels: Vec<u32>,
    pub(super) run: RunOutcomes,
}

/// As [`read`], where the class names are not known beforehand.
pub(super) fn read_named(folder: &RunFolder, seed: u64) -> Result<Option<Named>, StoreError> {
    let path = folder.file("predictions.csv");
    let Some(bytes) = folder.read(&path)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let class_names = class_names(&text);
    match parse(&text, seed, &class_names) {
        Ok((labels, run)) => Ok(Some(Named { class_names, labels, run })),
        Err(problem) => Err(damaged(folder, &path, problem)),
    }
}

/// From the header, whose first columns are the image's.
fn class_names(text: &str) -> Vec<String> {
    let header = records(text).next().unwrap_or_default();
    let names = header.iter().skip(3);
    names.map(|name| name.strip_prefix("probability ").unwrap_or(name).to_owned()).collect()
}

impl Named {
    /// The same with these class names, which may be in another order; its own names, as an error, where they are
    /// not the same ones.
    pub(super) fn matched(mut self, class_names: &[String]) -> Result<Named, Vec<String>> {
        let places: Option<Vec<u32>> = self
            .class_names
            .iter()
            .map(|name| class_names.iter().position(|known| known == name).map(|place| place as u32))
            .collect();
        let Some(places) = places.filter(|places| places.len() == class_names.len()) else {
            return Err(self.class_names);
        };
        for class in self.labels.iter_mut().chain(&mut self.run.predictions) {
            *class = places[*class as usize];
        }
        self.class_names = class_names.to_vec();
        Ok(self)
    }
}

fn damaged(folder: &RunFolder, path: &Path, problem: String) -> StoreError {
    folder.damaged(path, problem)
}

fn parse(text: &str, seed: u64, class_names: &[String]) -> Result<(Vec<u32>, RunOutcomes), String> {
    let mut records = records(text);
    let header = records.next().unwrap_or_default();
    let expected = ["index", "label", "prediction"].map(str::to_owned).into_iter();
    let expected: Vec<String> =
        expected.chain(class_names.iter().map(|name| format!("probability {name}"))).collect();
    if header != expected {
        return Err("line 1 is not the header of a predictions.csv with these classes".into());
    }
    let class = |name: &str| class_names.iter().position(|known| known == name);
    let mut labels = Vec::new();
    let mut run = RunOutcomes { seed, predictions: vec![], confidence: vec![], nll: vec![] };
    for (line, fields) in records.enumerate() {
        let wrong = || format!("line {} is no row of predictions", line + 2);
        if fields.len() != expected.len() || fields[0].parse() != Ok(line) {
            return Err(wrong());
        }
        let label = class(&fields[1]).ok_or_else(wrong)?;
        let prediction = class(&fields[2]).ok_or_else(wrong)?;
        let probability = |class: usize| {
            let value = fields[3 + class].parse::<f32>().ok();
            value.filter(|value| (0.0..=1.0).contains(value)).ok_or_else(wrong)
        };
        let smallest = f32::from_bits(1);
        labels.push(label as u32);
        run.predictions.push(prediction as u32);
        run.confidence.push(probability(prediction)?);
        run.nll.push(-f64::from(probability(label)?.max(smallest)).ln());
    }
    Ok((labels, run))
}

/// The records of a CSV file as Toile writes it (RFC 4180; no line breaks within a field).
fn records(text: &str) -> impl Iterator<Item = Vec<String>> {
    text.lines().map(|line| {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let field = fields.last_mut().expect("there is always one");
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                c => field.push(c),
            }
        }
        fields
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        vec!["a".into(), "b, \"c\"".into()]
    }

    const HEADER: &str = "index,label,prediction,probability a,\"probability b, \"\"c\"\"\"\n";

    #[test]
    fn what_a_run_wrote_is_read_back() {
        let text = format!("{HEADER}0,a,a,0.75,0.25\n1,a,\"b, \"\"c\"\"\",0.0,1.0\n");
        let (labels, run) = parse(&text, 7, &names()).unwrap();
        assert_eq!(labels, [0, 0]);
        assert_eq!((run.seed, &run.predictions[..], &run.confidence[..]), (7, &[0, 1][..], &[0.75, 1.0][..]));
        assert_eq!(run.correct(&labels), [true, false]);
        assert_eq!(run.nll[0], -(0.75f64.ln()));
        assert!((run.nll[1] - 103.28).abs() < 0.01, "finite though the probability is 0: {}", run.nll[1]);
    }

    #[test]
    fn classes_are_matched_by_name() {
        let text = format!("{HEADER}0,a,a,0.75,0.25\n1,a,\"b, \"\"c\"\"\",0.25,0.75\n");
        let named = || {
            let class_names = class_names(&text);
            assert_eq!(class_names, names());
            let (labels, run) = parse(&text, 7, &class_names).unwrap();
            Named { class_names, labels, run }
        };
        let mut other: Vec<String> = names();
        other.reverse();
        let matched = named().matched(&other).unwrap_or_else(|_| panic!("the same names"));
        assert_eq!((&matched.labels[..], &matched.run.predictions[..]), (&[1, 1][..], &[1, 0][..]));
        assert!(named().matched(&["a".into(), "d".into()]).is_err());
        assert!(named().matched(&[names(), vec!["d".into()]].concat()).is_err());
    }

    #[test]
    fn what_no_run_wrote_is_refused_with_its_line() {
        for (text, expected) in [
            (String::new(), "line 1"),
            (HEADER.replace("probability a", "probability z"), "line 1"),
            (format!("{HEADER}0,a,a,0.75\n"), "line 2"),
            (format!("{HEADER}0,a,a,0.5,0.5\n7,a,a,0.5,0.5\n"), "line 3"),
            (format!("{HEADER}0,z,a,0.5,0.5\n"), "line 2"),
            (format!("{HEADER}0,a,a,x,0.5\n"), "line 2"),
            (format!("{HEADER}0,a,a,NaN,0.5\n"), "line 2"),
            (format!("{HEADER}0,a,a,0.5,0.5\n1,a,a,inf,0\n"), "line 3"),
            (format!("{HEADER}0,a,a,-0.5,1.5\n"), "line 2"),
        ] {
            let problem = parse(&text, 0, &names()).unwrap_err();
            assert!(problem.contains(expected), "{text:?}: {problem}");
        }
    }
}
