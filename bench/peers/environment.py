"""What the peers need, made once below target/peers: a Python environment, programs, the images' files."""

import gzip
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "target/peers"
PYTHON = WORK / "venv/bin/python"
TOILE = ROOT / "target/release/toile"
HANDOVER = ROOT / "target/release/examples/handover"
RUST = WORK / "cargo"
# Burn asks the matrix products of the crate gemm for AVX-512. Candle's are gemm's too, but Candle has no
# feature to ask with: features are those of all that is built together.
BUILT_TOGETHER = [["burn", "candle"], ["tract"]]


class Unavailable(Exception):
    """Why a program cannot be compared."""


def run(command, **options):
    """Standard output of a command that must succeed."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    except OSError as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        last_lines = (done.stderr or done.stdout).strip().splitlines()[-15:]
        raise Unavailable("\n".join([f"{' '.join(words[:4])} ... failed", *last_lines]))
    return done.stdout


def python_environment():
    """Installs the pinned packages, if that has not been done with these very files. What could not be
    installed comes back as problems; the programs that need it will say so too."""
    files = [HERE / "requirements.txt", HERE / "constraints.txt"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = WORK / "venv/installed.json"
    if stamp.exists() and (installed := json.loads(stamp.read_text()))["files"] == wanted:
        return installed["problems"]
    print(f"installing Python packages into {stamp.parent} (some gigabytes, once)", file=sys.stderr)
    venv.create(stamp.parent, with_pip=True, clear=True)
    problems = []
    try:
        pip_install("-r", files[0])
    except Unavailable:
        # One package without a wheel for this machine must not cost the others.
        for package in files[0].read_text().splitlines():
            if not package.startswith(("#", "-")):
                try:
                    pip_install("-c", files[1], package)
                except Unavailable as error:
                    problems.append(f"{package} (to try again, remove {stamp.parent}): {error}")
    stamp.write_text(json.dumps({"files": wanted, "problems": problems}))
    return problems


def pip_install(*what):
    run([PYTHON, "-m", "pip", "install", "--quiet", *what])


def build_toile():
    run(["cargo", "build", "--release", "--quiet", "--bin", "toile"], cwd=ROOT)
    run(["cargo", "build", "--release", "--quiet", "-p", "toile-bench", "--example", "handover"], cwd=ROOT)


def build_rust_peer(name):
    """Builds bench/peers/rust/NAME for this very processor, as somebody who wants speed does, with the others
    it goes together with.

    One job at a time: the large crates take gigabytes each.
    """
    binary = RUST / f"release/peer-{name}"
    if not binary.exists():
        print(f"building {name} (minutes, once)", file=sys.stderr)
    [group] = [group for group in BUILT_TOGETHER if name in group]
    packages = [word for member in group for word in ("-p", f"peer-{member}")]
    variables = {**os.environ, "RUSTFLAGS": "-C target-cpu=native", "CARGO_TARGET_DIR": str(RUST)}
    run(["cargo", "build", "--release", "--quiet", "--locked", "-j1", *packages],
        cwd=HERE / "rust", env=variables)
    return binary


def find_data(folder):
    """The folder of Fashion-MNIST's files: the one named, else where `toile data` finds them or puts them."""
    if folder is None:
        run([TOILE, "data", "get", "fashion-mnist"])
        found = re.search(r"^  ok +\w+  (.*)$", run([TOILE, "data", "verify", "fashion-mnist"]), re.MULTILINE)
        folder = pathlib.Path(found[1]).parent
    return pathlib.Path(folder).resolve()


def unpack_data(folder):
    """A folder with the four files unpacked, whatever they are in `folder`."""
    unpacked = WORK / "data"
    unpacked.mkdir(parents=True, exist_ok=True)
    for stem in ["train", "t10k"]:
        for kind in ["images-idx3", "labels-idx1"]:
            plain = folder / f"{stem}-{kind}-ubyte"
            packed = plain.with_name(plain.name + ".gz")
            content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
            (unpacked / plain.name).write_bytes(content)
    return unpacked
