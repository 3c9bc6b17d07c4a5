// The confusion matrix to look up: a stop of the tab key, arrow keys go from cell to cell.

function buildMatrix() {
  const table = document.getElementById("matrix");
  if (!table) return { highlight: () => {} };
  const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll("td")]);
  const says = document.getElementById("cell-says");
  let at = [0, 0];

  const choose = (row, column, isFocus) => {
    rows[at[0]][at[1]].tabIndex = -1;
    at = [row, column];
    const cell = rows[row][column];
    cell.tabIndex = 0;
    if (isFocus) cell.focus();
    says.textContent = cell.title;
  };
  rows.forEach((cells, row) => cells.forEach((cell, column) => {
    cell.tabIndex = row + column === 0 ? 0 : -1;
    cell.addEventListener("click", () => choose(row, column, true));
    cell.addEventListener("focus", () => { says.textContent = cell.title; });
  }));
  table.addEventListener("keydown", (event) => {
    const [down, right] = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key] ?? [];
    if (down === undefined) return;
    event.preventDefault();
    const inside = (place) => Math.min(Math.max(place, 0), rows.length - 1);
    choose(inside(at[0] + down), inside(at[1] + right), true);
  });

  // The column of what the network says.
  const highlight = (best) => {
    for (const cell of table.querySelectorAll("[data-predicted]")) {
      cell.classList.toggle("said", cell.dataset.predicted === String(best));
    }
  };
  return { highlight };
}
