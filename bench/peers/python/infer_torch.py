"""PyTorch, running the network of a job in whichever of its ways is the fastest here."""

import json
import sys

import numpy as np
import torch

import fastest
import idx
import line
import toile_torch

job = line.job()
torch.set_num_threads(job["threads"])
torch.set_flush_denormal(True)
# Weights become constants, laid out for the convolutions that use them.
torch._inductor.config.freezing = True

saved = torch.load(job["weights"])
images = torch.from_numpy(idx.split(job["data"], "t10k")[0][:job["compared"]]).float() / 255
batches = images.split(job["batch_size"])


def network():
    net = toile_torch.Network(json.loads(saved["layers"]), (1, 28, 28))
    net.load_state_dict(saved["weights"])
    return net.eval()


with torch.inference_mode():
    last = network().to(memory_format=torch.channels_last)
    nets = {
        "eager": network(),
        "eager, channels_last": lambda x: last(x.contiguous(memory_format=torch.channels_last)),
    }
with torch.no_grad():
    compiled = torch.compile(network(), dynamic=False)
    try:
        compiled(batches[0])
        nets["torch.compile"] = compiled
    except Exception as error:  # No compiler for C++, perhaps: the others are left.
        print(error, file=sys.stderr)

    name, _ = fastest.fastest({name: lambda net=net: net(batches[0]) for name, net in nets.items()})
    net = nets[name]
    np.concatenate([net(batch).numpy() for batch in batches]).tofile(job["output"])

    def infer(wanted):
        done = 0
        while done < wanted:
            net(batches[0])
            done += len(batches[0])
        return done, None

    line.serve(f"PyTorch {torch.__version__.split('+')[0]}, {name}", infer)
