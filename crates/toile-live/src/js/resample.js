// A picture of any size comes to the size that the network sees, by the same whole numbers as in Toile: Pillow's
// BILINEAR with antialiasing, columns first, then rows, with 8 bits between them.

const PRECISION = 2 ** 22;

// The input pixels that an output pixel is made of. In units of half an input pixel divided by `to`, the middle of
// output pixel o is (2 o + 1) from, that of input pixel i is (2 i + 1) to, and the triangle reaches 2 max(from, to).
function taps({ from, to }, output) {
  const middle = (2 * output + 1) * from;
  const reach = 2 * Math.max(from, to);
  const first = Math.floor((Math.max(middle - reach, 0) + to) / (2 * to));
  const raw = [];
  for (let input = first; input < from; input += 1) {
    const weight = reach - Math.abs((2 * input + 1) * to - middle);
    if (weight <= 0) break;
    raw.push(weight);
  }
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return { first, weights: raw.map((weight) => Math.floor((weight * 2 * PRECISION + sum) / (2 * sum))) };
}

function level(sum) {
  return Math.min(Math.floor(sum / PRECISION), 255);
}

// Changes one side of [outer][from][inner], and keeps the output pixels from `start` on.
function resampleSide(pixels, side, outer, inner) {
  const { from, start, keep } = side;
  const out = new Uint8Array(outer * keep * inner);
  for (let output = 0; output < keep; output += 1) {
    const { first, weights } = from === side.to ? { first: start + output, weights: [PRECISION] } : taps(side, start + output);
    for (let o = 0; o < outer; o += 1) {
      for (let i = 0; i < inner; i += 1) {
        let sum = PRECISION / 2;
        let at = (o * from + first) * inner + i;
        for (let t = 0; t < weights.length; t += 1, at += inner) sum += weights[t] * pixels[at];
        out[(o * keep + output) * inner + i] = level(sum);
      }
    }
  }
  return out;
}

// Half of a number, halves to even.
function halfToEven(n) {
  return Math.floor(n / 2) + (n % 4 === 3 ? 1 : 0);
}

// Rows and columns: how long they are, how long they become, and which part of that is kept.
function directions(from, size, resize) {
  const whole = (side) => ({ from: from[side], to: size[side], start: 0, keep: size[side] });
  const pair = [whole(0), whole(1)];
  if (resize === "squash") return pair;
  // The side whose scale is the larger one covers, that of the smaller one fits.
  const rowsScaleMore = size[0] * from[1] >= size[1] * from[0];
  const decides = rowsScaleMore === (resize === "crop") ? 0 : 1;
  const other = 1 - decides;
  const scaled = from[other] * size[decides];
  const unit = from[decides];
  const down = Math.floor(scaled / unit);
  if (resize === "crop") {
    pair[other] = { from: from[other], to: down, start: halfToEven(down - size[other]), keep: size[other] };
  } else {
    const rest = scaled % unit;
    const up = 2 * rest > unit || (2 * rest === unit && down % 2 === 1) ? 1 : 0;
    const to = Math.max(down + up, 1);
    pair[other] = { from: from[other], to, start: 0, keep: to };
  }
  return pair;
}

// Pixel bytes [row][column][channel] in the size that the network sees.
function resized({ size: from, pixels }, { channels, size, resize, background }) {
  if (from[0] === size[0] && from[1] === size[1]) return pixels;
  const [rows, columns] = directions(from, size, resize);
  const narrow = resampleSide(pixels, columns, from[0], channels);
  const seen = resampleSide(narrow, rows, 1, columns.keep * channels);
  if (resize !== "pad") return seen;
  const colour = channels === 1 ? [luma(...background)] : background;
  const out = Uint8Array.from({ length: size[0] * size[1] * channels }, (_, i) => colour[i % channels]);
  const [top, left] = [halfToEven(size[0] - rows.keep), halfToEven(size[1] - columns.keep)];
  const line = columns.keep * channels;
  for (let row = 0; row < rows.keep; row += 1) {
    out.set(seen.subarray(row * line, (row + 1) * line), ((top + row) * size[1] + left) * channels);
  }
  return out;
}
