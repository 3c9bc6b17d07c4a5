"""OpenVINO, running the network of a job."""

import numpy as np
import openvino

import fastest
import idx
import line

job = line.job()
batch_size, threads = job["batch_size"], job["threads"]
images = idx.split(job["data"], "t10k")[0][:job["compared"]].astype(np.float32) / 255
batches = [np.ascontiguousarray(batch) for batch in np.split(images, len(images) // batch_size)]
core = openvino.Core()


def compiled(hint):
    return core.compile_model(job["model"], "CPU", {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": hint,
        # Left to itself it takes bfloat16 where the CPU has it.
        "INFERENCE_PRECISION_HINT": "f32",
    })


def one_after_another():
    """One batch at a time, on all threads."""
    request = compiled("LATENCY").create_infer_request()
    request.set_input_tensor(openvino.Tensor(batches[0], shared_memory=True))
    return request.infer


def side_by_side():
    """As many batches at a time as OpenVINO thinks best: a call does that many."""
    model = compiled("THROUGHPUT")
    many = model.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
    requests = [model.create_infer_request() for _ in range(many)]
    for request in requests:
        request.set_input_tensor(openvino.Tensor(batches[0].copy(), shared_memory=True))
    return requests


def all_of(requests):
    for request in requests:
        request.start_async()
    for request in requests:
        request.wait()


latency = one_after_another()
name, call, batches_a_call = "latency hint", latency, 1
if batch_size > 1:
    # Latency is that of one image; many are free to be handled in any way.
    requests = side_by_side()
    many = len(requests)
    best, _ = fastest.fastest({
        "latency hint": lambda: [latency() for _ in range(many)],
        "throughput hint": lambda: all_of(requests),
    })
    if best == "throughput hint":
        name, call, batches_a_call = best, lambda: all_of(requests), many

model = compiled("LATENCY")
np.concatenate([model(batch)[0] for batch in batches]).tofile(job["output"])


def infer(wanted):
    done = 0
    while done < wanted:
        call()
        done += batches_a_call * batch_size
    return done, None


line.serve(f"OpenVINO {openvino.__version__.split('-')[0]}, {name}", infer)
