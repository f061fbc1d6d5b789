"use strict";

const csrf = document.querySelector('meta[name="csrf"]').content;
const find = (selector) => document.querySelector(selector);
const every = (selector) => [...document.querySelectorAll(selector)];

function trouble(text) {
  const place = find("#trouble");
  place.textContent = text;
  place.hidden = !text;
}

async function send(address, body) {
  trouble("");
  const json = !(body instanceof FormData);
  const headers = { "X-CSRF-Token": csrf, ...(json ? { "Content-Type": "application/json" } : {}) };
  try {
    const reply = await fetch(address, { method: "POST", headers, body: json ? JSON.stringify(body) : body });
    const told = await reply.json();
    if (reply.ok) return told;
    trouble(told.error.message);
  } catch {
    trouble("The server does not answer; is `rag serve` still running?");
  }
  return null;
}

const words = (event) => {
  if (event.kind === "queued") return event.total ? `waiting, ${event.total} before this one` : "next";
  if (event.kind === "stage") return event.total ? `${event.text} ${event.done} of ${event.total}` : event.text;
  return event.text || event.kind;
};

function follow(address, hear) {
  const source = new EventSource(address);
  source.addEventListener("message", (message) => {
    const event = JSON.parse(message.data);
    const last = ["answered", "failed", "cancelled"].includes(event.kind);
    if (last) source.close();
    hear(event, last);
  });
  source.addEventListener("open", () => every(".claims").forEach((list) => list.replaceChildren())); // all is told again
}

// --- the shelf ---

const boxes = every('input[name="paper"]');
const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);

function counted() {
  if (find("#count")) find("#count").textContent = boxes.length ? `${ticked().length} of ${boxes.length} may answer` : "";
}

function tick(wanted) {
  for (const box of boxes) box.checked = wanted(box.value);
  counted();
}

async function add(files, text) {
  const form = new FormData();
  form.append("text", text);
  for (const file of files) form.append("files", file);
  const status = find("#adding");
  status.hidden = false;
  status.textContent = "sending";
  const told = await send("/papers", form);
  if (told) watch(told.events, told.refused);
  else status.hidden = true;
}

function watch(events, refusals) {
  const status = find("#adding");
  status.hidden = false;
  follow(events, (event, last) => {
    status.textContent = words(event);
    if (!last) return;
    status.classList.add("done");
    const refused = [...refusals, ...(/^\d+ added$/.test(event.text) ? [] : [event.text])];
    sessionStorage.setItem("told", refused.join("\n"));
    location.reload();
  });
}

if (find("#ask")) {
  trouble(sessionStorage.getItem("told") || "");
  sessionStorage.removeItem("told");
  const before = find("#ask").dataset.papers?.split(" ");
  if (before) tick((key) => before.some((paper) => key === paper || key.replace(/v\d+$/, "") === paper));
  counted();
  if (find("#adding").dataset.events) watch(find("#adding").dataset.events, []);
  boxes.forEach((box) => box.addEventListener("change", counted));
  find("#all")?.addEventListener("click", () => tick(() => true));
  find("#none")?.addEventListener("click", () => tick(() => false));
  every("[data-shelf]").forEach((button) =>
    button.addEventListener("click", () => tick((key) => button.dataset.shelf.split(" ").includes(key))),
  );
  every("[data-drop-shelf]").forEach((button) =>
    button.addEventListener("click", async () => {
      if (await send("/shelves", { name: button.dataset.dropShelf, papers: [] })) location.reload();
    }),
  );
  every("[data-remove]").forEach((button) =>
    button.addEventListener("click", async () => {
      if (await send("/papers/remove", { paper: button.dataset.remove })) location.reload();
    }),
  );
  find("#shelve")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    if (!ticked().length) trouble("Tick the papers that the shelf is to hold.");
    else if (await send("/shelves", { name, papers: ticked() })) location.reload();
  });
  find("#add").addEventListener("submit", (event) => {
    event.preventDefault();
    add(find("#files").files, find("#text").value);
  });
  find("#ask").addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = await send("/questions", {
      question: find("#question").value,
      papers: ticked(),
      columns: find("#columns")?.value || "",
      writer: find("#writer")?.value || "",
      after: Number(event.target.dataset.after || 0),
    });
    if (told) location.assign(told.address);
  });
  find("#question").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) find("#ask").requestSubmit();
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    if (event.dataTransfer.files.length) add(event.dataTransfer.files, "");
  });
}

// --- a question under way ---

const progress = find("#progress:not([data-ended])");
if (progress) {
  const number = progress.dataset.number;
  find("#cancel").addEventListener("click", () => send(`/answers/${number}/cancel`, {}));
  follow(`/events/questions/${number}`, (event, last) => {
    if (event.kind === "claim" || event.kind === "short") {
      const item = document.createElement("li");
      item.textContent = event.text;
      find(event.kind === "claim" ? "#claims" : "#short ul").append(item);
      if (event.kind === "short") find("#short").hidden = false;
    } else {
      find("#stage").textContent = words(event);
    }
    if (last) location.reload();
  });
}
