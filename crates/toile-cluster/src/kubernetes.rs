//! Kubernetes: a Job with an index a task, and one that gathers.
//!
//! The container needs nothing but the program: no shell. Kubernetes itself puts the index, which counts from 0, into
//! the arguments.

use crate::words::{for_name, for_yaml};

/// What the manifests are made of.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    /// Name of the study.
    pub study: &'a str,
    /// The image, in which the program is `/toile`.
    pub image: &'a str,
    /// The claim of a volume that all nodes can write.
    pub volume_claim: &'a str,
    /// Where the containers see it; the results are below.
    pub mounted_at: &'a str,
    /// Arguments of the program, without the part that says which units.
    pub args: &'a [String],
    /// Tasks.
    pub tasks: usize,
    /// Tasks at the same time, at most.
    pub max_running: Option<usize>,
    /// Processors of a task, and threads of each run.
    pub cpus_per_run: usize,
}

/// How often a task may break off. A node that fails, and a container that is told to end and saves a checkpoint (exit
/// code 130), do not count.
const TRIES: usize = 3;

/// The manifests, as two YAML documents: the second is to be applied when the first one's Job is complete.
pub fn manifests(of: &Manifest<'_>) -> String {
    let Manifest { study, tasks, max_running, cpus_per_run, .. } = of;
    let name = for_name(study);
    let threads = (*cpus_per_run).max(1).to_string();
    let which = ["--threads", &threads, "--jobs", "1", "--shard-index"].map(str::to_owned);
    let index = format!("$(JOB_COMPLETION_INDEX)/{tasks}");
    let args: Vec<String> = of.args.iter().cloned().chain(which).chain([index]).collect();
    let parallelism = max_running.unwrap_or(*tasks).min(*tasks);
    let mut text = format!(
        "# The runs of the study {study}: kubectl apply -f this file, or its first part; the second part gathers.
apiVersion: batch/v1
kind: Job
metadata:
  name: toile-{name}
spec:
  completionMode: Indexed
  completions: {tasks}
  parallelism: {parallelism}
  backoffLimitPerIndex: {TRIES}
  podFailurePolicy:
    rules:
    - action: Ignore
      onPodConditions:
      - type: DisruptionTarget
        status: \"True\"
    - action: Ignore
      onExitCodes:
        containerName: toile
        operator: In
        values: [130]
    - action: FailIndex
      onExitCodes:
        containerName: toile
        operator: In
        values: [2]
"
    );
    text += &pod(of, &args);
    text += &format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: toile-{name}-gather\nspec:\n  backoffLimit: {TRIES}\n"
    );
    let args: Vec<String> = of.args.iter().cloned().chain(["--gather".to_owned()]).collect();
    text + &pod(&Manifest { cpus_per_run: 1, ..*of }, &args)
}

fn pod(of: &Manifest<'_>, args: &[String]) -> String {
    let Manifest { image, volume_claim, mounted_at, cpus_per_run, .. } = of;
    let args: String = args.iter().map(|arg| format!("        - {}\n", for_yaml(arg))).collect();
    format!(
        "  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 30
      containers:
      - name: toile
        image: {image}
        workingDir: {at}
        command:
        - /toile
        args:
{args}        resources:
          requests:
            cpu: {cpus:?}
        volumeMounts:
        - name: study
          mountPath: {at}
      volumes:
      - name: study
        persistentVolumeClaim:
          claimName: {claim}
",
        image = for_yaml(image),
        at = for_yaml(mounted_at),
        cpus = (*cpus_per_run).max(1).to_string(),
        claim = for_yaml(volume_claim),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_hold_the_work() {
        let args = ["run", "study.toml", "--out", "runs/a \"b\""].map(String::from);
        let text = manifests(&Manifest {
            study: "My study",
            image: "registry.example/toile:1",
            volume_claim: "shared",
            mounted_at: "/study",
            args: &args,
            tasks: 16,
            max_running: Some(4),
            cpus_per_run: 2,
        });
        for line in [
            "  name: toile-my-study",
            "  name: toile-my-study-gather",
            // Without it the image would have to have an entry point.
            "        - /toile",
            "  completionMode: Indexed",
            "  completions: 16",
            "  parallelism: 4",
            // A task's own tries: without them one that fails takes those of all.
            "  backoffLimitPerIndex: 3",
            // What is asked for by a policy on failures, which says that a node's end is none of the task's, nor a
            // checkpoint, and that bad input stays bad.
            "      restartPolicy: Never",
            "      - type: DisruptionTarget",
            "        values: [130]",
            "    - action: FailIndex",
            "        values: [2]",
            "          claimName: \"shared\"",
            "        - \"$(JOB_COMPLETION_INDEX)/16\"",
            "        - \"runs/a \\\"b\\\"\"",
            "        - \"--gather\"",
            "            cpu: \"2\"",
        ] {
            assert!(text.lines().any(|there| there == line), "{line} is missing in\n{text}");
        }
        assert_eq!(text.matches("\n---\n").count(), 1);
    }
}
