// What each kind of layer does to one image, as a function ([inputs], output) that is made once from the layer's
// settings and tensors. Images lie as [row][column][channel]. Null: the output is the input.
const LAYERS = {
  Conv2d: (node, tensors) => (node.settings.groups || node.settings.dilation ? grouped : convolution)(node, tensors),
  BatchNorm2d: batchNorm,
  GroupNorm: groupNorm,
  ReLU: () => elementwise((x) => (x < 0 ? 0 : x)),
  GELU: ({ settings }) => elementwise(settings.approximate === "tanh" ? geluOfTanh : gelu),
  LeakyReLU: ({ settings }) => elementwise((x) => (x > 0 ? x : settings.negative_slope * x)),
  SiLU: () => elementwise((x) => x / (1 + Math.exp(-x))),
  Hardswish: () => elementwise((x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6),
  Scale: ({ settings }) => elementwise((x) => settings.value * x),
  Identity: () => null,
  MaxPool2d: maxPool,
  AvgPool2d: avgPool,
  AdaptiveAvgPool2d: adaptiveAvgPool,
  AdaptiveMaxPool2d: adaptiveMaxPool,
  SqueezeExcitation: squeezeExcitation,
  Dropout: () => null,
  Dropout2d: () => null,
  Flatten: () => null,
  Linear: linear,
  LogSoftmax: () => logSoftmax,
  Add: () => ([a, b], y) => {
    for (let i = 0; i < y.length; i += 1) y[i] = a[i] + b[i];
  },
};

function elementwise(of) {
  return ([x], y) => {
    for (let i = 0; i < y.length; i += 1) y[i] = of(x[i]);
  };
}

// x times the normal distribution function of x (Hendrycks and Gimpel 2016).
function gelu(x) {
  const share = erfc(Math.abs(x) * Math.SQRT1_2) / 2;
  return x * (x > 0 ? 1 - share : share);
}

function geluOfTanh(x) {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}

// The complementary error function of what is not negative, to 1.2e-7 of its value: Numerical Recipes in C, second
// edition, section 6.2.
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];
function erfc(z) {
  const t = 1 / (1 + z / 2);
  let sum = 0;
  for (let i = ERFC.length - 1; i >= 0; i -= 1) sum = sum * t + ERFC[i];
  return t * Math.exp(sum - z * z);
}

// With the statistics that training left.
function batchNorm({ settings, from }, tensors) {
  const [channels] = from;
  const [mean, variance] = tensors.slice(-2);
  // A normalisation that learns nothing behind it has the statistics alone.
  const [gamma, beta] = tensors.length === 4 ? tensors : [mean.map(() => 1), mean.map(() => 0)];
  const scale = Float64Array.from(gamma, (value, c) => value / Math.sqrt(variance[c] + settings.eps));
  const shift = Float64Array.from(beta, (value, c) => value - mean[c] * scale[c]);
  return ([x], y) => {
    for (let i = 0, c = 0; i < y.length; i += 1) {
      y[i] = x[i] * scale[c] + shift[c];
      c = c + 1 === channels ? 0 : c + 1;
    }
  };
}

function groupNorm({ settings, from }, [gamma, beta]) {
  const [channels, height, width] = from;
  const together = channels / settings.num_groups;
  const values = together * height * width;
  return ([x], y) => {
    for (let start = 0; start < channels; start += together) {
      const overGroup = (add) => {
        let sum = 0;
        for (let pixel = start; pixel < x.length; pixel += channels) {
          for (let c = 0; c < together; c += 1) sum += add(x[pixel + c]);
        }
        return sum;
      };
      const mean = overGroup((value) => value) / values;
      const variance = overGroup((value) => (value - mean) ** 2) / values;
      const inverse = 1 / Math.sqrt(variance + settings.eps);
      for (let pixel = 0; pixel < x.length; pixel += channels) {
        for (let c = start; c < start + together; c += 1) {
          const value = (x[pixel + c] - mean) * inverse;
          y[pixel + c] = settings.affine ? value * gamma[c] + beta[c] : value;
        }
      }
    }
  };
}

// Channels scaled by what two layers make of all their means (Hu, Shen and Sun 2018).
function squeezeExcitation({ settings, from }, [squeeze, squeezeBias, excite, exciteBias]) {
  const [channels, height, width] = from;
  const gate =
    settings.scale_activation === "Hardsigmoid"
      ? (x) => Math.min(Math.max(x + 3, 0), 6) / 6
      : (x) => 1 / (1 + Math.exp(-x));
  const layer = (weight, bias, values, of) =>
    Float64Array.from(bias, (start, out) => {
      let sum = start;
      for (let i = 0; i < values.length; i += 1) sum += values[i] * weight[out * values.length + i];
      return of(sum);
    });
  return ([x], y) => {
    const means = new Float64Array(channels);
    for (let i = 0; i < x.length; i += 1) means[i % channels] += x[i] / (height * width);
    const hidden = layer(squeeze, squeezeBias, means, (value) => Math.max(value, 0));
    const scales = layer(excite, exciteBias, hidden, gate);
    for (let i = 0; i < y.length; i += 1) y[i] = x[i] * scales[i % channels];
  };
}

function logSoftmax([x], y) {
  let largest = -Infinity;
  for (const value of x) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of x) sum += Math.exp(value - largest);
  const less = largest + Math.log(sum);
  for (let i = 0; i < y.length; i += 1) y[i] = x[i] - less;
}
