//! A bar a run, with rate, loss, accuracy and time left.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use toile_study::findings as number;
use toile_study::run::{Event, Observer, RunId};

/// Bars on stderr; gone when dropped.
#[derive(Default)]
pub(super) struct Bars {
    all: MultiProgress,
    bars: Mutex<HashMap<RunId, ProgressBar>>,
}

impl Observer for Bars {
    fn event(&self, event: &Event) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { run, epochs, epochs_done, steps_done, steps } => {
                let bar = self.all.add(ProgressBar::new(u64::from(*epochs) * steps));
                bar.set_style(style());
                bar.set_prefix(run.to_string());
                bar.set_position(u64::from(*epochs_done) * steps + steps_done);
                bars.insert(run.clone(), bar);
            }
            Event::Progress { run, epoch, step, steps, train_loss, train_accuracy, .. } => {
                let Event::Progress { images_per_second, seconds_left, .. } = event else { return };
                let Some(bar) = bars.get(run) else { return };
                bar.set_position(u64::from(epoch - 1) * steps + step);
                bar.set_message(format!(
                    "loss {train_loss:.4}  acc {}  {}/s  {} left",
                    number::percent(*train_accuracy),
                    number::count(*images_per_second as u64),
                    number::duration(*seconds_left),
                ));
            }
            Event::Finished { run, .. }
            | Event::Diverged { run, .. }
            | Event::Interrupted { run, .. }
            | Event::Failed { run, .. } => {
                if let Some(bar) = bars.remove(run) {
                    bar.finish_and_clear();
                }
            }
            Event::Planned { .. } | Event::Epoch { .. } => {}
        }
        if let Some(line) = super::words::line(event) {
            // A terminal that went away does not stop the training.
            let _ = self.all.println(line);
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        let _ = self.all.clear();
    }
}

fn style() -> ProgressStyle {
    // Short, so that the time left still fits into 80 columns; whole sentences stand in the epoch's line.
    let template = "{prefix} {bar:8} {wide_msg}";
    ProgressStyle::with_template(template).expect("the template is a constant").progress_chars("=> ")
}
