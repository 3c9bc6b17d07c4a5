// The network: its layers in the order they run, each with room for its output.

function buildNetwork({ nodes }, weights) {
  // Tensor 0 is the image; node n writes tensor n + 1.
  const tensors = [null];
  const steps = [];
  const same = new Map();
  for (const [index, node] of nodes.entries()) {
    const make = LAYERS[node.kind];
    if (!make) throw new Error(`this page knows no layer ${node.kind}`);
    const inputs = node.inputs.map((input) => same.get(input) ?? input);
    const run = make(node, node.parameters.map((parameter) => tensorOf(weights, parameter)));
    if (run) {
      tensors.push(new Float32Array(node.to[0] * node.to[1] * node.to[2]));
      steps.push({ run, inputs, output: index + 1 });
    } else {
      tensors.push(null);
      same.set(index + 1, inputs[0]);
    }
  }
  // Log-probabilities of an image's numbers. They are overwritten by the next image's.
  const network = (image) => {
    tensors[0] = image;
    for (const { run, inputs, output } of steps) run(inputs.map((input) => tensors[input]), tensors[output]);
    return tensors[same.get(nodes.length) ?? nodes.length];
  };
  // A tensor of the image that was last seen, and the logits that come of other values in its place, in 64 bits.
  network.behind = (tensor) => {
    const place = same.get(tensor) ?? tensor;
    // The last step makes log-probabilities of the logits.
    const later = steps.slice(0, -1).filter(({ output }) => output > place);
    const wide = new Map(later.map(({ output }) => [output, new Float64Array(tensors[output].length)]));
    const logitsOf = (values) => {
      const read = (input) => (input === place ? values : wide.get(input) ?? tensors[input]);
      for (const { run, inputs, output } of later) run(inputs.map(read), wide.get(output));
      return read(steps.at(-1).inputs[0]);
    };
    return { values: tensors[place], logitsOf };
  };
  return network;
}

// From pixel bytes [row][column][channel] to the numbers that the network was trained on.
function buildNormalizer({ mean, std }) {
  const { fround } = Math;
  const tables = mean.map((of, channel) =>
    Float32Array.from({ length: 256 }, (_, byte) => fround(fround(byte / 255) - fround(of)) / fround(std[channel])),
  );
  const channels = tables.length;
  return (pixels) => Float32Array.from(pixels, (byte, i) => tables[i % channels][byte]);
}
