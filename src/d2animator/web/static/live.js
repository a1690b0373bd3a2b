// The page that moves a photo live: frames of the camera go to the server, pictures come back.

import { sessionId, socketAddress } from "/static/api.js";
import { openCamera, stop } from "/static/camera.js";
import { find, problem } from "/static/dom.js";
import { PHOTOS, Picker } from "/static/picker.js";
import { gainSliders } from "/static/sliders.js";

const FRAME_WIDTH = 480;
const MOST_ON_THE_WAY = 2;
const STATES = {
  waiting: "Show your face to the camera.", learning: "Learning how you look; keep a calm face for a second.",
  tracking: "Following you.", held: "No face is seen; the last motion is held.",
  resting: "No face is seen.", paused: "Paused.",
};

export function openLive() {
  const start = find("#live-start");
  const buttons = [find("#live-neutral"), find("#live-pause")];
  const mirror = find("#live-mirror");
  const note = find("#live-note");
  let show = null;
  const source = new Picker(find("#live-source"), {
    title: "Who moves", accept: "image/*,.heic,.avif", camera: "photo", cameraWords: "Take a photo", examples: PHOTOS,
  });
  const gains = gainSliders(find("#live-gains"), (changed) => show?.tell({ gains: changed }));
  mirror.addEventListener("change", () => show?.tell({ mirror: mirror.checked }));

  const ended = (text) => {
    show = null;
    start.textContent = "Start";
    for (const button of buttons) button.disabled = true;
    buttons[1].setAttribute("aria-pressed", "false");
    find("#live-delay").textContent = "";
    find("#live-self").hidden = true;
    if (text) note.replaceChildren(problem(text));
    else note.textContent = "Press Start, and show your face to the camera.";
  };
  start.addEventListener("click", async () => {
    if (show) return show.end();
    if (!source.label) source.takeExample(PHOTOS[0].id, `/examples/${PHOTOS[0].id.split(":")[1]}`, PHOTOS[0].label);
    start.textContent = "Stop";
    note.textContent = "Getting the photo ready …";
    show = new Show(ended);
    try {
      await show.begin({ source: await source.id(), gains: gains(), mirror: mirror.checked });
    } catch (error) {
      show?.end(error.message);
    }
    for (const button of buttons) button.disabled = !show;
  });
  source.addEventListener("chosen", () => { if (show) { show.end(); start.click(); } });
  buttons[0].addEventListener("click", () => show?.tell({ neutral: true }));
  buttons[1].addEventListener("click", () => {
    const paused = buttons[1].getAttribute("aria-pressed") !== "true";
    buttons[1].setAttribute("aria-pressed", paused);
    show?.tell({ paused });
  });
  return { pickers: [source], leave: () => show?.end() };
}

class Show {
  constructor(ended) {
    this.ended = ended;
    this.canvas = find("#live-picture");
    this.video = find("#live-self");
    this.sent = new Map();
    this.number = 0;
    this.times = [];
    this.over = false;
  }

  async begin(wish) {
    this.stream = await openCamera({ width: { ideal: 640 }, height: { ideal: 480 } });
    if (this.over) return stop(this.stream);
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
    this.socket = new WebSocket(socketAddress(`/api/sessions/${await sessionId()}/live`));
    this.socket.binaryType = "arraybuffer";
    this.socket.addEventListener("open", () => this.tell(wish));
    this.socket.addEventListener("message", (event) => this.hear(event.data));
    this.socket.addEventListener("close", () => this.end(this.over ? null : "The server ended the connection; start again."));
  }

  tell(wish) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(wish));
  }

  hear(data) {
    if (typeof data !== "string") return this.show(data);
    const said = JSON.parse(data);
    if (said.error) return this.end(said.error);
    if (said.ready) {
      this.canvas.width = said.width;
      this.canvas.height = said.height;
      find("#live-note").textContent = STATES.waiting;
      this.film();
    }
    if (said.state) find("#live-note").textContent = STATES[said.state] || said.state;
    return null;
  }

  // Sends a frame whenever the camera has one and fewer than two are on their way.
  film() {
    const frame = document.createElement("canvas");
    const context = frame.getContext("2d");
    const soon = (call) => (this.video.requestVideoFrameCallback ? this.video.requestVideoFrameCallback(call) : setTimeout(call, 33));
    const step = () => {
      if (this.over) return;
      soon(step);
      if (this.sent.size >= MOST_ON_THE_WAY || !this.video.videoWidth) return;
      frame.width = Math.min(FRAME_WIDTH, this.video.videoWidth);
      frame.height = Math.round((frame.width * this.video.videoHeight) / this.video.videoWidth);
      context.drawImage(this.video, 0, 0, frame.width, frame.height);
      const number = this.number++;
      this.sent.set(number, performance.now());
      frame.toBlob((blob) => this.send(number, blob), "image/jpeg", 0.85);
    };
    step();
  }

  async send(number, blob) {
    if (!blob || this.socket.readyState !== WebSocket.OPEN) return;
    const head = new DataView(new ArrayBuffer(4));
    head.setUint32(0, number);
    this.socket.send(new Blob([head.buffer, blob]));
  }

  async show(data) {
    const number = new DataView(data).getUint32(0);
    const took = performance.now() - (this.sent.get(number) ?? performance.now());
    // Those sent before were left out for a newer one.
    for (const other of this.sent.keys()) if (other <= number) this.sent.delete(other);
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, 4)], { type: "image/jpeg" }));
    if (this.over) return;
    this.canvas.getContext("2d").drawImage(bitmap, 0, 0, this.canvas.width, this.canvas.height);
    bitmap.close();
    const now = performance.now();
    this.times = [...this.times.filter((time) => now - time < 2000), now];
    this.canvas.dataset.shown = Number(this.canvas.dataset.shown || 0) + 1;
    find("#live-delay").textContent = `Delay ${Math.round(took)} ms, ${(this.times.length / 2).toFixed(0)} pictures a second`;
  }

  end(text) {
    if (this.over) return;
    this.over = true;
    stop(this.stream);
    this.video.srcObject = null;
    this.socket?.close();
    this.ended(text);
  }
}
