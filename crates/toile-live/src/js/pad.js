// The drawing pad: strokes of a mouse, a finger, a pen or the arrow keys. `changed(isOver)` is called while one is
// drawn and when it is over.

function buildPad(how, ground, changed) {
  const [canvas, pen, undo, clear] = ["pad", "pen", "undo", "clear"].map((id) => document.getElementById(id));
  const [brush, ink, fill] = ["brush", "ink", "fill"].map((id) => document.getElementById(id));
  // Whole pixels of the pad for one that the network sees.
  const scale = Math.max(1, Math.round(280 / Math.max(...how.size)));
  [canvas.height, canvas.width] = how.size.map((side) => side * scale);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true, colorSpace: "srgb" });
  const strokes = [];
  let current = null;
  const cursor = { x: canvas.width / 2, y: canvas.height / 2, isDown: false };

  const colour = () => {
    if (ink.type === "color") return ink.value;
    // How far from the ground, in percent.
    const grey = Math.round((255 * (ground === "dark" ? ink.value : 100 - ink.value)) / 100);
    return `rgb(${grey} ${grey} ${grey})`;
  };

  const trace = ({ points, width, colour, filled }) => {
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = width;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...points[0]);
    // A point alone is a line of no length, which has round ends all the same.
    for (const point of points.length > 1 ? points.slice(1) : points) context.lineTo(...point);
    if (filled) context.fill();
    context.stroke();
  };

  const draw = () => {
    context.fillStyle = ground === "dark" ? "black" : "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    strokes.forEach(trace);
    undo.disabled = strokes.length === 0;
    clear.disabled = strokes.length === 0;
  };

  const begin = (point) => {
    current = { points: [point], width: brush.value * scale, colour: colour(), filled: fill.checked };
    strokes.push(current);
    draw();
    changed(false);
  };
  const go = (point) => {
    current.points.push(point);
    draw();
    changed(false);
  };
  const end = () => {
    if (current === null) return;
    current = null;
    changed(true);
  };

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (value, low, size, length) => ((value - low) / size) * length;
    return [
      inside(event.clientX, box.left, box.width, canvas.width),
      inside(event.clientY, box.top, box.height, canvas.height),
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current !== null) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    begin(placeOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (current === null || !canvas.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? []) current.points.push(placeOf(each));
    go(placeOf(event));
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, end);

  const showPen = () => {
    pen.hidden = !canvas.matches(":focus-visible");
    pen.style.left = `${(100 * cursor.x) / canvas.width}%`;
    pen.style.top = `${(100 * cursor.y) / canvas.height}%`;
    pen.classList.toggle("down", cursor.isDown);
  };
  const lift = () => {
    cursor.isDown = false;
    end();
  };
  const takeBack = () => {
    lift();
    strokes.pop();
    draw();
    changed(true);
  };
  const wipe = () => {
    lift();
    strokes.length = 0;
    draw();
    changed(true);
  };
  canvas.addEventListener("keydown", (event) => {
    const step = (event.shiftKey ? 3 : 1) * scale;
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (x !== 0 || y !== 0) {
      cursor.x = Math.min(Math.max(cursor.x + x * step, 0), canvas.width);
      cursor.y = Math.min(Math.max(cursor.y + y * step, 0), canvas.height);
      if (cursor.isDown) go([cursor.x, cursor.y]);
    } else if (event.key === " " || event.key === "Enter") {
      if (cursor.isDown) {
        lift();
      } else {
        cursor.isDown = true;
        begin([cursor.x, cursor.y]);
      }
    } else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) {
      takeBack();
    } else if (event.key === "Delete") {
      wipe();
    } else {
      return;
    }
    event.preventDefault();
    showPen();
  });
  canvas.addEventListener("focus", showPen);
  canvas.addEventListener("blur", () => {
    lift();
    pen.hidden = true;
  });
  undo.addEventListener("click", takeBack);
  clear.addEventListener("click", wipe);
  draw();

  return { canvas, isEmpty: () => strokes.length === 0 };
}
