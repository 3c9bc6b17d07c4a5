//! How the runs of a study are going.

use toile_store::claims::RunProgress;
use toile_study::conduct::{RunStanding, RunState};
use toile_study::numbers::{count, counted, duration};
use toile_study::run::rfc3339;

use super::{Grid, Style, TableOptions};

/// How many runs are in each state, in one line.
pub fn line(runs: &[RunStanding]) -> String {
    let number = |wanted: fn(&RunState) -> bool| runs.iter().filter(|run| wanted(&run.state)).count();
    let counts = [
        (number(|state| matches!(state, RunState::Done)), "done"),
        (number(|state| matches!(state, RunState::Diverged)), "diverged"),
        (number(|state| matches!(state, RunState::Running { .. })), "running"),
        (number(|state| matches!(state, RunState::Claimed { .. })), "claimed"),
        (number(|state| matches!(state, RunState::Interrupted { .. })), "interrupted"),
        (number(|state| matches!(state, RunState::Failed { .. })), "failed"),
        (number(|state| matches!(state, RunState::Unreadable { .. })), "unreadable"),
        (number(|state| matches!(state, RunState::Waiting)), "waiting"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, state)| format!("{} {state}", count(*number as u64)))
        .collect();
    if told.is_empty() {
        "no run".into()
    } else {
        format!("{}: {}", counted(runs.len(), "run"), told.join(", "))
    }
}

/// A line a run, those that are done and those that wait left out where there are more than `few`.
pub fn table(runs: &[RunStanding], few: usize, options: TableOptions) -> String {
    let mut grid = Grid { head: ["run", "state", "", ""].map(String::from).to_vec(), rows: Vec::new() };
    let dull = |state: &RunState| matches!(state, RunState::Done | RunState::Waiting);
    for RunStanding { run, state } in runs.iter().filter(|run| runs.len() <= few || !dull(&run.state)) {
        let [word, who, more] = cells(state);
        grid.rows.push(vec![run.to_string(), word, who, more]);
    }
    let mut text =
        if grid.rows.is_empty() { String::new() } else { grid.text(Style { colour: options.colour }) + "\n" };
    text += &(line(runs) + "\n");
    text
}

fn cells(state: &RunState) -> [String; 3] {
    let none = String::new;
    match state {
        RunState::Waiting => ["waiting".into(), none(), none()],
        RunState::Claimed { by, since } => {
            ["claimed".into(), by.clone(), format!("since {}", rfc3339(*since))]
        }
        RunState::Running { by, progress, .. } => ["running".into(), by.clone(), progress_words(progress)],
        RunState::Interrupted { died, .. } => {
            ["interrupted".into(), died.clone().unwrap_or_default(), none()]
        }
        RunState::Failed { message, by, .. } => ["failed".into(), by.clone(), message.clone()],
        RunState::Diverged => ["diverged".into(), none(), none()],
        RunState::Done => ["done".into(), none(), none()],
        RunState::Unreadable { message } => ["unreadable".into(), none(), message.clone()],
    }
}

/// How far a run is; of one that has told nothing yet but that it began, no speed.
fn progress_words(progress: &RunProgress) -> String {
    let RunProgress { epochs_done, epochs, images_per_second, seconds_left, .. } = progress;
    let epoch = format!("epoch {} of {epochs}", (epochs_done + 1).min(*epochs));
    if *images_per_second > 0.0 {
        let speed = count(*images_per_second as u64);
        format!("{epoch}, {speed} images/s, {} left", duration(*seconds_left))
    } else {
        epoch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_claimed_says_by_whom_and_since_when() {
        let state = RunState::Claimed { by: "process 12 on node3".into(), since: 1_769_860_800 };
        assert_eq!(cells(&state), ["claimed", "process 12 on node3", "since 2026-01-31T12:00:00Z"]);
    }
}
