//! Units of work packed into tasks of about the same length.

/// A unit of a study's work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// Its number, from 1.
    pub number: usize,
    /// How long it takes on the cores of one task.
    pub seconds: f64,
}

/// Units that one task does, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// Their numbers, ascending.
    pub units: Vec<usize>,
    /// Of all together.
    pub seconds: f64,
}

/// How long a task is to take at least: a scheduler needs some seconds for each, and some clusters start ten a minute.
pub const TASK_SECONDS: f64 = 600.0;

/// Tasks for these units: `units_per_task` in each where that is said, else as many as come to [`TASK_SECONDS`], and
/// never more than `tasks_max` tasks. Longest first, each to the task that has the least so far (Graham 1969): the
/// longest task takes at most 4/3 of the least possible. No task is empty.
pub fn pack(units: &[Unit], units_per_task: Option<usize>, tasks_max: usize) -> Vec<Task> {
    let total: f64 = units.iter().map(|unit| unit.seconds).sum();
    let wanted = match units_per_task {
        Some(each) => units.len().div_ceil(each.max(1)),
        None => (total / TASK_SECONDS).ceil() as usize,
    };
    let mut tasks = vec![Task::default(); wanted.clamp(1, tasks_max.max(1)).min(units.len())];
    let mut longest_first: Vec<&Unit> = units.iter().collect();
    longest_first.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then(a.number.cmp(&b.number)));
    for unit in longest_first {
        // Where all take no time, as far as is known, they are shared out by number.
        let least = |a: &&mut Task, b: &&mut Task| {
            a.seconds.total_cmp(&b.seconds).then(a.units.len().cmp(&b.units.len()))
        };
        let task = tasks.iter_mut().min_by(least).expect("there are units, and so tasks");
        task.units.push(unit.number);
        task.seconds += unit.seconds;
    }
    for task in &mut tasks {
        task.units.sort_unstable();
    }
    tasks.sort_by_key(|task| task.units[0]);
    tasks
}

/// Numbers as `1-3,7`, which `--units` takes.
pub fn ranges(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let text = |&(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(seconds: &[f64]) -> Vec<Unit> {
        seconds.iter().enumerate().map(|(place, &seconds)| Unit { number: place + 1, seconds }).collect()
    }

    #[test]
    fn every_unit_is_in_one_task() {
        for (seconds, units_per_task, tasks_max, expected) in [
            (vec![700.0, 700.0, 700.0], None, 100, vec!["1", "2", "3"]),
            (vec![100.0; 6], None, 100, vec!["1-6"]),
            (vec![100.0; 12], None, 100, vec!["1,3,5,7,9,11", "2,4,6,8,10,12"]),
            (vec![900.0, 300.0, 300.0, 300.0], None, 100, vec!["1", "2,4", "3"]),
            (vec![900.0, 800.0, 700.0, 10.0], None, 2, vec!["1,4", "2-3"]),
            (vec![0.0; 5], Some(2), 100, vec!["1,4", "2,5", "3"]),
            (vec![5.0; 4], Some(1), 100, vec!["1", "2", "3", "4"]),
            (vec![5.0; 4], Some(100), 100, vec!["1-4"]),
            (vec![], None, 100, vec![]),
        ] {
            let tasks = pack(&units(&seconds), units_per_task, tasks_max);
            let found: Vec<String> = tasks.iter().map(|task| ranges(&task.units)).collect();
            assert_eq!(found, expected, "{seconds:?}");
            let total: f64 = tasks.iter().map(|task| task.seconds).sum();
            assert!((total - seconds.iter().sum::<f64>()).abs() < 1e-9);
        }
    }
}
