// Follows a job: what is done, how long it may take, how to end it.

import { ask, get } from "/static/api.js";
import { inWords, make, problem } from "/static/dom.js";

const POLL_MS = 400;

/** Show a job in a place until it is over; gives its result, or null where it was cancelled. */
export async function follow(place, begin) {
  const phase = make("b", {}, "Handing over the files");
  const left = make("span", { class: "quiet", "aria-hidden": "true" });
  const bar = make("progress", { max: 1, "aria-label": "Progress" });
  const told = make("p", { class: "hidden-words", role: "status" });
  const end = make("button", { type: "button" }, "Cancel");
  const panel = make("div", { class: "card job" },
    make("div", { class: "row" }, make("p", {}, phase, " ", left), end), bar, told);
  place.replaceChildren(panel);
  let job = null;
  let unwanted = false;
  end.addEventListener("click", async () => {
    unwanted = true;
    end.disabled = true;
    if (job) await ask(`/api/jobs/${job.id}`, { method: "DELETE" }).catch(() => {});
  });
  try {
    job = await begin();
    if (unwanted) await ask(`/api/jobs/${job.id}`, { method: "DELETE" });
    let said = "";
    for (;;) {
      job = await get(`/api/jobs/${job.id}`);
      const words = inPhase(job);
      phase.textContent = words;
      left.textContent = remaining(job);
      if (job.total) bar.value = job.done / job.total;
      else bar.removeAttribute("value");
      const quarter = job.total ? Math.floor((4 * job.done) / job.total) * 25 : 0;
      const sentence = quarter ? `${words}, ${quarter} percent` : words;
      if (sentence !== said) told.textContent = said = sentence;
      if (["done", "failed", "cancelled"].includes(job.state)) break;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (job.state === "failed") throw new Error(job.error);
    place.replaceChildren(job.state === "cancelled" ? make("p", { class: "notice", role: "status" }, "Cancelled; nothing was kept.") : "");
    return job.state === "done" ? job.result : null;
  } catch (error) {
    place.replaceChildren(problem(error.message));
    return null;
  }
}

function inPhase(job) {
  if (job.state === "waiting") {
    if (!job.ahead) return "Waiting";
    return `Waiting: ${job.ahead} ${job.ahead === 1 ? "job is" : "jobs are"} before yours`;
  }
  if (job.state === "running" && job.total) return "Drawing";
  return job.phase[0].toUpperCase() + job.phase.slice(1);
}

function remaining(job) {
  const counted = job.total ? `${job.done} of ${job.total} frames` : "";
  if (job.left_s !== null && job.left_s > 0.5) return `${counted}, about ${inWords(job.left_s)} left`;
  if (counted) return counted;
  return job.elapsed_s > 1 ? `${inWords(job.elapsed_s)} so far` : "";
}
