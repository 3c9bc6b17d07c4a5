// Which parts of a picture mattered: a patch of the picture's own mean colour is slid over it, and where the
// prediction suffers, there it leaned on what was covered (Zeiler and Fergus 2014).

// How long the page is kept from answering, in milliseconds.
const SLICE_MS = 12;

// Where the patch starts along a side: every half patch, and at the far edge.
function patchStarts(length, side) {
  const step = Math.max(1, Math.floor(side / 2));
  const starts = [];
  for (let start = 0; start + side < length; start += step) starts.push(start);
  starts.push(length - side);
  return starts;
}

// The heat of each pixel: the mean, over the patches that cover it, of log p(class | image) less
// log p(class | covered). In slices; null if `isWanted` no longer holds between them.
async function occlusion(network, numbers, [channels, height, width], isWanted) {
  const found = Float32Array.from(network(numbers));
  const best = found.indexOf(Math.max(...found));
  const side = Math.ceil(Math.min(height, width) / 7);
  const colour = new Float64Array(channels);
  numbers.forEach((value, i) => (colour[i % channels] += value / (height * width)));
  const heat = new Float64Array(height * width);
  const patches = new Float64Array(height * width);
  const covered = new Float32Array(numbers);
  let until = performance.now() + SLICE_MS;
  for (const top of patchStarts(height, side)) {
    for (const left of patchStarts(width, side)) {
      const over = (act) => {
        for (let row = top; row < top + side; row += 1) {
          for (let column = left; column < left + side; column += 1) act(row * width + column);
        }
      };
      over((pixel) => covered.set(colour, pixel * channels));
      const lost = found[best] - network(covered)[best];
      over((pixel) => {
        heat[pixel] += lost;
        patches[pixel] += 1;
        covered.set(numbers.subarray(pixel * channels, (pixel + 1) * channels), pixel * channels);
      });
      if (performance.now() > until) {
        await new Promise((done) => setTimeout(done));
        if (!isWanted()) return null;
        until = performance.now() + SLICE_MS;
      }
    }
  }
  return heat.map((sum, pixel) => sum / patches[pixel]);
}

// Shows the heat over a faint picture: one colour where the picture spoke for the class, one where against.
function paintHeat(canvas, heat, pixels, { channels, size }, [supports, opposes], isDark) {
  [canvas.height, canvas.width] = size;
  const image = new ImageData(size[1], size[0]);
  // A picture that nothing changes stays without colour.
  const most = Math.max(1e-3, ...heat.map(Math.abs));
  for (let pixel = 0; pixel < heat.length; pixel += 1) {
    const rgb = [0, 1, 2].map((c) => pixels[pixel * channels + (channels === 1 ? 0 : c)]);
    const grey = luma(...rgb);
    const ground = isDark ? 24 + 0.45 * grey : 140 + 0.45 * grey;
    const colour = heat[pixel] > 0 ? supports : opposes;
    const share = 0.85 * Math.sqrt(Math.abs(heat[pixel]) / most);
    for (let c = 0; c < 3; c += 1) image.data[4 * pixel + c] = ground + (colour[c] - ground) * share;
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The ninth of the picture with the most heat, in words.
function warmest(heat, [height, width]) {
  const sums = new Float64Array(9);
  const counts = new Float64Array(9);
  heat.forEach((value, pixel) => {
    const place = 3 * Math.floor((3 * Math.floor(pixel / width)) / height) + Math.floor((3 * (pixel % width)) / width);
    sums[place] += value;
    counts[place] += 1;
  });
  const shares = sums.map((sum, place) => (counts[place] ? sum / counts[place] : -Infinity));
  const most = Math.max(...shares);
  if (!(most > 0)) return null;
  const place = shares.indexOf(most);
  const [row, column] = [["top", "middle", "bottom"][Math.floor(place / 3)], ["left", "middle", "right"][place % 3]];
  return row === column ? "middle" : column === "middle" ? row : row === "middle" ? column : `${row} ${column}`;
}
