//! How large an array the cluster takes.

use std::process::Command;

use super::command::run;

/// Where the cluster does not say.
const TASKS_MAX: usize = 1000;

/// Tasks of an array at most: the highest index is one less than Slurm's `MaxArraySize`.
pub fn tasks_max() -> usize {
    let answer = run("scontrol", Command::new("scontrol").args(["show", "config"])).unwrap_or_default();
    parse(&answer).unwrap_or(TASKS_MAX).clamp(1, TASKS_MAX)
}

fn parse(config: &str) -> Option<usize> {
    let line = config.lines().find(|line| line.starts_with("MaxArraySize"))?;
    line.split('=').nth(1)?.trim().parse::<usize>().ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_array_is_read() {
        assert_eq!(parse("MaxArraySize            = 1001\nMaxJobCount = 10000\n"), Some(1000));
        assert_eq!(parse("MaxJobCount = 10000\n"), None);
    }
}
