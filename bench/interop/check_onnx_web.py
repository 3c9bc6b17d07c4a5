"""Shows that ONNX Runtime's web build gives the answers of Toile's own networks in a browser.

    npm install onnxruntime-web
    pip install numpy
    python bench/interop/check_onnx_web.py RUN... --data DIR --web node_modules/onnxruntime-web/dist [--toile PROGRAM]

Each RUN (a run's folder, .../better/seed-0) is exported as ONNX and opened in headless Chromium by the runtime's
WebAssembly build, from a server on this machine. The answers for the test images (at most --images of them) have to be
those of predictions.csv: the same prediction, and every log-probability as check_onnx.py compares them.

Exits with 0 if all agree, with 1 if not, with 2 if something is missing.
"""

import argparse
import functools
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import idx
from predicted import TOLERANCE, known

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>waiting</title><pre id="out"></pre>
<script src="ort.wasm.min.js"></script>
<script>
(async () => {
  let said;
  try {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = new URL("./", location.href).href;
    const shape = SHAPE;
    const pixels = new Uint8Array(await (await fetch("pixels.bin")).arrayBuffer());
    const session = await ort.InferenceSession.create("model.onnx", { executionProviders: ["wasm"] });
    const answer = await session.run({ images: new ort.Tensor("uint8", pixels, shape) });
    said = { values: Array.from(answer.log_probabilities.data) };
  } catch (error) {
    said = { error: String(error) };
  }
  await fetch("answer", { method: "POST", body: JSON.stringify(said) });
})();
</script>"""


def stop(message):
    print(message, file=sys.stderr)
    raise SystemExit(2)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, and the page's answer."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def do_POST(self):
        self.server.answer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self.server.answered.set()

    def log_message(self, *_):
        pass


def asked(folder, chromium):
    """What the page in a folder says when a browser opens it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    server.answered, server.answer = threading.Event(), None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        browser = subprocess.Popen(
            [*command, f"http://127.0.0.1:{server.server_address[1]}/page.html"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            server.answered.wait(180)
        finally:
            browser.terminate()
            browser.wait()
            server.shutdown()
    return server.answer or {"error": "no answer in three minutes"}


def main():
    parser = argparse.ArgumentParser(description="ONNX Runtime in a browser against Toile")
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--web", required=True, type=pathlib.Path)
    parser.add_argument("--toile", default="toile")
    parser.add_argument("--images", type=int, default=1000)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        stop("no Chromium is installed")
    if not (arguments.web / "ort.wasm.min.js").exists():
        stop(f"{arguments.web}: no ort.wasm.min.js: npm install onnxruntime-web")
    images, _ = idx.split(arguments.data, "t10k")
    images = images[: arguments.images].transpose(0, 2, 3, 1)
    failed = False
    for run in arguments.runs:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            command = [arguments.toile, "export", run, "--format", "onnx", "--out", folder / "model.onnx"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                stop(f"{run}: {done.stderr}")
            for file in arguments.web.glob("ort*wasm*"):
                if re.fullmatch(r"ort\.wasm\.min\.js|ort-wasm-simd-threaded(\.mjs|\.wasm)", file.name):
                    shutil.copy(file, folder)
            (folder / "pixels.bin").write_bytes(images.tobytes())
            (folder / "page.html").write_text(PAGE.replace("SHAPE", json.dumps(images.shape)))
            answer = asked(name, chromium)
        if "error" in answer:
            print(f"{run.parent.name} {run.name}: {answer['error']}")
            failed = True
            continue
        names, predictions, logs = known(run)
        found = np.array(answer["values"]).reshape(-1, len(names))
        predictions, logs = predictions[: len(found)], logs[: len(found)]
        compared = ~np.isnan(logs)
        apart = np.abs(found - logs)[compared] / np.maximum(1, np.abs(logs[compared]))
        others = int((found.argmax(1) != predictions).sum())
        agree = len(found) == len(images) and others == 0 and bool((apart <= TOLERANCE).all())
        print(
            f"{run.parent.name} {run.name}: {len(found)} images in Chromium, {others} other predictions, largest "
            f"difference {apart.max():.1e}; {'all agree' if agree else 'THEY DIFFER'}"
        )
        failed |= not agree
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
