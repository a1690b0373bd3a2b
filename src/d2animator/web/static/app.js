// Which page is shown, and whether the server is ready.

import { get, sessionId } from "/static/api.js";
import { openAnimate } from "/static/animate.js";
import { find, problem } from "/static/dom.js";
import { openEdit } from "/static/edit.js";
import { openLive } from "/static/live.js";
import { openModel } from "/static/model.js";

const VIEWS = { animate: openAnimate, edit: openEdit, live: openLive, model: openModel };
const opened = {};
let current = null;

function show() {
  const name = location.hash.slice(1);
  if (name === "main") return;
  const wanted = name in VIEWS ? name : "animate";
  if (current && current !== wanted) Promise.resolve(opened[current]).then((view) => view?.leave?.());
  for (const other of Object.keys(VIEWS)) find(`#${other}`).hidden = other !== wanted;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${wanted}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = find("h1", find(`#${wanted}`));
  document.title = `${title.textContent} – d2animator`;
  if (current) title.focus({ preventScroll: true });
  if (current) scrollTo(0, 0);
  current = wanted;
  opened[wanted] ??= VIEWS[wanted]();
  Promise.resolve(opened[wanted]).catch((error) => find(`#${wanted}`).append(problem(error.message)));
}

async function tellWhenReady() {
  const place = find("#status");
  for (;;) {
    try {
      const { model, error } = await get("/api/status");
      if (model === "ready") { place.textContent = "Ready"; return; }
      if (model === "failed") { place.replaceChildren(problem(`The model cannot be loaded: ${error}`)); return; }
      place.textContent = "Loading the model …";
    } catch (error) {
      place.textContent = error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

// What is pasted goes to the first place of the page that has nothing yet.
addEventListener("paste", async (event) => {
  const files = event.clipboardData?.files;
  if (!files?.length) return;
  const view = await opened[current];
  const free = view?.pickers?.find((picker) => !picker.label) ?? view?.pickers?.[0];
  free?.paste(files);
});
addEventListener("hashchange", show);
// A file that misses its place must not replace the page.
for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());

show();
tellWhenReady();
sessionId().catch(() => {});
