"""What is measured: networks, and the peers that run them."""

from dataclasses import dataclass

# Name on the command line -> arguments of Peer.
TRAINING_PEERS = {
    "pytorch": ["train_torch.py", "eager"],
    "pytorch-channels-last": ["train_torch.py", "channels-last"],
    "pytorch-channels-last-bf16": ["train_torch.py", "channels-last-bf16"],
    "pytorch-compile": ["train_torch.py", "compile"],
    "keras": ["train_keras.py"],
    "burn": ["burn"],
    "candle": ["candle"],
}
TOILE_BF16 = "Toile, bf16"
# Those that compute in less than f32.
REDUCED = {"pytorch-channels-last-bf16", TOILE_BF16}
INFERENCE_PEERS = {
    "onnxruntime": ["infer_onnxruntime.py"],
    "openvino": ["infer_openvino.py"],
    "pytorch": ["infer_torch.py"],
    "tract": ["tract"],
}


@dataclass(frozen=True)
class Row:
    """A network of bench/networks.toml (its batch size stands there), and the peers that run it unless others
    are asked for: PyTorch's own layout, the one its convolutions are fastest in on most CPUs, and that one in bf16.
    `threads` is there where it is not the command's; with `bf16` Toile runs it in bf16 too."""

    network: str
    peers: tuple[str, ...] = ("pytorch", "pytorch-channels-last", "pytorch-channels-last-bf16")
    threads: int | None = None
    bf16: bool = False

    @property
    def name(self):
        return self.network if self.threads is None else f"{self.network}-{self.threads}-thread"


TRAINING = [
    Row("better", tuple(TRAINING_PEERS)),
    Row("better-128"),
    Row("better-128", threads=1),
    Row("wide"),
    Row("baseline"),
    Row("tutorial"),
    Row("ignite"),
    Row("residual-16", bf16=True),
    Row("residual-32", bf16=True),
    Row("depthwise-separable", bf16=True),
    Row("airbench", bf16=True),
]

# The one network, with batches of these sizes.
INFERENCE_NETWORK = "better"
INFERENCE_BATCHES = [1, 1000]
