
(() => {
  const grid = document.querySelector(".grid"), body = grid.tBodies[0], rows = [...body.rows];
  const heads = [...grid.tHead.rows[0].cells], filter = document.getElementById("filter"), found = document.getElementById("found");
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const stated = (cell) => cell.tagName === "TH" || cell.classList.contains("stated");
  const told = (cell) => cell.textContent.replace(/^[“”\s…]+/u, "");

  const sort = (place) => {
    const down = heads[place].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[place].setAttribute("aria-sort", down ? "descending" : "ascending");
    const way = down ? -1 : 1;
    const sorted = [...rows].sort((one, other) => {
      const a = one.cells[place], b = other.cells[place];
      return stated(b) - stated(a) || way * order.compare(told(a), told(b));  // what is not stated comes last both ways
    });
    body.append(...sorted);
  };
  heads.forEach((head, place) => head.querySelector(".sort").addEventListener("click", () => sort(place)));

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map(rows.map((row) => [row, plain(row.textContent)]));
  filter.parentElement.hidden = false;
  filter.addEventListener("input", () => {
    const words = plain(filter.value).split(/\s+/u).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => texts.get(row).includes(word));
      count += !row.hidden;
    }
    found.textContent = words.length ? `${count} of ${rows.length} papers` : "";
  });

  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td.stated");
    if (!cell || event.target.closest("a") || !getSelection().isCollapsed) return;
    cell.querySelector(".mark").click();
  });
})();
