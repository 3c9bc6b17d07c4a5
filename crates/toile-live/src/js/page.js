// Brings the parts together: a picture comes in, the network sees it, the answer is shown and then explained.

const of = (id) => document.getElementById(id);
const data = JSON.parse(of("data").textContent);
const how = data.preprocessing;
const shape = [how.channels, ...how.size];
const network = buildNetwork(data.network, bytesOf(of("weights").textContent));
const normalized = buildNormalizer(data.normalization);
// Its text is not needed any more.
of("weights").remove();

// Explaining waits until nothing has changed for so long, in milliseconds.
const STILL_MS = 120;
// A drawing is looked at so often while it is made.
const DRAWING_MS = 40;

// The first picture is slow, because the browser compiles on the way: this one nobody waits for.
network(new Float32Array(shape[0] * shape[1] * shape[2]));

const answer = buildAnswer(data);
const server = data.server ? buildServer(data.server, shape) : null;
const matrix = buildMatrix();
const dark = matchMedia("(prefers-color-scheme: dark)");
// What is shown: its bytes, and its heat once it is known.
let shown = null;
let timer = 0;

function say(text) {
  of("said").textContent = text;
}

function themed(name) {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function showHeat() {
  if (!shown?.heat) return;
  paintHeat(of("heat"), shown.heat, shown.pixels, how, [themed("--good"), themed("--bad")], dark.matches);
  const place = warmest(shown.heat, how.size);
  const words = place ? `It leans most on the ${place} of the picture.` : "No part speaks for this answer by itself.";
  of("heat-says").textContent = words;
  of("heat").setAttribute("aria-label", `What mattered. ${words}`);
  of("heat").classList.remove("waiting");
  if (!shown.found) return;
  paintHeat(of("found"), shown.found, shown.pixels, how, [themed("--good"), themed("--bad")], dark.matches);
  of("found").classList.remove("waiting");
}

async function explain(what) {
  const [numbers, isWanted] = [normalized(what.pixels), () => shown === what];
  const heat = await occlusion(network, numbers, shape, isWanted);
  if (heat === null) return;
  what.heat = heat;
  showHeat();
  if (!data.features) return;
  const found = await gradCam(network, numbers, data.features, how.size, isWanted);
  if (found === null) return;
  what.found = found;
  showHeat();
}

function showShares(shares, truth) {
  matrix.highlight(answer.show(shares, truth));
}

// Shows what the server says of a picture; where it says nothing, what this page makes of it.
function askServer(what, own, truth) {
  const tell = (shares, words) => {
    if (shown !== what) return;
    showShares(shares, truth);
    of("served").textContent = words;
  };
  server(
    what.pixels,
    (shares, ms) => tell(shares, `Answered by the server, ${ms.toFixed(1)} ms.`),
    (reason) => tell(own, `The server gives no answer (${reason}): this is what the page computes by itself.`),
  );
}

// Shows what the network makes of pixel bytes. A picture that still moves is not explained.
function look(pixels, { truth = null, isStill = true } = {}) {
  shown = { pixels, heat: null, found: null };
  const before = performance.now();
  const logs = network(normalized(pixels));
  of("took").textContent = `, ${(performance.now() - before).toFixed(1)} ms`;
  const shares = Array.from(logs, Math.exp);
  if (server) askServer(shown, shares, truth);
  else showShares(shares, truth);
  paint(of("seen"), pixels, how);
  for (const id of ["heat", "found"]) of(id)?.classList.add("waiting");
  clearTimeout(timer);
  const what = shown;
  if (isStill) timer = setTimeout(() => explain(what), STILL_MS);
}

function lookAtNothing() {
  clearTimeout(timer);
  shown = null;
  answer.empty();
  matrix.highlight(-1);
  const ground = data.ground === "dark" ? 0 : 255;
  const pixels = new Uint8Array(how.size[0] * how.size[1] * how.channels).fill(ground);
  for (const id of ["seen", "heat", "found"]) if (of(id)) paint(of(id), pixels, how);
  for (const id of ["heat-says", "took", "served"]) if (of(id)) of(id).textContent = "";
}

// Which of the three lies on the stage: draw, picture or camera.
function setMode(mode) {
  if (mode !== "camera") camera.stop();
  of("stage").dataset.mode = mode;
  for (const name of ["draw", "camera"]) of(`mode-${name}`).setAttribute("aria-pressed", String(mode === name));
  for (const name of ["draw", "picture", "camera"]) {
    for (const part of document.querySelectorAll(`.of-${name}`)) part.hidden = mode !== name;
  }
}

function swapped(pixels) {
  return of("swap").checked ? pixels.map((byte) => 255 - byte) : pixels;
}

let lastDrawn = 0;
const pad = buildPad(how, data.ground, (isOver) => {
  setMode("draw");
  say("");
  if (pad.isEmpty()) {
    lookAtNothing();
    return;
  }
  const now = performance.now();
  if (!isOver && now - lastDrawn < DRAWING_MS) return;
  lastDrawn = now;
  look(preprocessed(pad.canvas, wholeOf(pad.canvas), how), { isStill: isOver });
});

const frame = (video) => {
  const part = middleOf([video.videoWidth, video.videoHeight], how.size);
  return preprocessed(video, part, how);
};
const camera = buildCamera(of("video"), (video) => look(swapped(frame(video)), { isStill: false }), say);

// The picture on the stage before it was swapped, to swap it again.
let opened = null;
function showPicture(pixels, truth) {
  opened = { pixels, truth };
  look(swapped(pixels), { truth });
}

async function open(blob) {
  say("");
  try {
    const bitmap = await decoded(blob);
    const pixels = preprocessed(bitmap, wholeOf(bitmap), how);
    setMode("picture");
    const preview = of("preview");
    const scale = Math.min(1, 560 / Math.max(bitmap.width, bitmap.height));
    preview.width = Math.max(1, Math.round(bitmap.width * scale));
    preview.height = Math.max(1, Math.round(bitmap.height * scale));
    preview.getContext("2d").drawImage(bitmap, 0, 0, preview.width, preview.height);
    preview.classList.toggle("small", Math.max(bitmap.width, bitmap.height) < 200);
    preview.setAttribute("aria-label", blob.name ? `The picture ${blob.name}` : "The picture");
    bitmap.close();
    showPicture(pixels, null);
  } catch (error) {
    say(error.message);
  }
}

function showExample(pixels, { index, label }) {
  say("");
  setMode("picture");
  of("swap").checked = false;
  paint(of("preview"), pixels, how);
  of("preview").classList.add("small");
  of("preview").setAttribute("aria-label", `Test image ${index}`);
  showPicture(pixels, label);
}

of("mode-draw").addEventListener("click", () => {
  setMode("draw");
  say("");
  if (pad.isEmpty()) lookAtNothing();
  else look(preprocessed(pad.canvas, wholeOf(pad.canvas), how));
});
of("mode-camera").addEventListener("click", async () => {
  say("");
  if (await camera.start()) setMode("camera");
});
of("shoot").addEventListener("click", () => {
  const video = of("video");
  if (!camera.isOn() || video.videoWidth === 0) return;
  const part = middleOf([video.videoWidth, video.videoHeight], how.size);
  const preview = of("preview");
  [preview.width, preview.height] = part.slice(2);
  preview.getContext("2d").drawImage(video, ...part, 0, 0, part[2], part[3]);
  preview.classList.remove("small");
  preview.setAttribute("aria-label", "The picture from the camera");
  const pixels = frame(video);
  setMode("picture");
  showPicture(pixels, null);
});
of("swap").addEventListener("change", () => {
  if (of("stage").dataset.mode === "picture" && opened) look(swapped(opened.pixels), { truth: opened.truth });
});
dark.addEventListener("change", showHeat);
listenForFiles(open, say);

for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
setMode("draw");
listExamples(data, how, showExample);
lookAtNothing();
// Something is there to be seen before anything is drawn.
of("examples")?.firstElementChild.click();

// For the console and for tests. Bytes are [row][column][channel], as the network sees them.
window.toile = {
  classes: data.classes,
  logProbabilities: (bytes) => Array.from(network(normalized(bytes))),
  preprocess: async (blob, by = how) => {
    const bitmap = await decoded(blob);
    return Array.from(preprocessed(bitmap, wholeOf(bitmap), by));
  },
  occlusion: async (bytes) => Array.from(await occlusion(network, normalized(bytes), shape, () => true)),
  gradCam: async (bytes) =>
    data.features && Array.from(await gradCam(network, normalized(bytes), data.features, how.size, () => true)),
};
