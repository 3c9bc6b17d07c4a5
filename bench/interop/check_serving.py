"""Shows that `toile serve` speaks the Open Inference Protocol v2 as other programs understand it.

    pip install 'tritonclient[http]' schemathesis openapi-spec-validator numpy pillow pyyaml
    python bench/interop/check_serving.py RUN --data DIR [--toile PROGRAM] [--images N] [--examples N]

RUN is a finished run as `toile predict` names it (runs/quick/better/seed-0, quick/better), DIR holds the IDX files of its
data set. The first N test images are written as PNG files, `toile predict --csv` says what they are, and then a server of
the run is asked:

- Triton's client: health, metadata; images as JSON and as bytes, one and many at a time, as bytes and normalized; every
  output as JSON and as bytes; classification; the version by name; the request's id; and that what is wrong is refused.
- POST /predict with the files, raw and as forms.
- openapi-spec-validator and schemathesis, whether the server answers as /openapi.json says, N examples a route and check;
- schemathesis, whether it answers as the protocol's public description says, which --protocol names, or which is fetched. That
  knows no status for a model that is not there, so that its routes are asked for the one that is.
- SIGTERM, whether it ends in time and as it should.

Every probability has to be the same 32 bit float as the one of `toile predict`. Exits with 0 if all agree, with 1 if not,
with 2 if something is missing.
"""

import argparse
import csv
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

try:
    import numpy as np
    import openapi_spec_validator
    import tritonclient.http as triton
    import yaml
    from PIL import Image
except ImportError as error:
    print(f"{error}: see the top of {__file__} for what to install", file=sys.stderr)
    raise SystemExit(2) from error

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx
from exported import export

PROTOCOL = "https://raw.githubusercontent.com/open-inference/open-inference-protocol/main/specification/protocol/open_inference_rest.yaml"

STARTING_SECONDS = 60
STOPPING_SECONDS = 10
BATCHES = [1, 2, 7, 64]
OUTPUTS = ["probabilities", "class", "class_name"]
# That data is as long as the shape says and that bytes are a picture cannot be said in a schema: schemathesis takes for
# right what is refused for good reasons. Nothing else is left out.
UNSAYABLE = "positive_data_acceptance"


def stop(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


class Checks:
    """What was looked at, and what of it is wrong."""

    def __init__(self):
        self.count, self.wrong = 0, []

    def hold(self, what, is_right, found=""):
        self.count += 1
        if not is_right:
            self.wrong.append(f"{what}: {found}" if found != "" else what)

    def same(self, what, found, wanted):
        is_same = np.array_equal(found, wanted) if isinstance(wanted, np.ndarray) else found == wanted
        self.hold(what, is_same, f"{found!r}, not {wanted!r}")


class Server:
    """A server on a free port, and what it says."""

    def __init__(self, toile, run):
        command = [toile, "serve", run, "--port", "0"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.said, self.address, self.ready = [], None, threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()
        if not self.ready.wait(STARTING_SECONDS) or self.address is None:
            self.process.kill()
            stop(f"{' '.join(map(str, command))} does not listen: {''.join(self.said)}")

    def listen(self):
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"listening on http://(\S+)", line):
                self.address = found[1]
                self.ready.set()
        self.ready.set()

    def get(self, path, body=None, headers=()):
        """Status and body of an answer."""
        request = urllib.request.Request(f"http://{self.address}{path}", body, dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def end(self, checks):
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        try:
            code = self.process.wait(STOPPING_SECONDS)
            checks.same("exit code after SIGTERM", code, 0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            checks.hold("SIGTERM", False, f"it had not ended after {time.monotonic() - began:.0f} s")
        checks.hold("no panic", not any("panicked" in line for line in self.said), "".join(self.said))


class Known:
    """What `toile predict` says of the images."""

    def __init__(self, toile, run, images, folder):
        self.files = [folder / f"{index:05}.png" for index in range(len(images))]
        for file, image in zip(self.files, images):
            Image.fromarray(image[0]).save(file)
        command = [toile, "predict", run, "--csv", *self.files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            stop(f"toile predict: {done.stderr}")
        header, *rows = csv.reader(done.stdout.splitlines())
        self.names = header[3:]
        self.classes = np.array([self.names.index(row[1]) for row in rows])
        self.probabilities = np.array([row[3:] for row in rows], np.float32)
        # N, H, W, C; what is normalized is N, C, H, W.
        self.images = images.transpose(0, 2, 3, 1)
        export(toile, run, "npz", folder / "run.npz")
        with np.load(folder / "run.npz", allow_pickle=False) as arrays:
            mean, std = (arrays[key].astype(np.float32).reshape(1, -1, 1, 1) for key in ("mean", "std"))
        self.normalized = (images.astype(np.float32) / np.float32(255) - mean) / std

    def class_names(self, at):
        return [self.names[index] for index in self.classes[at]]


def texts(array):
    """BYTES are bytes where they came as bytes, and texts where they came as JSON."""
    flat = (text.decode() if isinstance(text, bytes) else str(text) for text in array.reshape(-1))
    return list(flat)


def check_facts(client, model, version, known, checks):
    checks.hold("live", client.is_server_live())
    checks.hold("ready", client.is_server_ready())
    checks.hold("model ready", client.is_model_ready(model))
    checks.hold("version ready", client.is_model_ready(model, version))
    checks.hold("no such model", not client.is_model_ready("no-such-model"))
    checks.hold("no such version", not client.is_model_ready(model, "no-such-version"))
    server = client.get_server_metadata()
    checks.same("extensions", server["extensions"], ["binary_tensor_data", "classification"])
    metadata = client.get_model_metadata(model)
    checks.same("metadata of the version", client.get_model_metadata(model, version), metadata)
    image = list(known.images.shape[1:])
    checks.same("inputs", metadata["inputs"], [{"name": "images", "datatype": "UINT8", "shape": [-1, *image]}])
    outputs = {output["name"]: (output["datatype"], output["shape"]) for output in metadata["outputs"]}
    classes = len(known.names)
    wanted = {"probabilities": ("FP32", [-1, classes]), "class": ("INT64", [-1]), "class_name": ("BYTES", [-1])}
    checks.same("outputs", outputs, wanted)


def check_answer(result, at, known, what, checks):
    checks.same(f"{what}: probabilities", result.as_numpy("probabilities"), known.probabilities[at])
    checks.same(f"{what}: class", result.as_numpy("class"), known.classes[at])
    checks.same(f"{what}: class_name", texts(result.as_numpy("class_name")), known.class_names(at))


def check_inference(client, model, version, known, checks):
    for name, images, datatype in [("images", known.images, "UINT8"), ("normalized", known.normalized, "FP32")]:
        for size in BATCHES:
            for start in range(0, len(images), size if size > 1 else 16):
                at = slice(start, min(start + size, len(images)))
                batch = np.ascontiguousarray(images[at])
                for binary_in in (True, False):
                    entry = triton.InferInput(name, batch.shape, datatype)
                    entry.set_data_from_numpy(batch, binary_data=binary_in)
                    for binary_out in (True, False):
                        what = f"{name} {at.start}..{at.stop}, binary {binary_in}, {binary_out}"
                        wanted = [triton.InferRequestedOutput(name, binary_data=binary_out) for name in OUTPUTS]
                        result = client.infer(model, [entry], outputs=wanted, request_id=what, model_version=version)
                        check_answer(result, at, known, what, checks)
                        answer = result.get_response()
                        said = (answer["id"], answer["model_name"], answer["model_version"])
                        checks.same(f"{what}: said", said, (what, model, version))
    entry = triton.InferInput("images", known.images[:3].shape, "UINT8")
    entry.set_data_from_numpy(known.images[:3])
    check_answer(client.infer(model, [entry]), slice(0, 3), known, "all outputs unasked", checks)
    for count in (1, len(known.names)):
        for binary in (True, False):
            wanted = triton.InferRequestedOutput("probabilities", binary_data=binary, class_count=count)
            found = client.infer(model, [entry], outputs=[wanted]).as_numpy("probabilities")
            checks.same(f"classification {count}, binary {binary}: shape", list(found.shape), [3, count])
            for at, text in enumerate(texts(found)):
                probability, index, name = text.split(":", 2)
                image, rank = divmod(at, count)
                row = known.probabilities[image]
                checks.same(f"{text}: rank", np.float32(probability), np.sort(row)[::-1][rank])
                checks.same(f"{text}: class", (row[int(index)], name), (np.float32(probability), known.names[int(index)]))


def check_refusals(client, model, known, checks):
    images = known.images[:1]

    def refused(what, name=model, tensor="images", shape=images.shape, datatype="UINT8", outputs=None, version=""):
        entry = triton.InferInput(tensor, shape, datatype)
        entry.set_data_from_numpy(images.reshape(shape).astype(triton_type[datatype]))
        try:
            client.infer(name, [entry], outputs=outputs, model_version=version)
            checks.hold(what, False, "was answered")
        except triton.InferenceServerException as error:
            checks.hold(what, error.status() in ("400", "404") and len(error.message()) > 20, str(error))

    triton_type = {"UINT8": np.uint8, "FP32": np.float32, "INT64": np.int64}
    refused("a model that is not there", name="no-such-model")
    refused("a version that is not there", version="no-such-version")
    refused("a tensor that is not there", tensor="pixels")
    refused("a type that does not fit", datatype="INT64")
    refused("floats as bytes", datatype="FP32")
    refused("a shape without a batch", shape=images.shape[1:])
    refused("an output that is not there", outputs=[triton.InferRequestedOutput("logits")])
    twice = [triton.InferRequestedOutput("class"), triton.InferRequestedOutput("class")]
    refused("an output twice", outputs=twice)


def check_pictures(server, known, checks):
    for index, file in enumerate(known.files[:32]):
        picture = file.read_bytes()
        boundary = "x-toile-boundary"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
        form = head.encode() + picture + f"\r\n--{boundary}--\r\n".encode()
        for kind, body in [("image/png", picture), (f"multipart/form-data; boundary={boundary}", form)]:
            status, answer = server.get("/predict", body, {"Content-Type": kind}.items())
            checks.same(f"{file.name} as {kind}: status", status, 200)
            if status == 200:
                said = json.loads(answer)
                found = np.array([said["probabilities"][name] for name in known.names], np.float32)
                checks.same(f"{file.name} as {kind}", found, known.probabilities[index])
                checks.same(f"{file.name} as {kind}: class", said["class"], known.names[known.classes[index]])


def ask_at_random(description, server, arguments, folder, checks, what):
    """Lets schemathesis ask as a description allows and forbids, and see whether answers are as it says."""
    command = [arguments.schemathesis, "run", description, "--url", f"http://{server.address}"]
    command += ["--exclude-checks", UNSAYABLE, "--max-examples", str(arguments.examples)]
    command += ["--suppress-health-check", "all", "--seed", "1", "--no-color"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    except FileNotFoundError:
        stop(f"{arguments.schemathesis} is not there: pip install schemathesis, or say where it is with --schemathesis")
    checks.hold(what, done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:])
    counts = re.findall(r"\d+ generated, .*", done.stdout)
    print(f"{what}: {counts[-1] if counts else 'no requests'}")
    checks.hold(f"{what} asked something", bool(counts))


def check_description(server, arguments, folder, checks):
    try:
        openapi_spec_validator.validate(json.loads(server.get("/openapi.json")[1]))
        checks.hold("/openapi.json is OpenAPI", True)
    except openapi_spec_validator.validation.exceptions.OpenAPIValidationError as error:
        checks.hold("/openapi.json is OpenAPI", False, str(error))
    own = f"http://{server.address}/openapi.json"
    ask_at_random(own, server, arguments, folder, checks, "schemathesis, by the server's own description")


def check_protocol(server, arguments, model, version, folder, checks):
    if arguments.protocol:
        text = arguments.protocol.read_text()
    else:
        with urllib.request.urlopen(PROTOCOL, timeout=60) as answer:
            text = answer.read().decode()
    protocol = yaml.safe_load(text)
    # Of the two names that routes have these are the ones that are there.
    routes = {path.format(MODEL_NAME=model, MODEL_VERSION=version): route for path, route in protocol["paths"].items()}
    for route in routes.values():
        route.pop("parameters", None)
    protocol["paths"] = routes
    description = folder / "protocol.json"
    description.write_text(json.dumps(protocol))
    ask_at_random(description, server, arguments, folder, checks, "schemathesis, by the protocol's description")


def main():
    parser = argparse.ArgumentParser(description="Other programs' clients against toile serve")
    parser.add_argument("run", help="a finished run, as toile predict names it")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of IDX files")
    parser.add_argument("--toile", default="toile")
    parser.add_argument("--schemathesis", default=pathlib.Path(sys.executable).parent / "schemathesis")
    parser.add_argument("--protocol", type=pathlib.Path, help="a copy of the protocol's open_inference_rest.yaml")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--examples", type=int, default=100)
    arguments = parser.parse_args()
    images, _ = idx.split(arguments.data, "t10k")
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        known = Known(arguments.toile, arguments.run, images[: arguments.images], folder)
        server = Server(arguments.toile, arguments.run)
        try:
            described = json.loads(server.get("/openapi.json")[1])["components"]["parameters"]
            [model], [version] = (described[name]["schema"]["enum"] for name in ("model", "version"))
            with triton.InferenceServerClient(server.address) as client:
                check_facts(client, model, version, known, checks)
                check_inference(client, model, version, known, checks)
                check_refusals(client, model, known, checks)
            check_pictures(server, known, checks)
            check_description(server, arguments, folder, checks)
            check_protocol(server, arguments, model, version, folder, checks)
        finally:
            server.end(checks)
    for wrong in checks.wrong[:20]:
        print(f"wrong: {wrong}")
    verdict = f"{len(checks.wrong)} are wrong" if checks.wrong else "all agree"
    print(f"{arguments.run}: {len(known.files)} images, {checks.count} checks; {verdict}")
    raise SystemExit(1 if checks.wrong else 0)


if __name__ == "__main__":
    main()
