// The largest value and the mean of windows.

// For each window along one side: the pixels from `start` up to, not including, `end`, and how many count in a mean.
function spans({ settings, from, to }, side) {
  const [size, windows] = [from[side + 1], to[side + 1]];
  const [kernel, stride, padding] = ["kernel_size", "stride", "padding"].map((name) => settings[name][side]);
  return Array.from({ length: windows }, (_, window) => {
    // In the padded image; with ceil_mode the last window hangs over its edge.
    const first = window * stride;
    const last = Math.min(first + kernel, size + 2 * padding);
    const start = Math.max(first - padding, 0);
    const end = Math.min(last - padding, size);
    return { start, end, counts: settings.count_include_pad ? last - first : end - start };
  });
}

// As many windows as the output has pixels.
function adaptiveSpans({ from, to }, side) {
  const [size, windows] = [from[side + 1], to[side + 1]];
  return Array.from({ length: windows }, (_, window) => {
    const start = Math.floor((window * size) / windows);
    const end = Math.ceil(((window + 1) * size) / windows);
    return { start, end, counts: end - start };
  });
}

// Goes over the windows: `add` takes each channel's value so far and the next one, `finish` ends a window.
function pool({ from }, [rows, columns], first, add, finish) {
  const [channels, , width] = from;
  return ([x], y) => {
    let out = 0;
    for (const row of rows) {
      for (const column of columns) {
        y.fill(first, out, out + channels);
        for (let r = row.start; r < row.end; r += 1) {
          for (let at = (r * width + column.start) * channels; at < (r * width + column.end) * channels; ) {
            for (let c = 0; c < channels; c += 1, at += 1) y[out + c] = add(y[out + c], x[at]);
          }
        }
        for (let c = 0; c < channels; c += 1) y[out + c] = finish(y[out + c], row.counts * column.counts);
        out += channels;
      }
    }
  };
}

function maxPool(node) {
  const windows = [0, 1].map((side) => spans(node, side));
  return pool(node, windows, -Infinity, (most, value) => (value > most ? value : most), (most) => most);
}

function mean(node, windows) {
  return pool(node, windows, 0, (sum, value) => sum + value, (sum, counts) => sum / counts);
}

function avgPool(node) {
  return mean(node, [0, 1].map((side) => spans(node, side)));
}

function adaptiveAvgPool(node) {
  return mean(node, [0, 1].map((side) => adaptiveSpans(node, side)));
}

function adaptiveMaxPool(node) {
  const windows = [0, 1].map((side) => adaptiveSpans(node, side));
  return pool(node, windows, -Infinity, (most, value) => (value > most ? value : most), (most) => most);
}
