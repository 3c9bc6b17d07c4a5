// The strips of the curves carry their values as titles; this shows them at once, beside the pointer.
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  for (const strip of document.querySelectorAll(".epoch")) {
    const title = strip.querySelector("title");
    if (!title) continue;
    const text = title.textContent;
    title.remove();
    strip.setAttribute("aria-label", text);
    strip.addEventListener("pointermove", (event) => {
      tip.textContent = text;
      tip.hidden = false;
      const left = Math.min(event.clientX + 16, innerWidth - tip.offsetWidth - 8);
      tip.style.left = Math.max(8, left) + "px";
      tip.style.top = Math.max(8, event.clientY - tip.offsetHeight - 12) + "px";
    });
    strip.addEventListener("pointerleave", () => { tip.hidden = true; });
  }
})();
