//! The scripts: readable, and of use by hand.

use std::path::Path;

use super::options::Slurm;
use crate::packing::{Task, ranges};
use crate::words::{for_name, quoted};

/// What is submitted.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Name of the study.
    pub study: &'a str,
    /// The folder of the results, from the root.
    pub out: &'a Path,
    /// The folder that the commands are given in, from the root.
    pub from: &'a Path,
    /// The command that does some of the study's work, ready for a shell: what is to be done is added to it, as
    /// `--units 1-3`.
    pub command: &'a str,
    /// What the array does.
    pub tasks: &'a [Task],
}

impl Submission<'_> {
    fn cluster(&self) -> String {
        quoted(self.out.join("cluster"))
    }
}

/// A line a task: the units that it does.
fn task_list(tasks: &[Task]) -> String {
    tasks.iter().map(|task| ranges(&task.units) + "\n").collect()
}

/// Seconds between the signal and the end of a task's time: a checkpoint is written within ten.
const NOTICE_SECONDS: u32 = 60;

/// The script of the array.
pub fn array_script(of: &Submission<'_>, slurm: &Slurm) -> String {
    let Submission { study, from, command, tasks, .. } = of;
    let (cluster, from) = (of.cluster(), quoted(from));
    let limit = slurm.max_running.map_or(String::new(), |limit| format!("%{limit}"));
    let mut text = format!(
        "#!/bin/bash
# The runs of the study {study}; tasks: {count}. `toile run --on slurm` wrote and submitted this; by hand:
#   sbatch {cluster}/array.sh
# Safe to submit again, also while it runs: what is done stays, and a run that another task does is left alone.
#SBATCH --job-name=toile-{name}
#SBATCH --array=1-{count}{limit}
#SBATCH --output={cluster}/logs/%A_%a.log
#SBATCH --signal=B:USR1@{NOTICE_SECONDS}
",
        count = tasks.len(),
        name = for_name(study),
    );
    text += &common(slurm);
    text += &format!(
        r#"
# The units that each task does, a line a task. Slurm keeps this script as it was submitted: what is submitted later
# changes nothing of it.
units=$(sed -n "${{SLURM_ARRAY_TASK_ID}}p" << 'TASKS'
{units}TASKS
)
cluster={cluster}
[ -d "$cluster/logs" ] && cd {from} || {{
  echo "error: $cluster or {from} is not to be found on $(hostname): all nodes have to see these folders" >&2
  exit 2
}}

{command} \
  --threads {cpus} --jobs 1 --progress plain --units "$units" \
  --log "$cluster/logs/${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}.log" &
toile=$!
# USR1: the time is nearly up. TERM: somebody cancels, or a more important job needs the node, and Slurm starts this
# task again by itself where it should go on. Toile writes its checkpoint and ends with 130.
trap 'requeue=yes; kill -USR1 $toile' USR1
trap 'requeue=; kill -TERM $toile' TERM
wait $toile; code=$?
while kill -0 $toile 2> /dev/null; do wait $toile; code=$?; done
if [ $code = 130 ] && [ -n "${{requeue-}}" ]; then scontrol requeue "$SLURM_JOB_ID"; fi
exit $code
"#,
        units = task_list(tasks),
        cpus = slurm.cpus_per_run.max(1),
    );
    text
}

/// The script of the job that gathers, once the array is over.
pub fn gather_script(of: &Submission<'_>, slurm: &Slurm) -> String {
    let Submission { study, from, command, .. } = of;
    let (cluster, from) = (of.cluster(), quoted(from));
    let mut text = format!(
        "#!/bin/bash
# Gathers what the runs of the study {study} left, and writes its report.
#SBATCH --job-name=toile-{name}-gather
#SBATCH --output={cluster}/logs/gather-%j.log
",
        name = for_name(study),
    );
    text += &common(&Slurm { cpus_per_run: 1, ..slurm.clone() });
    text += &format!("\ncd {from} &&\n{command} --progress plain --gather\n");
    text
}

/// What both ask for.
fn common(slurm: &Slurm) -> String {
    let mut text = format!(
        "#SBATCH --nodes=1\n#SBATCH --ntasks=1\n#SBATCH --cpus-per-task={}\n#SBATCH --requeue\n#SBATCH --open-mode=append\n",
        slurm.cpus_per_run.max(1)
    );
    for (option, value) in
        [("partition", &slurm.partition), ("account", &slurm.account), ("time", &slurm.time)]
    {
        if let Some(value) = value {
            text += &format!("#SBATCH --{option}={}\n", quoted(value));
        }
    }
    for arg in &slurm.sbatch_args {
        text += &format!("#SBATCH {}\n", quoted(arg));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_hold_what_was_asked_for_and_are_shell() {
        let tasks =
            [Task { units: vec![1, 2, 5], seconds: 600.0 }, Task { units: vec![3, 4], seconds: 500.0 }];
        let of = Submission {
            study: "my study's",
            out: Path::new("/shared/it's here"),
            from: Path::new("/home/me"),
            command: "toile run study.toml --out '/shared/it'\\''s here'",
            tasks: &tasks,
        };
        let slurm = Slurm {
            partition: Some("long".into()),
            account: Some("lab".into()),
            cpus_per_run: 2,
            time: Some("1-12".into()),
            max_running: Some(4),
            sbatch_args: vec!["--qos=low".into()],
        };
        let array = array_script(&of, &slurm);
        for line in [
            "#SBATCH --array=1-2%4",
            "#SBATCH --cpus-per-task=2",
            "#SBATCH --partition=long",
            "#SBATCH --account=lab",
            "#SBATCH --time=1-12",
            "#SBATCH --qos=low",
            "#SBATCH --signal=B:USR1@60",
            "#SBATCH --requeue",
            "1-2,5",
            "3-4",
        ] {
            assert!(array.lines().any(|there| there == line), "{line} is missing in\n{array}");
        }
        for script in [array, gather_script(&of, &slurm), array_script(&of, &Slurm::default())] {
            let mut shell = std::process::Command::new("bash");
            let mut shell = shell.arg("-n").stdin(std::process::Stdio::piped()).spawn().unwrap();
            std::io::Write::write_all(&mut shell.stdin.take().unwrap(), script.as_bytes()).unwrap();
            assert!(shell.wait().unwrap().success(), "{script}");
        }
    }
}
