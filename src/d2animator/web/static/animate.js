// The page that animates: a source, a driver, and what comes of them.

import { ask } from "/static/api.js";
import { find, make, problem } from "/static/dom.js";
import { follow } from "/static/jobs.js";
import { CLIPS, PHOTOS, Picker } from "/static/picker.js";
import { gainSliders } from "/static/sliders.js";

const NUMBERS = ["start", "end", "size", "crf", "reference_frame"];

export function openAnimate() {
  const form = find("#animate-form");
  const place = find("#animate-progress");
  const result = find("#animate-result");
  const source = new Picker(find("#animate-source"), {
    title: "Who moves", accept: "image/*,video/*,.heic,.avif", camera: "photo", cameraWords: "Take a photo", examples: PHOTOS,
  });
  const driver = new Picker(find("#animate-driver"), {
    title: "How they move", accept: "video/*,image/*,.safetensors", camera: "clip", cameraWords: "Record yourself", examples: CLIPS,
  });
  const gains = gainSliders(find("#animate-gains"));
  const button = find("button[type=submit]", form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = !source.label ? [source, "the picture of who shall move"] : !driver.label ? [driver, "a clip that shows how"] : null;
    if (missing) {
      place.replaceChildren(problem(`Choose ${missing[1]} first.`));
      missing[0].place.focus();
      return;
    }
    button.disabled = true;
    result.hidden = true;
    const seen = { driver: form.compare.checked ? null : driver.preview, name: driver.label, start: Number(form.start.value) || 0 };
    const made = await follow(place, async () => {
      const { format, options } = wishes(form, gains());
      const json = { source: await source.id(), driver: await driver.id(), options, format };
      return (await ask("/api/animate", { json })).json();
    });
    button.disabled = false;
    if (made) show(result, made, seen);
  });
  return { pickers: [source, driver] };
}

/** What the form asks for, as the server takes it; what says nothing is left out. */
function wishes(form, gains) {
  const options = {};
  let format;
  for (const [name, text] of new FormData(form)) {
    if (text === "") continue;
    if (name === "format") format = text;
    else if (name === "compare") options.compare = true;
    else if (name === "paste_back") options[name] = text === "true";
    else options[name] = NUMBERS.includes(name) ? Number(text) : text;
  }
  const changed = Object.fromEntries(Object.entries(gains).filter(([, gain]) => gain !== 1));
  if (Object.keys(changed).length) options.gains = changed;
  return { format, options };
}

function show(place, made, { driver, name, start }) {
  const moves = made.type.startsWith("video/");
  const own = moves
    ? make("video", { src: made.url, controls: true, loop: true, playsinline: true, "aria-label": "The result" })
    : make("img", { src: made.url, alt: "The result" });
  const compare = make("div", { class: "compare" });
  if (driver) {
    const other = driver.moves
      ? make("video", { src: driver.url, muted: true, playsinline: true, "aria-label": "The driver" })
      : make("img", { src: driver.url, alt: "The driver" });
    other.muted = true;
    compare.append(make("figure", {}, other, make("figcaption", {}, `The driver, ${name}`)));
    if (moves && driver.moves) playTogether(own, other, start);
  }
  compare.append(make("figure", {}, own, make("figcaption", {}, "The result")));
  place.replaceChildren(make("h2", { tabindex: -1 }, "Result"), compare,
    make("p", { class: "actions" }, make("a", { class: "button primary", href: `${made.url}?download=1`, download: made.name }, "Download")),
    ...notes(made));
  place.hidden = false;
  find("h2", place).focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  if (moves) own.play().catch(() => {});
}

/** What there is to know of a result. */
export function notes(made) {
  const seconds = made.seconds.toFixed(made.seconds < 10 ? 1 : 0);
  const words = [`${made.frames} ${made.frames === 1 ? "picture" : "frames"} in ${seconds} s.`];
  const unseen = made.frames_without_face.length;
  if (unseen) words.push(`${unseen} of the driver’s frames show no face; they hold the last motion.`);
  if (made.limited_frames.length) words.push(`In ${made.limited_frames.length} frames the motion was larger than can be drawn well, and was made smaller.`);
  if (made.unchanged_frames.length) words.push(`In ${made.unchanged_frames.length} frames the source shows no face; they stay as they are.`);
  const marks = [made.marks.watermark !== null && "an invisible watermark", made.marks.manifest && "signed metadata"].filter(Boolean);
  if (marks.length) words.push(`Marked as synthetic: ${marks.join(" and ")}.`);
  return words.map((text) => make("p", { class: "quiet" }, text));
}

// The driver follows the result's controls.
function playTogether(own, other, start) {
  const align = () => {
    if (Math.abs(other.currentTime - own.currentTime - start) > 0.12) other.currentTime = own.currentTime + start;
  };
  own.addEventListener("play", () => { align(); other.play().catch(() => {}); });
  own.addEventListener("pause", () => { other.pause(); align(); });
  for (const name of ["seeked", "timeupdate"]) own.addEventListener(name, align);
}
