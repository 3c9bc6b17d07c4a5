// Conv2d and Linear: where nearly all of the time goes. Four outputs are summed side by side, so that a value of the
// input is read once for four of them; sums are in 64 bits, which is what JavaScript's numbers are.

// Images lie as [row][column][channel], so that a window's row is one piece of memory.
function convolution({ settings, from, to }, [weight, bias]) {
  const [inChannels, height, width] = from;
  const [outChannels, rows, columns] = to;
  const [kernelRows, kernelColumns] = settings.kernel_size;
  const [down, across] = settings.stride;
  const [above, before] = settings.padding;
  const line = (width + 2 * before) * inChannels;
  const padded = above + before > 0 ? new Float32Array((height + 2 * above) * line) : null;
  const span = kernelColumns * inChannels;
  const blocks = Math.ceil(outChannels / 4);
  const packed = packConvolution(weight, [outChannels, inChannels, kernelRows, kernelColumns]);
  const first = new Float32Array(4 * blocks);
  if (settings.bias) first.set(bias);

  return ([x], y) => {
    let source = x;
    if (padded) {
      for (let row = 0; row < height; row += 1) {
        const start = row * width * inChannels;
        padded.set(x.subarray(start, start + width * inChannels), (row + above) * line + before * inChannels);
      }
      source = padded;
    }
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const corner = row * down * line + column * across * inChannels;
        const out = (row * columns + column) * outChannels;
        let w = 0;
        for (let block = 0; block < 4 * blocks; block += 4) {
          let a = first[block];
          let b = first[block + 1];
          let c = first[block + 2];
          let d = first[block + 3];
          for (let k = 0; k < kernelRows; k += 1) {
            const end = corner + k * line + span;
            for (let at = end - span; at < end; at += 1, w += 4) {
              const value = source[at];
              a += value * packed[w];
              b += value * packed[w + 1];
              c += value * packed[w + 2];
              d += value * packed[w + 3];
            }
          }
          y[out + block] = a;
          if (block + 1 < outChannels) y[out + block + 1] = b;
          if (block + 2 < outChannels) y[out + block + 2] = c;
          if (block + 3 < outChannels) y[out + block + 3] = d;
        }
      }
    }
  };
}

// With groups of channels or holes in the window: each group of outputs sees the group of inputs of the same number.
function grouped({ settings, from, to }, [weight, bias]) {
  const [inChannels, height, width] = from;
  const [outChannels, rows, columns] = to;
  const [kernelRows, kernelColumns] = settings.kernel_size;
  const [down, across] = settings.stride;
  const [above, before] = settings.padding;
  const [holesDown, holesAcross] = settings.dilation ?? [1, 1];
  const groups = settings.groups ?? 1;
  const [ins, outs] = [inChannels / groups, outChannels / groups];
  const taps = kernelRows * kernelColumns;

  return ([x], y) => {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        for (let out = 0; out < outChannels; out += 1) {
          const first = Math.floor(out / outs) * ins;
          let sum = settings.bias ? bias[out] : 0;
          for (let tap = 0; tap < taps; tap += 1) {
            const r = row * down - above + Math.floor(tap / kernelColumns) * holesDown;
            const c = column * across - before + (tap % kernelColumns) * holesAcross;
            if (r < 0 || r >= height || c < 0 || c >= width) continue;
            const at = (r * width + c) * inChannels + first;
            for (let i = 0; i < ins; i += 1) sum += x[at + i] * weight[(out * ins + i) * taps + tap];
          }
          y[(row * columns + column) * outChannels + out] = sum;
        }
      }
    }
  };
}

// [out][in][row][column] to [out / 4][row][column][in][4], zeros where there is no fourth.
function packConvolution(weight, [outChannels, inChannels, rows, columns]) {
  const packed = new Float32Array(4 * Math.ceil(outChannels / 4) * inChannels * rows * columns);
  let at = 0;
  for (let out = 0; out < outChannels; out += 1) {
    for (let channel = 0; channel < inChannels; channel += 1) {
      for (let row = 0; row < rows; row += 1) {
        for (let column = 0; column < columns; column += 1, at += 1) {
          const place = (((out >> 2) * rows + row) * columns + column) * inChannels + channel;
          packed[4 * place + (out & 3)] = weight[at];
        }
      }
    }
  }
  return packed;
}

function linear({ settings, from, to, flattened }, [weight, bias]) {
  const features = from[0] * from[1] * from[2];
  const outputs = to[0];
  const blocks = Math.ceil(outputs / 4);
  const packed = packLinear(weight, outputs, features, flattened);
  const first = new Float32Array(4 * blocks);
  if (settings.bias) first.set(bias);

  return ([x], y) => {
    let w = 0;
    for (let block = 0; block < 4 * blocks; block += 4) {
      let a = first[block];
      let b = first[block + 1];
      let c = first[block + 2];
      let d = first[block + 3];
      for (let i = 0; i < features; i += 1, w += 4) {
        const value = x[i];
        a += value * packed[w];
        b += value * packed[w + 1];
        c += value * packed[w + 2];
        d += value * packed[w + 3];
      }
      y[block] = a;
      if (block + 1 < outputs) y[block + 1] = b;
      if (block + 2 < outputs) y[block + 2] = c;
      if (block + 3 < outputs) y[block + 3] = d;
    }
  };
}

// [out][in] to [out / 4][in][4]. PyTorch flattens an image channel by channel, here its channels lie side by side:
// behind a Flatten the columns change places, and the image stays where it is.
function packLinear(weight, outputs, features, flattened) {
  const [channels, height, width] = flattened ?? [features, 1, 1];
  const pixels = height * width;
  const packed = new Float32Array(4 * Math.ceil(outputs / 4) * features);
  for (let out = 0; out < outputs; out += 1) {
    const start = (out >> 2) * features * 4 + (out & 3);
    for (let i = 0; i < features; i += 1) {
      const channel = Math.floor(i / pixels);
      packed[start + 4 * ((i % pixels) * channels + channel)] = weight[out * features + i];
    }
  }
  return packed;
}
