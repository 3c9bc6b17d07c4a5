// Checks of a page in the manner of axe: each gives a list of what is wrong, empty where nothing is.
// Evaluates to an object from the check's name to its function.
({
  // Every text keeps the contrast of WCAG 2.2 AA over what lies behind it: 4.5, or 3 where it is large.
  contrast() {
    const problems = [];
    const seen = new Set();
    for (const text of texts()) {
      const element = text.parentElement;
      const style = getComputedStyle(element);
      const drawn = element instanceof SVGElement;
      let ink;
      let ground;
      try {
        ground = drawn ? groundOfDrawing(text) : groundOf(element);
        ink = over(colour(drawn ? style.fill : style.color, opacity(element)), ground);
      } catch (error) {
        problems.push(`${describe(element)}: ${error.message}`);
        continue;
      }
      const ratio = contrastOf(ink, ground);
      const size = parseFloat(style.fontSize) * scaleOf(element);
      const large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
      const wanted = large ? 3 : 4.5;
      const key = [element.tagName, element.getAttribute("class"), ratio.toFixed(2)].join();
      if (ratio < wanted && !seen.has(key)) {
        seen.add(key);
        const words = text.textContent.trim().slice(0, 30);
        problems.push(`${describe(element)} "${words}": ${ratio.toFixed(2)} of ${wanted}, ${ink.map(Math.round)} on ${ground.map(Math.round)}`);
      }
    }
    return problems;

    function texts() {
      const found = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.textContent.trim() || !isSeen(node.parentElement)) continue;
        if (node.parentElement.closest("title, desc, script, style, :disabled")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        if (box.width > 1.5 && box.height > 1.5) found.push(node);
      }
      return found;
    }

    // [red, green, blue] with an alpha: as Chromium computes colours.
    function colour(text, factor = 1) {
      const numbers = (text.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
      if (/^rgba?\(/.test(text)) return [numbers.slice(0, 3), (numbers[3] ?? 1) * factor];
      if (/^color\(srgb /.test(text)) return [numbers.slice(0, 3).map((n) => n * 255), (numbers[3] ?? 1) * factor];
      if (text === "none") return [[0, 0, 0], 0];
      throw new Error(`a colour that is not understood: ${text}`);
    }

    function over([top, alpha], bottom) {
      return top.map((value, i) => value * alpha + bottom[i] * (1 - alpha));
    }

    function opacity(element) {
      let product = 1;
      for (let e = element; e; e = e.parentElement) product *= +getComputedStyle(e).opacity;
      return product;
    }

    // Backgrounds of the element and those around it, from the page's up.
    function groundOf(element) {
      const around = [];
      for (let e = element; e; e = e.parentElement) around.unshift(e);
      return around.reduce((ground, e) => {
        if (getComputedStyle(e).backgroundImage !== "none" && e.textContent.trim()) {
          throw new Error("text over an image");
        }
        return over(colour(getComputedStyle(e).backgroundColor, opacity(e)), ground);
      }, [255, 255, 255]);
    }

    // Shapes of the drawing that lie under the middle of a text, in the order in which they are drawn.
    function groundOfDrawing(text) {
      const element = text.parentElement;
      const svg = element.ownerSVGElement ?? element;
      const range = document.createRange();
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      const middle = new DOMPoint(box.left + box.width / 2, box.top + box.height / 2);
      let ground = groundOf(svg);
      for (const shape of svg.querySelectorAll("rect, circle, ellipse, path, polygon")) {
        const before = shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
        if (!before || !shape.checkVisibility({ visibilityProperty: true })) continue;
        const style = getComputedStyle(shape);
        const matrix = shape.getScreenCTM();
        if (style.fill === "none" || !matrix) continue;
        if (!shape.isPointInFill(middle.matrixTransform(matrix.inverse()))) continue;
        ground = over(colour(style.fill, opacity(shape) * +style.fillOpacity), ground);
      }
      return ground;
    }

    // A drawing that is shown smaller than it was made has smaller text.
    function scaleOf(element) {
      if (!(element instanceof SVGGraphicsElement)) return 1;
      const matrix = element.getScreenCTM();
      return matrix ? Math.hypot(matrix.a, matrix.b) : 1;
    }

    function contrastOf(a, b) {
      const luminance = (rgb) => {
        const [r, g, b] = rgb.map((value) => {
          const c = value / 255;
          return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (light + 0.05) / (dark + 0.05);
    }
  },

  // Images and drawings have names, or are hidden from those who do not see them.
  images() {
    const problems = [];
    for (const image of document.querySelectorAll("img, svg, canvas, [role=img]")) {
      if (image.closest("[aria-hidden=true]") || !isSeen(image)) continue;
      if (image.tagName === "svg" && image.getAttribute("role") !== "img") {
        problems.push(`${describe(image)} is neither an image nor hidden`);
      } else if (!nameOf(image)) {
        problems.push(`${describe(image)} has no name`);
      }
    }
    return problems;
  },

  // Whatever can be operated has a name.
  controls() {
    const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
    const nameless = [...document.querySelectorAll(controls)].filter((control) => !nameOf(control));
    return nameless.map((control) => `${describe(control)} has no name`);
  },

  // One first heading, and none that skips a level.
  headings() {
    const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(isSeen);
    const problems = [];
    const first = headings.filter((heading) => heading.tagName === "H1").length;
    if (first !== 1) problems.push(`${first} headings of the first level`);
    headings.reduce((before, heading) => {
      const level = +heading.tagName[1];
      if (level > before + 1) problems.push(`"${heading.textContent.trim()}" is of level ${level} after ${before}`);
      if (!heading.textContent.trim()) problems.push(`a heading of level ${level} is empty`);
      return level;
    }, 0);
    return problems;
  },

  // No id twice, and every reference leads somewhere.
  ids() {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const problems = ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `${id} is there twice`);
    for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls", "headers"]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute).split(/\s+/)) {
          if (!document.getElementById(id)) problems.push(`${describe(element)}: ${attribute} ${id} leads nowhere`);
        }
      }
    }
    for (const link of document.querySelectorAll("a[href]")) {
      const href = link.getAttribute("href");
      if (!href.startsWith("#")) problems.push(`${href} leads out of the report`);
      else if (!document.getElementById(decodeURIComponent(href.slice(1)))) problems.push(`${href} leads nowhere`);
    }
    return problems;
  },

  // A table says what it holds, and a header whose it is.
  tables() {
    const problems = [];
    for (const table of document.querySelectorAll("table")) {
      const named = table.caption?.textContent.trim() || nameOf(table, false);
      if (!named) problems.push(`${describe(table)} has neither caption nor name`);
      for (const header of table.querySelectorAll("th:not([scope])")) {
        problems.push(`${describe(table)}: the header "${header.textContent.trim()}" has no scope`);
      }
    }
    return problems;
  },

  // Language, title, landmarks, and text that may be enlarged.
  document() {
    const problems = [];
    if (!document.documentElement.lang) problems.push("the page has no language");
    if (!document.title.trim()) problems.push("the page has no title");
    if (document.querySelectorAll("main").length !== 1) problems.push("the page has not one main");
    const unnamed = [...document.querySelectorAll("nav, aside")].filter((e) => isSeen(e) && !nameOf(e, false));
    for (const landmark of unnamed) problems.push(`${describe(landmark)} has no name`);
    const viewport = document.querySelector("meta[name=viewport]")?.content ?? "";
    if (!viewport.includes("width=device-width")) problems.push("the viewport is not the device's");
    if (/user-scalable=no|maximum-scale/.test(viewport)) problems.push("the page cannot be enlarged");
    return problems;
  },

  // Nothing is wider than the window, unless it scrolls in a frame of its own.
  width() {
    const { scrollWidth: wide, clientWidth: window } = document.documentElement;
    if (wide <= window) return [];
    const sticks = [...document.body.querySelectorAll("*")].filter((element) => {
      if (!isSeen(element) || element.getBoundingClientRect().right <= window + 1) return false;
      for (let e = element.parentElement; e; e = e.parentElement) {
        if (getComputedStyle(e).overflowX !== "visible") return false;
      }
      return true;
    });
    return [`the page is ${wide} wide, the window ${window}: ${sticks.slice(0, 5).map(describe).join(", ")}`];
  },

  // What the tab key has to reach, as descriptions; the elements are kept for the test.
  tabbable() {
    const stops = "a[href], button, input, select, textarea, summary, [tabindex]";
    window.tabStops = [...document.querySelectorAll(stops)].filter((element) => {
      if (element.tabIndex < 0 || element.disabled || !isSeen(element)) return false;
      // Of a group of radio buttons the checked one is the stop.
      return element.type !== "radio" || element.checked;
    });
    return window.tabStops.map(describe);
  },
})
