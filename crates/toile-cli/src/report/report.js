// What the page can do beyond being read: values under the pointer, matrices by seed, images behind a cell.
// Everything it shows is in the page already, or in its block of data.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  for (const element of document.querySelectorAll(".unscripted")) element.hidden = true;

  const make = (name, attributes, text) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  charts();
  matrices();
  gallery();

  // Each chart has invisible strips with their values as titles: a line marks the strip, a box shows the values.
  // With the keyboard the chart takes the focus and the arrow keys go from strip to strip.
  function charts() {
    const tip = document.getElementById("tip");
    for (const chart of document.querySelectorAll("svg.chart")) {
      const strips = [...chart.querySelectorAll(".strip")];
      if (strips.length === 0) continue;
      const line = document.createElementNS(chart.namespaceURI, "line");
      line.setAttribute("class", "crosshair");
      line.setAttribute("y1", strips[0].getAttribute("y"));
      line.setAttribute("y2", +strips[0].getAttribute("y") + +strips[0].getAttribute("height"));
      chart.insertBefore(line, strips[0]);
      let at = strips.length - 1;
      const texts = strips.map((strip) => {
        const title = strip.querySelector("title");
        title.remove();
        return title.textContent;
      });

      const show = (place) => {
        at = place;
        line.setAttribute("x1", strips[at].dataset.x);
        line.setAttribute("x2", strips[at].dataset.x);
        line.classList.add("on");
        const [head, ...rest] = texts[at].split("\n");
        tip.replaceChildren(make("b", {}, head), ...rest.map((text) => make("span", {}, text)));
        tip.hidden = false;
        const box = line.getBoundingClientRect();
        const right = box.left + 18 + tip.offsetWidth;
        const left = right < innerWidth ? box.left + 18 : box.left - 18 - tip.offsetWidth;
        tip.style.left = Math.max(8, left) + "px";
        tip.style.top = Math.max(8, Math.min(box.top + 12, innerHeight - tip.offsetHeight - 8)) + "px";
      };
      const hide = () => {
        line.classList.remove("on");
        tip.hidden = true;
      };

      strips.forEach((strip, place) => {
        strip.addEventListener("pointerenter", () => show(place));
        strip.addEventListener("pointerdown", () => show(place));
      });
      chart.addEventListener("pointerleave", hide);
      chart.setAttribute("tabindex", "0");
      chart.addEventListener("focus", () => { if (chart.matches(":focus-visible")) show(at); });
      chart.addEventListener("blur", hide);
      chart.addEventListener("keydown", (event) => {
        const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: strips.length - 1 }[event.key];
        if (event.key === "Escape") hide();
        if (to === undefined) return;
        event.preventDefault();
        show(Math.min(Math.max(to, 0), strips.length - 1));
      });
    }
    addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
  }

  // The mean of a model's matrices, or that of one seed.
  function matrices() {
    for (const select of document.querySelectorAll("select[data-seeds]")) {
      select.addEventListener("change", () => {
        const matrix = data.models[select.dataset.seeds].matrices[select.value];
        for (const cell of select.closest("figure").querySelectorAll("td[data-true]")) {
          const [t, p] = [+cell.dataset.true, +cell.dataset.predicted];
          const images = matrix[t][p];
          const share = images / Math.max(1, matrix[t].reduce((sum, n) => sum + n, 0));
          const shade = share > 0 ? Math.ceil(Math.sqrt(Math.min(1, share)) * (data.shades - 1)) : 0;
          cell.className = (t === p ? "r" : "w") + shade;
          const text = images.toLocaleString("en", { maximumFractionDigits: 1 });
          cell.querySelector(".c").textContent = text;
          cell.querySelector(".s").textContent =
            share === 0 ? "0" : share < 0.0005 ? "<0.1" : share >= 1 ? "100" : share >= 0.9995 ? ">99.9" : (share * 100).toFixed(1);
          cell.title = `${text} of ${data.classes[t]} called ${data.classes[p]}`;
        }
      });
    }
  }

  // A matrix is one stop of the tab key; arrow keys go from cell to cell, Enter and a click show its images.
  function gallery() {
    const panel = document.getElementById("gallery");
    if (!panel) return;
    const [title, note, list] = ["title", "note", "images"].map((id) => document.getElementById("gallery-" + id));
    let opener = null;

    const open = (cell) => {
      const { model, true: t, predicted: p } = cell.dataset;
      const { run: of_run, several, cells } = data.cells[model];
      const { of, images } = cells[`${t}-${p}`] ?? { of: 0, images: [] };
      const [truth, called] = [data.classes[t], data.classes[p]];
      title.textContent = `${truth} called ${called} by ${model}`;
      const run = several ? ` These are the images of ${of_run}, the lowest.` : "";
      note.textContent = of === 0
        ? `No test image of ${truth} was called ${called}.${run}`
        : `${images.length} of ${of.toLocaleString("en")}, the most confident first.${run}`;
      list.replaceChildren(...images.map(([index, place, sure]) => {
        const confidence = (sure / 10).toFixed(1) + " %";
        const text = `Test image ${index}: true label ${truth}, predicted ${called}, confidence ${confidence}`;
        const picture = make("span", { class: "i", role: "img", "aria-label": text, title: text });
        picture.style.setProperty("--x", place % data.columns);
        picture.style.setProperty("--y", Math.floor(place / data.columns));
        const item = make("li", {});
        item.append(picture, make("span", { class: "true" }, confidence), make("span", { class: "number" }, "no. " + index));
        return item;
      }));
      for (const chosen of document.querySelectorAll("td.chosen")) chosen.classList.remove("chosen");
      cell.classList.add("chosen");
      panel.hidden = false;
      opener = cell;
    };
    const close = () => {
      panel.hidden = true;
      opener?.classList.remove("chosen");
      opener?.focus();
    };
    document.getElementById("gallery-close").addEventListener("click", close);
    addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });

    for (const table of document.querySelectorAll("table.cm.open")) {
      if (!data.cells[table.dataset.model]) continue;
      const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
      table.setAttribute("role", "grid");
      table.setAttribute("aria-describedby", "cells-help");
      rows.forEach((cells, y) => cells.forEach((cell, x) => {
        cell.setAttribute("role", "gridcell");
        cell.setAttribute("tabindex", x === 0 && y === 0 ? "0" : "-1");
        cell.addEventListener("click", () => open(cell));
        cell.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            open(cell);
          }
          const [down, right] =
            { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
          const next = rows[y + down]?.[x + right];
          if (!next || next === cell) return;
          event.preventDefault();
          cell.setAttribute("tabindex", "-1");
          next.setAttribute("tabindex", "0");
          next.focus();
        });
      }));
    }
  }
})();
