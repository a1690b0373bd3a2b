// Talks to the server; whatever goes wrong is an Error whose message can be shown.

const GONE = "The server does not answer. Is d2animator still running?";

let session = null;
let opening = null;
let limits = null;

async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error(GONE);
  }
  if (!response.ok) {
    let said = null;
    try {
      said = (await response.json()).error;
    } catch { /* no sentence came */ }
    const error = new Error(said || `The server answers ${response.status}.`);
    error.status = response.status;
    throw error;
  }
  return response;
}

export const get = async (path) => (await answer(path)).json();

/** The id of this page's session, begun where there is none; it ends when the page is closed. */
export function sessionId() {
  if (session) return Promise.resolve(session);
  opening ??= begin().finally(() => { opening = null; });
  return opening;
}

async function begin() {
  const { id } = await (await answer("/api/sessions", { method: "POST" })).json();
  session = id;
  stayOpen(id);
  return id;
}

// An open socket tells the server that the page is still there.
function stayOpen(id, failures = 0) {
  const socket = new WebSocket(socketAddress(`/api/sessions/${id}/open`));
  socket.addEventListener("open", () => { failures = 0; });
  socket.addEventListener("close", (event) => {
    if (session !== id) return;
    if (event.code === 1008 || failures > 20) session = null;
    else setTimeout(() => session === id && stayOpen(id, failures + 1), Math.min(5000, 300 * 2 ** failures));
  });
}

export const socketAddress = (path) => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;

/** Ask for something in this session's name; a session that is over is begun anew, once. */
export async function ask(path, { method = "POST", json, body, again = true } = {}) {
  const id = await sessionId();
  const headers = { "X-Session": id };
  if (json !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(json);
  }
  try {
    return await answer(path, { method, headers, body });
  } catch (error) {
    if (error.status !== 404 || session !== id || !/session is over/.test(error.message)) throw error;
    session = null;
    if (!again) throw error;
    return ask(path, { method, body, again: false });
  }
}

export async function knownLimits() {
  limits ??= (await get("/api/status")).limits;
  return limits;
}

/** Hand a file over; tells what the server takes it for, and which session holds it. */
export async function upload(file, name) {
  const { upload: most } = await knownLimits();
  if (file.size > most) {
    throw new Error(`${name}: is larger than the ${Math.round(most / 1e6)} MB that are taken here; make it shorter.`);
  }
  const response = await ask(`/api/files?name=${encodeURIComponent(name)}`, { body: file });
  return { ...(await response.json()), session };
}

export const isCurrent = (stored) => stored.session === session;
