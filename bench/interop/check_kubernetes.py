#!/usr/bin/env python3
"""Does Kubernetes know what `toile run --on kubernetes --dry-run` writes?

    toile run quick --on kubernetes --dry-run | python bench/interop/check_kubernetes.py

checks each document of a manifest against Kubernetes' own schemas, in which a field that it does not know is an error:
of every version from 1.29 on, the first in which an index has a number of tries of its own without further ado. Then
what the schemas cannot say: rules among fields that Kubernetes' API server refuses a Job for. At last the check itself
is checked: with a word of the manifest misspelt, it has to notice. Ends with 0 where everything agrees, with 1 where not.
Needs `pip install kubernetes-validate`, which carries the schemas.
"""

import copy
import sys

import kubernetes_validate
import yaml

FIRST_VERSION = (1, 29)


def fail(message):
    sys.exit(f"wrong: {message}")


def versions():
    known = kubernetes_validate.utils.all_versions()
    chosen = [v for v in known if tuple(map(int, v.split(".")[:2])) >= FIRST_VERSION]
    return chosen or fail(f"no schemas from {FIRST_VERSION} on, only {known}")


def is_known(job, version):
    try:
        kubernetes_validate.validate(job, version, strict=True)
        return None
    except kubernetes_validate.ValidationError as error:
        return f"{'/'.join(map(str, error.path))}: {error.message}"


def check_rules(job):
    """What the API server asks of a Job beyond its schema."""
    spec = job["spec"]
    pod = spec["template"]["spec"]
    if pod["restartPolicy"] not in ("Never", "OnFailure"):
        fail("a Job's pods restart never or on failure")
    if "podFailurePolicy" in spec and pod["restartPolicy"] != "Never":
        fail("podFailurePolicy asks for restartPolicy Never")
    if "backoffLimitPerIndex" in spec and spec.get("completionMode") != "Indexed":
        fail("backoffLimitPerIndex asks for completionMode Indexed")
    containers = {container["name"] for container in pod["containers"]}
    for rule in spec.get("podFailurePolicy", {}).get("rules", []):
        if rule["action"] == "FailIndex" and "backoffLimitPerIndex" not in spec:
            fail("FailIndex asks for backoffLimitPerIndex")
        if ("onExitCodes" in rule) == ("onPodConditions" in rule):
            fail("a rule has one of onExitCodes and onPodConditions")
        codes = rule.get("onExitCodes")
        if codes and codes.get("containerName", next(iter(containers))) not in containers:
            fail(f"there is no container {codes['containerName']}")
        if codes and (sorted(codes["values"]) != codes["values"] or 0 in codes["values"]):
            fail("exit codes are ascending, and 0 is none of them")
    volumes = {volume["name"] for volume in pod["volumes"]}
    mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
    if volumes != mounted:
        fail(f"volumes {volumes}, and mounted are {mounted}")


def misspelt(job):
    """The Job with each field of its specification misspelt in turn."""
    for field in job["spec"]:
        wrong = copy.deepcopy(job)
        wrong["spec"][field + "s"] = wrong["spec"].pop(field)
        yield field, wrong


def main():
    jobs = list(yaml.safe_load_all(sys.stdin))
    if len(jobs) != 2 or any((job["apiVersion"], job["kind"]) != ("batch/v1", "Job") for job in jobs):
        fail("not two Jobs of batch/v1")
    names = [job["metadata"]["name"] for job in jobs]
    # A pod's name, the Job's with an index and five letters, has at most 63 letters.
    longest = max(len(names[0] + "-99999-abcde"), len(names[1] + "-abcde"))
    if len(set(names)) != 2 or longest > 63:
        fail(f"names {names}")
    chosen = versions()
    for job in jobs:
        for version in chosen:
            if error := is_known(job, version):
                fail(f"{job['metadata']['name']} in {version}: {error}")
        check_rules(job)
        for field, wrong in misspelt(job):
            if not is_known(wrong, chosen[-1]):
                fail(f"{field} misspelt was not noticed")
    print(f"{' and '.join(names)}: known to Kubernetes {chosen[0]} to {chosen[-1]}")


if __name__ == "__main__":
    main()
