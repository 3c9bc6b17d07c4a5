//! Which process, on which machine, and whether it is still there as far as this machine can tell.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A process: enough to tell it from all others, also from those of the same number after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Name of the machine.
    pub host: String,
    /// The number that its system gave it.
    pub pid: u32,
    /// When it was started, in the system's clock ticks since it was booted; 0 where the system does not say.
    pub started: u64,
    /// Which boot of the system; empty where the system does not say.
    pub boot_id: String,
    /// Within which container its number counts; empty where the system does not say.
    pub pid_namespace: String,
    /// The scheduler's job that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<SchedulerJob>,
    /// Since when it works, in seconds since 1970.
    pub since: u64,
    /// The file that its standard error goes to, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// A scheduler's job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulerJob {
    /// Its number, of an array's task its own.
    pub id: String,
    /// How often the scheduler has started it again.
    pub restarts: u32,
}

impl Process {
    /// This one.
    pub fn this(job: Option<SchedulerJob>, log: Option<String>) -> Process {
        let pid = std::process::id();
        Process {
            host: trimmed("/proc/sys/kernel/hostname"),
            pid,
            started: started(pid).unwrap_or(0),
            boot_id: trimmed("/proc/sys/kernel/random/boot_id"),
            pid_namespace: namespace().unwrap_or_default(),
            job,
            since: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            log,
        }
    }

    /// Whether another process is still there, as far as this one can know without waiting: `None` where it cannot.
    pub fn knows_alive(&self, other: &Process) -> Option<bool> {
        // A scheduler never runs a job twice at a time: whoever was it before is gone.
        if let (Some(job), Some(before)) = (&self.job, &other.job)
            && job.id == before.id
            && job.restarts > before.restarts
        {
            return Some(false);
        }
        if self.boot_id.is_empty() || self.host != other.host {
            return None;
        }
        if self.boot_id != other.boot_id {
            return Some(false);
        }
        (self.pid_namespace == other.pid_namespace && other.started > 0)
            .then(|| started(other.pid) == Some(other.started))
    }
}

fn trimmed(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The start time of a process: field 22 of `/proc/<pid>/stat`, behind the name in brackets, which may hold anything.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.get(stat.rfind(')')? + 2..)?.split(' ').collect();
    // A process that has ended and was not waited for yet does nothing any more.
    if fields.first() == Some(&"Z") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

fn namespace() -> Option<String> {
    Some(fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_knows_of_others() {
        let job = |id: &str, restarts| Some(SchedulerJob { id: id.into(), restarts });
        let me = Process::this(job("7", 1), None);
        assert!(!me.host.is_empty() && me.started > 0 && !me.boot_id.is_empty());
        let other = |change: fn(&mut Process)| {
            let mut other = Process { job: None, ..me.clone() };
            change(&mut other);
            other
        };
        for (name, other, expected) in [
            ("itself", me.clone(), Some(true)),
            ("its number before", other(|other| other.started -= 1), Some(false)),
            ("before the machine was booted", other(|other| other.boot_id = "x".into()), Some(false)),
            ("on another machine", other(|other| other.host = "x".into()), None),
            ("in another container", other(|other| other.pid_namespace = "x".into()), None),
            (
                "the same job before it was started again",
                other(|other| {
                    other.host = "x".into();
                    other.job = Some(SchedulerJob { id: "7".into(), restarts: 0 });
                }),
                Some(false),
            ),
            (
                "another job",
                other(|other| {
                    other.host = "x".into();
                    other.job = Some(SchedulerJob { id: "8".into(), restarts: 0 });
                }),
                None,
            ),
        ] {
            assert_eq!(me.knows_alive(&other), expected, "{name}");
        }
    }

    #[test]
    fn a_process_that_has_ended_is_not_there() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert_eq!(started(pid), None);
    }
}
