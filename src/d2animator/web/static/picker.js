// Where somebody chooses a file: from the disk, dropped, pasted, from the camera, or an example.

import { ask, isCurrent, knownLimits, upload } from "/static/api.js";
import { fromCamera } from "/static/camera.js";
import { make, problem } from "/static/dom.js";

export class Picker extends EventTarget {
  /** How: title, accept (of the file input), camera ("photo" or "clip"), words for it, and examples. */
  constructor(place, { title, accept, camera, cameraWords, examples }) {
    super();
    this.place = place;
    this.file = null;
    this.stored = null;
    this.example = null;
    this.input = make("input", { type: "file", accept, hidden: true, change: () => this.input.files[0] && this.take(this.input.files[0]) });
    this.drop = make("div", { class: "drop" }, make("p", { class: "quiet" }, "Drop a file here, or paste one"));
    this.name = make("p", { class: "name", role: "status" });
    const choose = make("button", { type: "button", click: () => this.input.click() }, "Choose a file");
    const shoot = make("button", { type: "button", click: () => this.shoot(camera) }, cameraWords);
    place.tabIndex = -1;
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", title);
    place.append(make("h2", {}, title), this.drop, this.name, this.input,
      make("div", { class: "row" }, choose, shoot),
      make("div", { class: "examples" }, make("span", { class: "quiet" }, "Or try"), ...examples.map((one) => this.thumbnail(one))));
    for (const name of ["dragenter", "dragover"]) place.addEventListener(name, (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) place.addEventListener(name, () => this.drop.classList.remove("over"));
    place.addEventListener("drop", (event) => { event.preventDefault(); this.paste(event.dataTransfer.files); });
  }

  thumbnail({ id, label }) {
    const url = `/examples/${id.split(":")[1]}`;
    const shown = /\.mp4$/.test(url) ? make("video", { src: url, muted: true, preload: "metadata" }) : make("img", { src: url, alt: "" });
    return make("button", { type: "button", "aria-label": label, title: label, click: () => this.takeExample(id, url, label) }, shown);
  }

  paste(files) {
    if (files.length) this.take(files[0]);
  }

  async shoot(kind) {
    const { seconds } = await knownLimits();
    const file = await fromCamera(kind, Math.min(seconds, 30));
    if (file) this.take(file);
  }

  takeExample(id, url, label) {
    this.release();
    this.example = id;
    this.show(url, /\.mp4$/.test(url));
    this.name.textContent = label;
    this.tell();
  }

  /** Take a file, show it, and hand it over at once: what is wrong with it is said here. */
  async take(file) {
    this.release();
    this.file = file;
    this.input.value = "";
    const url = URL.createObjectURL(file);
    this.show(url, /^video\//.test(file.type) || /\.(mp4|mov|webm|mkv|avi|m4v)$/i.test(file.name));
    this.name.replaceChildren(`${file.name}: handing over …`);
    try {
      await this.id();
      if (this.file !== file) return;
      this.name.textContent = file.name;
      this.tell();
    } catch (error) {
      if (this.file !== file) return;
      this.release();
      this.name.replaceChildren(problem(error.message));
    }
  }

  /** The id of what was chosen, handed over anew where its session is over; null for nothing. */
  async id() {
    if (this.example) return this.example;
    if (!this.file) return null;
    if (!this.stored || !isCurrent(this.stored)) {
      this.handing ??= upload(this.file, this.file.name).finally(() => { this.handing = null; });
      const file = this.file;
      const stored = await this.handing;
      if (this.file === file) this.stored = stored;
      return stored.id;
    }
    return this.stored.id;
  }

  get label() {
    return this.file ? this.file.name : (this.example || "").replace("example:", "");
  }

  /** What can be shown of it: an address, and whether it moves. */
  get preview() {
    return this.shown;
  }

  show(url, moves) {
    const seen = moves
      ? make("video", { src: url, muted: true, loop: true, autoplay: true, playsinline: true, "aria-label": "What was chosen" })
      : make("img", { src: url, alt: "What was chosen" });
    seen.muted = true;
    seen.addEventListener("error", () => {
      if (this.shown?.url !== url) return;
      this.shown = null;
      this.drop.replaceChildren(make("p", { class: "quiet" }, "The browser cannot show this file; it can be used all the same."));
    });
    this.shown = { url, moves };
    this.drop.classList.add("filled");
    this.drop.replaceChildren(seen);
  }

  release() {
    if (this.stored && isCurrent(this.stored)) ask(`/api/files/${this.stored.id}`, { method: "DELETE" }).catch(() => {});
    this.file = this.stored = this.example = this.shown = null;
    this.drop.classList.remove("filled");
    this.drop.replaceChildren(make("p", { class: "quiet" }, "Drop a file here, or paste one"));
    this.name.textContent = "";
  }

  tell() {
    this.dispatchEvent(new Event("chosen"));
  }
}

export const PHOTOS = [
  { id: "example:astronaut.jpg", label: "An astronaut" },
  { id: "example:source.png", label: "A puppet" },
];
export const CLIPS = [{ id: "example:driving.mp4", label: "A puppet that speaks and nods" }];
