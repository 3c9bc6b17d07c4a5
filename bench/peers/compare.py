"""Toile beside other programs, in turns on this machine.

    python3 bench/peers/compare.py                              everything: half an hour, the first time twice that
    python3 bench/peers/compare.py --networks better --peers pytorch --rounds 3
    python3 bench/peers/compare.py --mode infer

Needs Python 3.11 or newer and Cargo; everything else is installed and built below target/peers, in the
versions that requirements.txt and rust/Cargo.lock name. Prints Markdown on standard output, and leaves that
and all figures in JSON in target/peers/results. bench/README.md says what is measured and how.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import environment
import study_file
import table
import toile
from environment import WORK, Unavailable
from peer import InferencePeer, TrainingPeer
from rows import (INFERENCE_BATCHES, INFERENCE_NETWORK, INFERENCE_PEERS, REDUCED, TOILE_BF16, TRAINING,
                  TRAINING_PEERS)

TOLERANCE = 1e-4


def training_rows(args, data, unpacked):
    """Each row with its programs: name and a function that starts one."""
    for row in TRAINING:
        if args.networks and row.name not in args.networks:
            continue
        threads = row.threads or args.threads
        model = study_file.read_model(toile.NETWORKS, row.network)
        job = {**model, "threads": threads, "data": str(unpacked), "seconds_a_turn": args.seconds}
        programs = {}
        for name, network in own_programs(row):
            programs[name] = lambda name=name, network=network: toile.ToileTraining(
                name, network, threads, model["batch_size"], data)
        for name in args.peers or row.peers:
            if name in TRAINING_PEERS:
                programs[name] = lambda name=name: TrainingPeer(TRAINING_PEERS[name], job)
        yield heading(row.network, model["batch_size"], threads), programs


def own_programs(row):
    """Toile's own programs by name, each with its model of bench/networks.toml."""
    yield "Toile", row.network
    if row.bf16:
        yield TOILE_BF16, f"{row.network}-bf16"


def heading(network, batch_size, threads):
    return {"network": network, "batch_size": batch_size, "threads": threads}


def inference_rows(args, data, unpacked):
    """The same for inference."""
    network = INFERENCE_NETWORK
    if args.networks and network not in args.networks:
        return
    model, difference = toile.export(network, args.threads, data, unpacked)
    for batch_size in INFERENCE_BATCHES:
        job = {
            "threads": args.threads, "batch_size": batch_size,
            "data": str(unpacked), "compared": toile.COMPARED,
            "model": str(model / f"model-{batch_size}.onnx"), "weights": str(model / "model.pt"),
            "expected": str(model / "expected.f32"), "output": str(model / "output.f32"),
        }
        programs = {"Toile": lambda: toile.ToileInference(network, args.threads, batch_size, difference)}
        for name in args.peers or INFERENCE_PEERS:
            if name in INFERENCE_PEERS:
                programs[name] = lambda name=name: InferencePeer(INFERENCE_PEERS[name], job)
        yield heading(network, batch_size, args.threads), programs


def measure(row, programs, rounds, problems):
    """The row with each program's figures. What a program cannot do goes to `problems`; the others go on."""
    title = table.title(row)
    running, found = {}, {}
    row["handover_ns"] = []
    try:
        for name, start in programs.items():
            say(f"{title}: {name} gets ready")
            try:
                running[name] = start()
            except Unavailable as error:
                problems.append(f"{title}: {name} could not be started: {error}")
            found[name] = {"name": getattr(running.get(name), "name", name), "rates": [], "loss": None,
                           "own": name.startswith("Toile"), "reduced": name in REDUCED}
        for number in range(1, rounds + 1):
            for name in list(found) if number % 2 else reversed(found):
                turn = {"images_per_second": None}
                try:
                    row["handover_ns"].append(toile.handover())
                    if name in running:
                        turn = running[name].turn()
                except Unavailable as error:
                    problems.append(f"{title}: {name} failed in round {number}: {error}")
                    running.pop(name).close()
                found[name]["rates"].append(turn["images_per_second"])
                found[name]["loss"] = turn.get("loss", found[name]["loss"])
            said = [f"{name} {rate:,.0f}" for name in found if (rate := found[name]["rates"][-1])]
            say(f"{title}: round {number}: {', '.join(said)}")
        for name, program in running.items():
            known = ["images", "first_loss", "difference"]
            found[name].update({key: getattr(program, key, None) for key in known})
            problems += [f"{title}: {name}: {doubt}" for doubt in doubts(found[name])]
    finally:
        for program in running.values():
            program.close()
    row["programs"] = list(found.values())
    table.figures(row["programs"])
    return row


def doubts(program):
    """Signs that a program did something else than it should have."""
    loss, difference = program["loss"], program["difference"]
    # Neither is "greater": NaN must be doubted.
    if loss is not None and not loss < program["first_loss"]:
        yield f"the training loss did not fall: {program['first_loss']:.3f}, then {loss:.3f}"
    if difference is not None and not difference <= TOLERANCE:
        yield f"its outputs are up to {difference:.1e} from PyTorch's"


def machine():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        of = {name: next(text.strip() for key, _, text in (line.partition(":") for line in lines) if key.strip() == name)
              for name in ("model name", "cpu family", "model", "flags")}
    except (OSError, StopIteration):
        return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
    # Virtual machines are often all called the same; what counts is what they can do.
    flags = of["flags"].split()
    known = [("AVX2", "avx2"), ("AVX-512", "avx512f"), ("bf16", "avx512_bf16"), ("AMX", "amx_tile")]
    able = ", ".join(words for words, flag in known if flag in flags)
    kind = f"family {of['cpu family']} model {of['model']}"
    return f"{of['model name']} ({kind}; {able}), {os.cpu_count()} cores, {platform.system()}"


def say(text):
    print(text, file=sys.stderr, flush=True)


def write(results):
    folder = WORK / "results"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (folder / "results.md").write_text(table.markdown(results))


def arguments():
    names = [row.name for row in TRAINING]
    peers = list(dict.fromkeys([*TRAINING_PEERS, *INFERENCE_PEERS]))
    parser = argparse.ArgumentParser(description="Toile beside other programs, in turns on this machine")
    parser.add_argument("--mode", choices=["train", "infer", "all"], default="all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--networks", type=several(names), metavar="NAME,..",
                        help=f"only these of {', '.join(names)}")
    parser.add_argument("--peers", type=several(peers), metavar="NAME,..",
                        help=f"these of {', '.join(peers)} on every network [default: all on the first, "
                             "PyTorch's eager modes on the others]")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="[default: the cores]")
    parser.add_argument("--seconds", type=float, default=6,
                        help="length of a peer's turn of training [default: 6]")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR",
                        help="folder of Fashion-MNIST's files [default: where `toile data get` finds them]")
    args = parser.parse_args()
    if args.rounds < 1 or args.threads < 1 or args.seconds <= 0:
        parser.error("--rounds, --threads and --seconds must be positive")
    return args


def several(names):
    """What turns "a,b" into a list of names, all of them among `names`."""
    def parse(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in names:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(names)}")
        return chosen
    return parse


def main():
    args = arguments()
    environment.build_toile()
    data = environment.find_data(args.data)
    unpacked = environment.unpack_data(data)
    results = {
        "machine": machine(), "date": datetime.date.today().isoformat(), "toile": toile.version(),
        "command": shlex.join(["python3", *sys.argv]), "rounds": args.rounds,
        "training": [], "inference": [], "problems": environment.python_environment(),
    }
    modes = {"train": ("training", training_rows), "infer": ("inference", inference_rows)}
    for mode, (name, rows) in modes.items():
        if args.mode not in (mode, "all"):
            continue
        try:
            for row, programs in rows(args, data, unpacked):
                results[name].append(measure(row, programs, args.rounds, results["problems"]))
                write(results)
        except Unavailable as error:
            results["problems"].append(f"{name} could not be compared: {error}")
    write(results)
    print(table.markdown(results), end="")


if __name__ == "__main__":
    try:
        main()
    except Unavailable as error:
        raise SystemExit(f"compare.py: {error}")
