// The page that edits a photo: sliders, drawn anew at every change.

import { ask, get } from "/static/api.js";
import { notes } from "/static/animate.js";
import { find, make, problem, save } from "/static/dom.js";
import { follow } from "/static/jobs.js";
import { PHOTOS, Picker } from "/static/picker.js";
import { inWords, slider } from "/static/sliders.js";

export async function openEdit() {
  const picture = find("#edit-picture");
  const note = find("#edit-note");
  const amounts = {};
  const sliders = [];
  const source = new Picker(find("#edit-source"), {
    title: "The photo", accept: "image/*,.heic,.avif", camera: "photo", cameraWords: "Take a photo", examples: PHOTOS,
  });
  const drawing = new Drawing(source, amounts, picture, note);

  source.addEventListener("chosen", () => {
    find("#edit-figure").hidden = find("#edit-actions").hidden = false;
    note.textContent = "Getting the photo ready …";
    picture.removeAttribute("src");
    drawing.ask();
  });
  const all = () => Object.fromEntries(Object.entries(amounts).filter(([, value]) => value !== 0));

  find("#edit-reset").addEventListener("click", () => {
    for (const one of sliders) one.reset();
    for (const name of Object.keys(amounts)) delete amounts[name];
    drawing.ask();
  });
  const before = find("#edit-before");
  before.addEventListener("click", () => {
    drawing.before = before.getAttribute("aria-pressed") !== "true";
    before.setAttribute("aria-pressed", drawing.before);
    drawing.ask();
  });
  find("#edit-save").addEventListener("click", async (event) => {
    const format = find("#edit-format").value;
    event.target.disabled = true;
    note.textContent = "Drawing it in full size …";
    try {
      const response = await ask("/api/edit", { json: { source: await source.id(), amounts: all(), format } });
      save(await response.blob(), `${source.label.replace(/\.[^.]*$/, "")}-edited.${format === "jpeg" ? "jpg" : format}`);
      note.textContent = "Saved, marked as synthetic.";
    } catch (error) {
      note.replaceChildren(problem(error.message));
    }
    event.target.disabled = false;
  });
  find("#edit-clip").addEventListener("click", async () => {
    const place = find("#edit-result");
    place.hidden = true;
    const made = await follow(find("#edit-progress"), async () =>
      (await ask("/api/clip", { json: { source: await source.id(), amounts: all(), seconds: 3 } })).json());
    if (!made) return;
    place.replaceChildren(
      make("div", { class: "compare small" }, make("video", { src: made.url, controls: true, loop: true, autoplay: true, muted: true, playsinline: true, "aria-label": "The clip" })),
      make("p", { class: "actions" }, make("a", { class: "button primary", href: `${made.url}?download=1`, download: made.name }, "Download")),
      ...notes(made));
    place.hidden = false;
  });

  const { groups } = await get("/api/names");
  const place = find("#edit-sliders");
  for (const [index, group] of groups.entries()) {
    const made = group.sliders.map((one) => slider({ ...one, label: inWords(one.name) }, (value) => {
      amounts[one.name] = value;
      drawing.before = false;
      before.setAttribute("aria-pressed", "false");
      drawing.ask();
    }));
    sliders.push(...made);
    place.append(make("details", { class: "card", open: index < 2 },
      make("summary", {}, group.title), make("div", { class: "sliders" }, ...made.map((one) => one.element))));
  }
  return { pickers: [source] };
}

/** Draws the newest wish; while one picture is on its way, the wishes between are left out. */
class Drawing {
  constructor(source, amounts, picture, note) {
    Object.assign(this, { source, amounts, picture, note, before: false, busy: false, wanted: false, url: null });
  }

  async ask() {
    this.wanted = true;
    if (this.busy || !this.source.label) return;
    this.busy = true;
    while (this.wanted) {
      this.wanted = false;
      await this.draw();
    }
    this.busy = false;
  }

  async draw() {
    try {
      const source = await this.source.id();
      const amounts = this.before ? {} : Object.fromEntries(Object.entries(this.amounts).filter(([, value]) => value !== 0));
      const began = performance.now();
      const response = await ask("/api/edit", { json: { source, amounts, preview: true } });
      const url = URL.createObjectURL(await response.blob());
      this.picture.src = url;
      await this.picture.decode().catch(() => {});
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = url;
      this.picture.dataset.ms = Math.round(performance.now() - began);
      this.picture.dataset.drawn = Number(this.picture.dataset.drawn || 0) + 1;
      const limited = response.headers.get("X-Limited") && "More than can be drawn well; it was made smaller.";
      if (!/^Saved/.test(this.note.textContent)) this.note.textContent = this.before ? "The original" : limited || "";
    } catch (error) {
      this.note.replaceChildren(problem(error.message));
    }
  }
}
