// The browser's camera: a photo, or a recording.

import { find } from "/static/dom.js";

/** Open the camera; says in a sentence why it cannot be had. */
export async function openCamera(constraints = { width: { ideal: 1280 }, height: { ideal: 720 } }) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error("This browser gives the camera only to pages at localhost, 127.0.0.1 or https.");
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", ...constraints }, audio: false });
  } catch (error) {
    const reasons = {
      NotAllowedError: "The camera was not allowed. Allow it for this page in the browser’s settings, or choose a file.",
      NotFoundError: "There is no camera. Plug one in, or choose a file.",
      NotReadableError: "The camera cannot be used, perhaps another program has it. Close that, and try again.",
    };
    throw new Error(reasons[error.name] || `The camera cannot be used (${error.name}).`);
  }
}

export const stop = (stream) => stream?.getTracks().forEach((track) => track.stop());

/** Show the camera until a photo is taken or a clip is recorded; null where it was closed. */
export function fromCamera(kind, maxSeconds) {
  const dialog = find("#camera");
  const video = find("video", dialog);
  const trouble = find(".problem", dialog);
  const count = find(".count", dialog);
  const take = find("[data-do=take]", dialog);
  const words = { photo: ["Take a photo", "Take the photo"], clip: ["Record yourself", "Start"] }[kind];
  find("#camera-title").textContent = words[0];
  take.textContent = words[1];
  trouble.hidden = true;
  count.textContent = "";
  take.disabled = true;
  let stream = null;
  return new Promise((resolve) => {
    let found = null;
    let recorder = null;
    const finish = (file) => { found = file; dialog.close(); };
    take.onclick = () => {
      if (kind === "photo") takePhoto(video).then(finish);
      else if (recorder) recorder.stop();
      else recorder = record(stream, count, maxSeconds, finish, () => { take.textContent = "Stop"; });
    };
    find("[data-do=close]", dialog).onclick = () => dialog.close();
    dialog.onclose = () => {
      if (recorder) recorder.drop();
      stop(stream);
      video.srcObject = null;
      resolve(found);
    };
    dialog.showModal();
    openCamera().then(async (opened) => {
      stream = opened;
      if (!dialog.open) return stop(stream);
      video.srcObject = stream;
      await video.play();
      take.disabled = false;
      take.focus();
    }).catch((error) => { trouble.textContent = error.message; trouble.hidden = false; });
  });
}

async function takePhoto(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  return new File([blob], "camera.jpg", { type: "image/jpeg" });
}

function record(stream, count, maxSeconds, finish, begun) {
  const type = ["video/webm;codecs=vp8", "video/webm", "video/mp4"].find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 6e6 });
  const parts = [];
  let dropped = false;
  let ticking = 0;
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onstop = () => {
    clearInterval(ticking);
    if (dropped) return;
    const name = type.startsWith("video/mp4") ? "camera.mp4" : "camera.webm";
    finish(new File(parts, name, { type }));
  };
  const run = () => {
    recorder.start(500);
    begun();
    const start = performance.now();
    ticking = setInterval(() => {
      const seconds = (performance.now() - start) / 1000;
      count.textContent = `${seconds.toFixed(0)} s of at most ${maxSeconds} s`;
      if (seconds >= maxSeconds && recorder.state === "recording") recorder.stop();
    }, 250);
  };
  let left = 3;
  count.textContent = `${left}`;
  const countdown = setInterval(() => {
    left -= 1;
    count.textContent = left ? `${left}` : "";
    if (!left) { clearInterval(countdown); run(); }
  }, 700);
  return {
    stop() { if (recorder.state === "recording") recorder.stop(); },
    drop() { dropped = true; clearInterval(countdown); clearInterval(ticking); if (recorder.state === "recording") recorder.stop(); },
  };
}
