//! A bar a run, with time left, loss, accuracy and rate, and below it what the last epoch came to; at the bottom,
//! where there are several runs, how many are done and how long all will take.
//!
//! Short lines, because two of them have to fit on a narrow terminal. What stays on the screen is only what is
//! worth keeping: the epochs are in `results.csv`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use toile_study::cross_validation::run_name;
use toile_study::numbers;
use toile_study::results::EpochRow;
use toile_study::run::{Event, Observer, RunId};

use super::notice::Notice;
use super::words::Telling;
use crate::terminal;

/// Bars on stderr; gone when dropped.
pub(super) struct Bars {
    telling: Telling,
    all: MultiProgress,
    bars: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    of_runs: HashMap<RunId, Bar>,
    overall: Option<Overall>,
}

/// The line below the bars.
struct Overall {
    line: ProgressBar,
    runs: usize,
    done: usize,
    seconds_left: f64,
}

impl Overall {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::Progress { study_seconds_left, .. } | Event::Epoch { study_seconds_left, .. } => {
                self.seconds_left = *study_seconds_left;
            }
            Event::Finished { .. } | Event::Diverged { .. } => self.done += 1,
            _ => {}
        }
        self.show();
    }

    fn show(&self) {
        let Overall { runs, done, seconds_left, .. } = self;
        self.line.set_message(format!("{done} of {runs} runs done, {}", left(*seconds_left)));
    }
}

struct Bar {
    bar: ProgressBar,
    /// Time left, behind the bar.
    left: String,
    /// The running epoch.
    now: String,
    /// The last epoch that was evaluated.
    last: String,
}

impl Bars {
    pub(super) fn new(telling: Telling) -> Self {
        Bars { telling, all: MultiProgress::default(), bars: Mutex::default() }
    }

    /// Says a line above the bars.
    pub(super) fn notice(&self) -> Notice {
        let all = self.all.clone();
        // A terminal that went away does not stop the training.
        Box::new(move |line| drop(all.println(line)))
    }
}

impl Bar {
    fn show(&self) {
        let columns = terminal::columns().saturating_sub(1);
        let mut text = self.left.clone();
        for line in [&self.now, &self.last] {
            if !line.is_empty() {
                text += &format!("\n{}", console::truncate_str(line, columns, "..."));
            }
        }
        self.bar.set_message(text);
    }
}

impl Observer for Bars {
    fn event(&self, event: &Event) {
        let mut shown = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        let Shown { of_runs: bars, overall } = &mut *shown;
        if let Some(overall) = overall {
            overall.hear(event);
        }
        match event {
            Event::Planned { runs, already_done, estimated_seconds, .. } if *runs > 1 => {
                let line = self.all.add(ProgressBar::new(0));
                line.set_style(ProgressStyle::with_template("{msg}").expect("a template of one word"));
                let (runs, done) = (runs + already_done, *already_done);
                let below = Overall { line, runs, done, seconds_left: *estimated_seconds };
                below.show();
                *overall = Some(below);
            }
            Event::Started { run, epochs, epochs_done, steps_done, steps } => {
                let bar = ProgressBar::new(u64::from(*epochs) * steps);
                let bar = match overall {
                    Some(overall) => self.all.insert_before(&overall.line, bar),
                    None => self.all.add(bar),
                };
                let prefix = run_name(self.telling.folds, run);
                bar.set_style(style(prefix.len()));
                bar.set_prefix(prefix);
                bar.set_position(u64::from(*epochs_done) * steps + steps_done);
                bars.insert(
                    run.clone(),
                    Bar { bar, left: String::new(), now: String::new(), last: String::new() },
                );
            }
            Event::Progress { run, epoch, step, steps, train_loss, train_accuracy, .. } => {
                let Event::Progress { images_per_second, seconds_left, .. } = event else { return };
                let Some(bar) = bars.get_mut(run) else { return };
                bar.left = left(*seconds_left);
                bar.now = now(*epoch, (*train_loss, *train_accuracy), *images_per_second);
                bar.bar.set_position(u64::from(epoch - 1) * steps + step);
                bar.show();
            }
            Event::Epoch { run, epochs, row, seconds_left, .. } => {
                let Some(bar) = bars.get_mut(run) else { return };
                bar.left = left(*seconds_left);
                bar.last = last(row, *epochs);
                bar.show();
            }
            Event::Finished { run, .. }
            | Event::Diverged { run, .. }
            | Event::Interrupted { run, .. }
            | Event::Failed { run, .. } => {
                if let Some(bar) = bars.remove(run) {
                    bar.bar.finish_and_clear();
                }
            }
            Event::Planned { .. } | Event::Held { .. } | Event::TakenOver { .. } => {}
        }
        let shown_by_the_bar = match event {
            Event::Started { epochs_done, steps_done, .. } => *epochs_done == 0 && *steps_done == 0,
            Event::Epoch { .. } => true,
            _ => false,
        };
        if let Some(line) = super::words::line(event, self.telling).filter(|_| !shown_by_the_bar) {
            let _ = self.all.println(line);
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        let _ = self.all.clear();
    }
}

fn left(seconds: f64) -> String {
    format!("{} left", numbers::duration(seconds))
}

/// How the running epoch goes, by loss and accuracy so far.
fn now(epoch: u32, (loss, accuracy): (f64, f64), images_per_second: f64) -> String {
    format!(
        "  epoch {epoch}  loss {}  accuracy {}  {} images/s",
        numbers::loss(loss),
        numbers::percent(accuracy),
        numbers::count(images_per_second as u64),
    )
}

/// What an epoch came to; the validation loss where there is one, because no other image than those may decide.
fn last(row: &EpochRow, epochs: u32) -> String {
    let (loss, percent) =
        (numbers::loss, |share: Option<f64>| share.map_or_else(String::new, numbers::percent));
    let tested = percent(row.test_accuracy);
    let figures = match (row.validation_loss, row.test_loss) {
        (Some(held_out), Some(_)) => format!("validation loss {}  test {tested}", loss(held_out)),
        (Some(held_out), None) => {
            format!("validation loss {}  accuracy {}", loss(held_out), percent(row.validation_accuracy))
        }
        (None, test) => format!("test loss {}  accuracy {tested}", test.map_or_else(String::new, loss)),
    };
    format!("  {} of {epochs} done: {figures}", row.epoch)
}

/// The bar takes what the terminal has left beside the name, the percentage and the time.
fn style(prefix_columns: usize) -> ProgressStyle {
    let bar = terminal::columns().saturating_sub(prefix_columns + 26).clamp(4, 30);
    let template = format!("{{prefix}} {{bar:{bar}}} {{percent:>3}} %  {{msg}}");
    ProgressStyle::with_template(&template)
        .expect("the template is right for every width")
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::{last, now, style};
    use toile_study::results::EpochRow;

    #[test]
    fn every_name_has_a_bar() {
        for columns in [0, 10, 100, 1000] {
            style(columns);
        }
    }

    #[test]
    fn a_loss_is_short_however_large_it_is() {
        assert_eq!(
            now(3, (0.81064, 0.5), 12_345.6),
            "  epoch 3  loss 0.8106  accuracy 50.00 %  12,345 images/s"
        );
        assert_eq!(now(3, (2.5e37, 0.5), 1.0), "  epoch 3  loss 2.50e37  accuracy 50.00 %  1 images/s");
    }

    #[test]
    fn the_loss_that_decides_is_shown() {
        let row = EpochRow {
            epoch: 3,
            learning_rate: 0.1,
            train_loss: 1.0,
            train_accuracy: 0.5,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(0.25),
            test_accuracy: Some(0.9),
        };
        assert_eq!(last(&row, 20), "  3 of 20 done: test loss 0.2500  accuracy 90.00 %");
        let validated = EpochRow { validation_loss: Some(0.5), validation_accuracy: Some(0.75), ..row };
        assert_eq!(last(&validated, 20), "  3 of 20 done: validation loss 0.5000  test 90.00 %");
        let untested = EpochRow { test_loss: None, test_accuracy: None, ..validated };
        assert_eq!(last(&untested, 20), "  3 of 20 done: validation loss 0.5000  accuracy 75.00 %");
    }
}
