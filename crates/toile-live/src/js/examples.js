// Test images to try: a stop of the tab key, arrow keys go from image to image.

function listExamples({ classes, examples }, how, show) {
  const bar = document.getElementById("examples");
  if (!bar) return;
  const bytes = bytesOf(document.getElementById("example-pixels").textContent);
  const length = bytes.length / examples.length;
  const buttons = examples.map((example, place) => {
    const pixels = bytes.subarray(place * length, (place + 1) * length);
    const button = bar.appendChild(document.createElement("button"));
    button.type = "button";
    button.tabIndex = place === 0 ? 0 : -1;
    button.title = `Test image ${example.index}, ${classes[example.label]}`;
    button.setAttribute("aria-label", button.title);
    const canvas = button.appendChild(document.createElement("canvas"));
    canvas.setAttribute("aria-hidden", "true");
    paint(canvas, pixels, how);
    button.addEventListener("click", () => {
      for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
      show(pixels, example);
    });
    return button;
  });

  bar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    // The images of a line are as many as the window has room for.
    const line = buttons.filter((button) => button.offsetTop === buttons[0].offsetTop).length;
    const to = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - line,
      ArrowDown: at + line,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = buttons[to];
    if (!next) return;
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
}
