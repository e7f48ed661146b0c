// Speaks to the service: one error class, the key where one is needed, and server-sent events read from fetch.

const KEY_PLACE = "ronbun-key";

let askForKey = null;
let asking = null;

/** What the service refused or could not do; `hint` says what to do next. */
export class ApiError extends Error {
  constructor({ status, code, message, hint, requestId = null }) {
    super(message);
    Object.assign(this, { status, code, hint, requestId });
  }
}

/** Name the function that gets a key from the reader: `async ({wasRefused}) => key or null`. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

export function hasKey() {
  return sessionStorage.getItem(KEY_PLACE) !== null;
}

export function forgetKey() {
  sessionStorage.removeItem(KEY_PLACE);
}

/**
 * Send a request and return the response, which is ok. On 401 the reader is asked for the key and it is sent again.
 */
export async function send(path, { method = "GET", json, form, signal } = {}) {
  for (;;) {
    const key = sessionStorage.getItem(KEY_PLACE);
    const response = await fetchOnce(path, { method, json, form, signal, key });
    if (response.ok) return response;
    const error = await errorOf(response);
    if (response.status !== 401 || askForKey === null) throw error;
    if (sessionStorage.getItem(KEY_PLACE) === key && !(await keyFromReader({ wasRefused: key !== null }))) throw error;
  }
}

export async function getJson(path, options) {
  return (await send(path, options)).json();
}

/**
 * Yield `{event, data}` for each server-sent event of a response (WHATWG HTML, section 9.2); comments are passed over.
 */
export async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text = (text + value).replaceAll("\r\n", "\n");
      const frames = text.split("\n\n");
      text = frames.pop();
      for (const frame of frames) {
        const parsed = parseFrame(frame);
        if (parsed !== null) yield parsed;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseFrame(frame) {
  let event = "message";
  const data = [];
  for (const line of frame.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length === 0 ? null : { event, data: data.join("\n") };
}

async function fetchOnce(path, { method, json, form, signal, key }) {
  const headers = {};
  if (key !== null) headers.Authorization = `Bearer ${key}`;
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const body = json === undefined ? form : JSON.stringify(json);
  try {
    return await fetch(path, { method, headers, body, signal });
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new ApiError({ status: 0, code: "unreachable", message: "", hint: "" });
  }
}

async function errorOf(response) {
  try {
    const { error } = await response.json();
    const { code, message, hint, request_id: requestId } = error;
    return new ApiError({ status: response.status, code, message, hint, requestId });
  } catch {
    const message = `${response.status} ${response.statusText}`.trim();
    return new ApiError({ status: response.status, code: "http_error", message, hint: "" });
  }
}

async function keyFromReader({ wasRefused }) {
  asking ??= askForKey({ wasRefused }).finally(() => {
    asking = null;
  });
  const key = await asking;
  if (key === null) return false;
  sessionStorage.setItem(KEY_PLACE, key);
  return true;
}
