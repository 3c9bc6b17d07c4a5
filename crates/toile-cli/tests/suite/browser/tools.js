// What several checks need. Evaluated before them.
function isSeen(element) {
  return element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
}

function describe(element) {
  const id = element.id ? "#" + element.id : "";
  const classes = (element.getAttribute("class") ?? "").trim();
  return element.tagName.toLowerCase() + id + (classes ? "." + classes.split(/\s+/).join(".") : "");
}

// The name a screen reader says, as far as a report needs it; with or without what the element holds.
function nameOf(element, withContents = true) {
  const by = element.getAttribute("aria-labelledby");
  if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
  const label = element.getAttribute("aria-label");
  if (label) return label.trim();
  if (element.labels?.length) return [...element.labels].map((l) => l.textContent).join(" ").trim();
  if (element.alt) return element.alt.trim();
  const title = element.querySelector?.(":scope > title");
  if (element.tagName === "svg") return title?.textContent.trim() ?? "";
  return (withContents ? element.textContent.trim() : "") || element.title?.trim() || "";
}
