// Browsers start no workers for pages that were opened from a disk. There the worker's script runs
// in a hidden frame instead, which the search of these pages takes for a worker.
"use strict";

function runInside(frame, url) {
  return new Promise((resolve, reject) => {
    const script = frame.document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error(`cannot load ${url}`));
    script.src = url;
    frame.document.head.append(script);
  });
}

class FrameWorker extends EventTarget {
  constructor(url) {
    super();
    this.element = document.createElement("iframe");
    this.element.hidden = true;
    document.body.append(this.element);
    this.frame = this.element.contentWindow;
    this.frame.document.open();
    this.frame.document.write("<!doctype html><title>search</title>");
    this.frame.document.close();
    this.frame.postMessage = (data) => this.receive(data);
    this.frame.importScripts = async (...urls) => {
      for (const one of urls) await runInside(this.frame, one);
    };
    this.ready = runInside(this.frame, url);
  }

  receive(data) {
    const event = new MessageEvent("message", { data });
    this.dispatchEvent(event);
    this.onmessage?.(event);
  }

  postMessage(data) {
    const event = new MessageEvent("message", { data: structuredClone(data) });
    this.ready.then(() => this.frame.dispatchEvent(event));
  }

  terminate() {
    this.element.remove();
  }
}

if (location.protocol === "file:") window.Worker = FrameWorker;
