// Grad-CAM (Selvaraju et al. 2017): what the last convolution found, each channel weighted by the mean over positions of
// the gradient of the class's logit, summed, and 0 where the sum is negative; then enlarged to the picture.

// How far a channel is moved to see what the logit does, as a share of the features' size. The layers behind compute in
// 64 bits, so that the difference is a derivative to about six digits.
const MOVE = 1e-5;

// The map of the predicted class, or null if `isWanted` no longer holds on the way.
async function gradCam(network, numbers, { tensor, shape: [channels, height, width] }, size, isWanted) {
  const found = network(numbers);
  const best = found.indexOf(Math.max(...found));
  const features = Float64Array.from(network.behind(tensor).values);
  const move = MOVE * Math.max(1e-6, Math.sqrt(features.reduce((sum, value) => sum + value * value, 0) / features.length));
  const sums = new Float64Array(height * width);
  let until = performance.now() + SLICE_MS;
  for (let channel = 0; channel < channels; channel += 1) {
    // The mean of a gradient over positions is what the logit gains when all of them are moved at once.
    const { logitsOf } = network.behind(tensor);
    const moved = (by) => {
      const values = features.slice();
      for (let at = channel; at < values.length; at += channels) values[at] += by;
      return logitsOf(values)[best];
    };
    const weight = (moved(move) - moved(-move)) / (2 * move * height * width);
    for (let at = 0; at < sums.length; at += 1) sums[at] += weight * features[at * channels + channel];
    if (performance.now() > until) {
      await new Promise((done) => setTimeout(done));
      if (!isWanted()) return null;
      // Another picture may have been seen in between.
      network(numbers);
      until = performance.now() + SLICE_MS;
    }
  }
  return enlarged(sums.map((sum) => Math.max(sum, 0)), [height, width], size);
}

// Bilinear: centres of pixels on centres, edges continued.
function enlarged(map, from, to) {
  const places = (side) =>
    Array.from({ length: to[side] }, (_, place) => {
      const old = Math.min(Math.max(((place + 0.5) * from[side]) / to[side] - 0.5, 0), from[side] - 1);
      const first = Math.floor(old);
      return [first, Math.min(first + 1, from[side] - 1), old - first];
    });
  const [rows, columns] = [places(0), places(1)];
  const at = (row, column) => map[row * from[1] + column];
  const values = rows.flatMap(([above, below, down]) =>
    columns.map(([left, right, across]) => {
      const along = (row) => at(row, left) * (1 - across) + at(row, right) * across;
      return along(above) * (1 - down) + along(below) * down;
    }),
  );
  return Float64Array.from(values);
}
