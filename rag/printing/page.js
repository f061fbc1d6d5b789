
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tip = one("#tip"), viewer = one("#viewer"), sheets = all(".sheet"), whole = one("#whole");
  const entry = (q) => document.getElementById("q" + q);
  const words = (q) => one("q", entry(q)).textContent;
  const where = (q) => one(".where", entry(q)).textContent;
  const pictured = [...new Set(all("#sheets g").map((group) => Number(group.dataset.q)))].sort((a, b) => a - b);
  const wide = matchMedia("(min-width: 68.01rem)");
  let current = 0, opener = null, leaving = 0;

  const showTip = (mark) => {
    clearTimeout(leaving);
    one(".words", tip).textContent = words(mark.dataset.q);
    one(".place", tip).textContent = where(mark.dataset.q);
    tip.hidden = false;
    const box = mark.getBoundingClientRect(), size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left - 24), document.documentElement.clientWidth - size.width - 8);
    const above = box.top - size.height - 6;
    tip.style.left = left + scrollX + "px";
    tip.style.top = (above > 4 ? above : box.bottom + 6) + scrollY + "px";
    mark.setAttribute("aria-describedby", "tip");
  };
  const hideTip = () => {
    clearTimeout(leaving);
    tip.hidden = true;
    all("[aria-describedby=tip]").forEach((mark) => mark.removeAttribute("aria-describedby"));
  };
  const hideSoon = () => { clearTimeout(leaving); leaving = setTimeout(hideTip, 180); };

  const draw = () => {
    for (const sheet of sheets) {
      let box = null;
      for (const group of all("g", sheet)) {
        const on = Number(group.dataset.q) === current;
        group.toggleAttribute("hidden", !on);
        if (on) box = group.dataset.crop;
      }
      sheet.parentElement.hidden = !box;
      const image = one("image", sheet), page = `0 0 ${image.getAttribute("width")} ${image.getAttribute("height")}`;
      const cut = whole.getAttribute("aria-pressed") !== "true";
      if (box) sheet.setAttribute("viewBox", cut ? box : page);
      sheet.classList.toggle("cut", cut);
    }
  };
  const show = (q) => {
    current = q;
    one("#viewer-place").textContent = where(q);
    one("#viewer-quote").textContent = `“${words(q)}”`;
    const link = one("a", entry(q));
    one("#viewer-link").replaceChildren(...(link ? [link.cloneNode(true)] : []));
    const place = pictured.indexOf(q);
    one("#count").textContent = `${place + 1} of ${pictured.length}`;
    one("#before").disabled = place <= 0;
    one("#after").disabled = place >= pictured.length - 1;
    all(".mark").forEach((mark) => {
      if (Number(mark.dataset.q) === q) mark.setAttribute("aria-current", "true");
      else mark.removeAttribute("aria-current");
    });
    draw();
    one("#sheets").scrollTop = 0;
    history.replaceState(null, "", `#q=${q}`); // a link to this quote
  };
  const open = (q, from, focus) => {
    hideTip();
    opener = from;
    if (!viewer.open) {
      if (wide.matches) { viewer.show(); document.body.classList.add("reading"); } else viewer.showModal();
    }
    show(q);
    if (focus || !wide.matches) one("#close").focus(); else from.focus({ preventScroll: true });
    from.scrollIntoView({ block: "nearest" });
    hideTip();
  };
  const close = () => { if (viewer.open) viewer.close(); };
  const step = (by) => {
    const q = pictured[pictured.indexOf(current) + by];
    if (q === undefined) return;
    show(q);
    const mark = all(`.mark[data-q="${q}"]`).find((found) => found.getClientRects().length);
    if (mark) { opener = mark; if (wide.matches) mark.scrollIntoView({ block: "nearest" }); }
  };

  for (const mark of all(".mark")) {
    mark.addEventListener("mouseenter", () => showTip(mark));
    mark.addEventListener("mouseleave", hideSoon);
    mark.addEventListener("focus", () => showTip(mark));
    mark.addEventListener("blur", hideSoon);
  }
  tip.addEventListener("mouseenter", () => clearTimeout(leaving));
  tip.addEventListener("mouseleave", hideSoon);
  document.addEventListener("click", (event) => {
    const from = event.target.closest(".mark, .look");
    if (!from || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const q = Number(from.dataset.q);
    if (pictured.includes(q)) { event.preventDefault(); open(q, from, event.detail === 0); }
    else { hideTip(); one(".register").open = true; }
  });
  viewer.addEventListener("close", () => {
    document.body.classList.remove("reading");
    all(".mark[aria-current]").forEach((mark) => mark.removeAttribute("aria-current"));
    if (opener) { opener.focus({ preventScroll: true }); hideTip(); }
    history.replaceState(null, "", location.pathname + location.search);
    current = 0;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { if (!tip.hidden) hideTip(); else close(); }
    else if (viewer.open && !event.altKey && !event.ctrlKey && !event.metaKey && event.target.id !== "sheets") {
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    }
  });
  one("#close").addEventListener("click", close);
  one("#before").addEventListener("click", () => step(-1));
  one("#after").addEventListener("click", () => step(1));
  whole.addEventListener("click", () => {
    whole.setAttribute("aria-pressed", String(whole.getAttribute("aria-pressed") !== "true"));
    draw();
  });

  const linked = Number((/^#q=(\d+)$/.exec(location.hash) || [])[1]);
  if (pictured.includes(linked)) open(linked, all(".mark, .look").find((from) => Number(from.dataset.q) === linked), false);

  for (const button of all(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = one("pre", button.parentElement);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: press Ctrl+C";
      }
    });
  }
})();
