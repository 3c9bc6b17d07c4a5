//! How much memory there is for this process: what the machine has free, what its container still allows, what its
//! shell has set. Linux tells; elsewhere nothing is known.

use std::fs;
use std::path::Path;

use crate::numbers;

/// What there is, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Bytes that can still be taken.
    pub bytes: u64,
    /// Who allows no more.
    pub by: By,
}

/// Who limits the memory of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// What the machine has free.
    Machine,
    /// A control group, as a container or a batch system sets it.
    Container,
    /// The address space, as `ulimit -v` sets it.
    AddressSpace,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = numbers::bytes(self.bytes);
        match self.by {
            By::Machine => write!(f, "this machine has {bytes} free"),
            By::Container => write!(f, "the memory limit of this container (cgroup) leaves {bytes}"),
            By::AddressSpace => write!(f, "the limit on address space (ulimit -v) leaves {bytes}"),
        }
    }
}

/// The tightest limit on this process now; `None` where the system does not tell.
pub fn limit() -> Option<Limit> {
    limit_below(Path::new("/"))
}

/// The same with the system's files below this folder.
fn limit_below(root: &Path) -> Option<Limit> {
    let machine = free(root).map(|bytes| Limit { bytes, by: By::Machine });
    let container = control_groups(root).map(|bytes| Limit { bytes, by: By::Container });
    let addresses = addresses_left(root).map(|bytes| Limit { bytes, by: By::AddressSpace });
    [machine, container, addresses].into_iter().flatten().min_by_key(|limit| limit.bytes)
}

fn free(root: &Path) -> Option<u64> {
    kilobytes(&read(root, "proc/meminfo")?, "MemAvailable:")
}

/// What the address space may still grow by.
fn addresses_left(root: &Path) -> Option<u64> {
    let limits = read(root, "proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    // The soft limit is the first; "unlimited" is no number.
    let most: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(most.saturating_sub(kilobytes(&read(root, "proc/self/status")?, "VmSize:")?))
}

/// What the groups of this process still allow: each of them and all above it.
fn control_groups(root: &Path) -> Option<u64> {
    let groups = read(root, "proc/self/cgroup")?;
    groups.lines().filter_map(|line| of_group(root, line)).min()
}

/// `0::/user.slice` of version 2, `4:memory:/docker/1f` of version 1; other lines limit no memory.
fn of_group(root: &Path, line: &str) -> Option<u64> {
    let (controllers, group) = line.split_once(':')?.1.split_once(':')?;
    let (mount, files) = match controllers {
        "" => ("sys/fs/cgroup", Files { most: "memory.max", used: "memory.current", cache: "file" }),
        _ if controllers.split(',').any(|controller| controller == "memory") => {
            let files =
                Files { most: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_cache" };
            ("sys/fs/cgroup/memory", files)
        }
        _ => return None,
    };
    let mount = root.join(mount);
    let group = mount.join(group.trim_start_matches('/'));
    // Inside a container its own group is the mount itself, whatever its path is outside.
    let folders = group.ancestors().take_while(|folder| folder.starts_with(&mount)).map(Path::to_owned);
    folders.filter_map(|folder| files.left(&folder)).min()
}

/// The files of a group.
struct Files {
    most: &'static str,
    used: &'static str,
    /// Line of `memory.stat` with what the files that were read take, which the system gives back when asked.
    cache: &'static str,
}

impl Files {
    fn left(&self, folder: &Path) -> Option<u64> {
        // "max" is no number: no limit.
        let most: u64 = read(folder, self.most)?.trim().parse().ok()?;
        let used: u64 = read(folder, self.used)?.trim().parse().ok()?;
        let cache = read(folder, "memory.stat").and_then(|stat| {
            let value =
                |line: &str| line.strip_prefix(self.cache)?.strip_prefix(' ')?.trim().parse::<u64>().ok();
            stat.lines().find_map(value)
        });
        Some(most.saturating_sub(used.saturating_sub(cache.unwrap_or(0))))
    }
}

/// A line `name  123 kB`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

fn read(folder: &Path, file: &str) -> Option<String> {
    fs::read_to_string(folder.join(file)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// What is found in a system with these files, and with 8 MiB free.
    fn found(files: &[(&str, &str)]) -> (u64, By) {
        let root = tempfile::tempdir().unwrap();
        let meminfo = "MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:    8192 kB\n";
        for (name, text) in files.iter().chain(&[("proc/meminfo", meminfo)]) {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let Limit { bytes, by } = limit_below(root.path()).unwrap();
        (bytes, by)
    }

    #[test]
    fn what_the_machine_has_free() {
        assert_eq!(found(&[]), (8 * MIB, By::Machine));
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(limit_below(empty.path()), None, "no system that tells");
    }

    #[test]
    fn what_the_shell_has_set() {
        let with = |soft: &str| {
            let head = "Limit                     Soft Limit           Hard Limit           Units     \n";
            let limits = format!(
                "{head}Max address space         {soft}              unlimited            bytes     \n"
            );
            let status = "Name:\ttoile\nVmPeak:\t 9999 kB\nVmSize:\t    2048 kB\n";
            found(&[("proc/self/limits", &limits), ("proc/self/status", status)])
        };
        assert_eq!(with("7340032"), (5 * MIB, By::AddressSpace));
        assert_eq!(with("1048576"), (0, By::AddressSpace), "already more than that");
        assert_eq!(with("unlimited"), (8 * MIB, By::Machine));
    }

    #[test]
    fn what_a_group_above_allows() {
        let files = [
            ("proc/self/cgroup", "0::/batch/job\n"),
            ("sys/fs/cgroup/batch/job/memory.max", "max\n"),
            ("sys/fs/cgroup/batch/job/memory.current", "1\n"),
            ("sys/fs/cgroup/batch/memory.max", "8388608\n"),
            ("sys/fs/cgroup/batch/memory.current", "6291456\n"),
            // Two of the six are files that were read: the system takes them back.
            ("sys/fs/cgroup/batch/memory.stat", "anon 4194304\nfile_mapped 7\nfile 2097152\n"),
        ];
        assert_eq!(found(&files), (4 * MIB, By::Container));
    }

    #[test]
    fn what_a_container_of_version_1_allows() {
        // It sees its group as the mount, whatever its path is outside.
        let files = [
            ("proc/self/cgroup", "5:cpu,cpuacct:/docker/1f\n4:memory:/docker/1f\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "4194304\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1048576\n"),
            ("sys/fs/cgroup/memory/memory.stat", "cache 5\ntotal_cache 0\n"),
        ];
        assert_eq!(found(&files), (3 * MIB, By::Container));
    }
}
