//! Predictions as they are printed: a table for people, CSV, or JSON lines; some at a time.

use toile::{Ensemble, Prediction, Said, by_rank};
use toile_data::plain_text::escaped;
use toile_store::table::{Field, Table};
use toile_study::evidence::words::seed_list;
use toile_study::numbers::percent;
use unicode_width::UnicodeWidthStr as _;

use crate::stdout::print;

/// How predictions are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// For people.
    Table,
    /// All probabilities, a column a class.
    Csv,
    /// An object a line.
    Json,
}

/// Classes that a JSON object lists by rank where nobody says how many.
const JSON_TOP: usize = 5;
/// Text for a program waits until it is this many bytes; for people nothing waits.
const BUFFER: usize = 1 << 13;
/// Columns of `100.00 %`.
const PERCENT: usize = 8;
/// What it is called should it not be printed.
const WHAT: &str = "the predictions";

/// Prints predictions in the order in which they come.
pub(super) struct Output<'a> {
    form: Form,
    top: usize,
    names: &'a [String],
    class_names: Vec<String>,
    csv: Table,
    text: String,
    widths: [usize; 2],
}

/// A prediction as JSON.
#[derive(serde::Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a> Output<'a> {
    /// `names` are those of all pictures: the table's columns are as wide as they need.
    pub(super) fn new(
        form: Form,
        top: Option<usize>,
        names: &'a [String],
        class_names: &[String],
    ) -> Output<'a> {
        let columns =
            ["file", "class", "probability"].into_iter().chain(class_names.iter().map(String::as_str));
        let csv = Table::new(columns);
        let text = if form == Form::Csv { csv.text() } else { String::new() };
        let width = |names: &[String]| names.iter().map(|name| escaped(name).width()).max().unwrap_or(0);
        let most = if form == Form::Json { JSON_TOP } else { 1 };
        let top = top.unwrap_or(most).min(class_names.len());
        let widths = [width(names).max("file".len()), width(class_names).max("class".len())];
        Output { form, top, names, class_names: class_names.to_vec(), csv, text, widths }
    }

    /// Whose predictions these are, and the head of the table.
    pub(super) fn caption(&self, run: &str, ensemble: &Ensemble) {
        let models = ensemble.models();
        let mut text = match models.len() {
            1 => format!("{run}: {}\n", ensemble.first().run),
            networks => {
                let seeds: Vec<u64> = models.iter().map(toile::Model::seed).collect();
                format!("{run}: mean of the probabilities of {networks} networks, {}\n", seed_list(&seeds))
            }
        };
        let [file, class] = self.widths;
        let mut head = format!("{:file$}", "file");
        for rank in 1..=self.top {
            let name = if rank == 1 { "class".to_owned() } else { format!("{rank}.") };
            head += &format!("  {name:class$}  {:>PERCENT$}", "");
        }
        text += &format!("{}\n", head.trim_end());
        print(WHAT, &text);
    }

    /// Adds the prediction of the picture at this place.
    pub(super) fn add(&mut self, place: usize, prediction: &Prediction) {
        let file = &self.names[place];
        match self.form {
            Form::Table => self.add_row(file, prediction),
            Form::Csv => {
                let number = |&value: &f32| Field::number(format!("{value:?}"));
                let Prediction { class, name, probabilities } = prediction;
                let first = [Field::from(file), Field::from(name), number(&probabilities[*class])];
                self.csv.row(first.into_iter().chain(probabilities.iter().map(number)));
                self.text += &self.csv.take_rows();
            }
            Form::Json => {
                let Prediction { class, probabilities, .. } = prediction;
                let said = Said::new(&self.class_names, probabilities, *class, self.top);
                let line = Line { file, said };
                let line = serde_json::to_string(&line).expect("text and numbers are JSON");
                self.text += &(line + "\n");
            }
        }
        if self.form == Form::Table || self.text.len() >= BUFFER {
            self.end();
        }
    }

    /// Prints what waits.
    pub(super) fn end(&mut self) {
        print(WHAT, &std::mem::take(&mut self.text));
    }

    fn add_row(&mut self, file: &str, prediction: &Prediction) {
        let padded = |text: &str, width: usize| format!("{text}{}", " ".repeat(width - text.width()));
        let [file_width, class_width] = self.widths;
        let mut row = padded(&escaped(file), file_width);
        for (class, probability) in self.ranked(prediction) {
            let share = percent(f64::from(probability));
            row += &format!("  {}  {share:>PERCENT$}", padded(&escaped(class), class_width));
        }
        self.text += &(row + "\n");
    }

    /// The most probable classes, of equals the first; the predicted one before all.
    fn ranked<'b>(&'b self, prediction: &Prediction) -> Vec<(&'b str, f32)> {
        let probabilities = &prediction.probabilities;
        let places = by_rank(probabilities, prediction.class);
        places[..self.top]
            .iter()
            .map(|&place| (self.class_names[place].as_str(), probabilities[place]))
            .collect()
    }
}
