"""ONNX Runtime, running the network of a job."""

import numpy as np
import onnxruntime

import fastest
import idx
import line

job = line.job()
images = idx.split(job["data"], "t10k")[0][:job["compared"]].astype(np.float32) / 255
batches = [np.ascontiguousarray(batch) for batch in np.split(images, len(images) // job["batch_size"])]


def bound(threads):
    """A session and its bound input and output: nothing is allocated or copied from call to call."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(job["model"], options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    binding.bind_ortvalue_input("images", onnxruntime.OrtValue.ortvalue_from_numpy(batches[0]))
    binding.bind_output("log_probabilities", "cpu")
    return session, binding


# For a single image a thread less to wait for can be the faster way.
sessions = {f"{n} thread{'s' * (n > 1)}": bound(n) for n in {1, job["threads"]}}
name, call = fastest.fastest({
    name: lambda session=session, binding=binding: session.run_with_iobinding(binding)
    for name, (session, binding) in sessions.items()
})
session, _ = sessions[name]
outputs = [session.run(None, {"images": batch})[0] for batch in batches]
np.concatenate(outputs).tofile(job["output"])


def infer(wanted):
    done = 0
    while done < wanted:
        call()
        done += job["batch_size"]
    return done, None


line.serve(f"ONNX Runtime {onnxruntime.__version__}, {name}", infer)
