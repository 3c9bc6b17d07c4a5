// From a file or a frame of a camera to pixel bytes.

// Pixels that are read from a canvas at once: phones allow no large ones.
const STRIP_PIXELS = 2 ** 21;
// More than any phone's camera makes.
const PICTURE_PIXELS = 2 ** 27;

// Grey of a colour, as Pillow's convert("L") has it.
function luma(red, green, blue) {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
}

// The picture in a file, upright, its colours as the file holds them.
async function decoded(blob) {
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "default", imageOrientation: "from-image" };
  try {
    return await createImageBitmap(blob, options);
  } catch {
    throw new Error(`${blob.name ? blob.name + " is" : "That is"} no picture that this browser can read. Try a PNG or a JPEG.`);
  }
}

// The pixels of whatever a canvas can draw: onto the background, then in one or three channels, strip by strip.
// `part` is the rectangle [left, top, width, height] that is taken.
function pixelsOf(drawable, [left, top, width, height], { channels, background }) {
  if (width * height > PICTURE_PIXELS) throw new Error("That picture is too large for this page.");
  const rows = Math.max(1, Math.min(height, Math.floor(STRIP_PIXELS / width)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, rows];
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true, colorSpace: "srgb" });
  context.imageSmoothingEnabled = false;
  const pixels = new Uint8Array(width * height * channels);
  for (let row = 0, out = 0; row < height; row += rows) {
    const count = Math.min(rows, height - row);
    context.fillStyle = `rgb(${background.join(" ")})`;
    context.fillRect(0, 0, width, rows);
    context.drawImage(drawable, left, top + row, width, count, 0, 0, width, count);
    const { data } = context.getImageData(0, 0, width, count);
    for (let i = 0; i < data.length; i += 4) {
      if (channels === 1) {
        pixels[out++] = luma(data[i], data[i + 1], data[i + 2]);
      } else {
        pixels[out++] = data[i];
        pixels[out++] = data[i + 1];
        pixels[out++] = data[i + 2];
      }
    }
  }
  return { size: [height, width], pixels };
}

// The bytes that the network sees of a drawable.
function preprocessed(drawable, part, how) {
  return resized(pixelsOf(drawable, part, how), how);
}

function wholeOf(drawable) {
  return [0, 0, drawable.width, drawable.height];
}

// The largest middle part with the proportions of the network's images.
function middleOf([width, height], [rows, columns]) {
  const scale = Math.min(width / columns, height / rows);
  const [across, down] = [Math.round(columns * scale), Math.round(rows * scale)];
  return [Math.floor((width - across) / 2), Math.floor((height - down) / 2), across, down];
}

// Shows pixel bytes on a canvas of their own size; the page enlarges it.
function paint(canvas, pixels, { channels, size }) {
  [canvas.height, canvas.width] = size;
  const image = new ImageData(size[1], size[0]);
  for (let pixel = 0; pixel < size[0] * size[1]; pixel += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * pixel + c] = pixels[pixel * channels + (channels === 1 ? 0 : c)];
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
