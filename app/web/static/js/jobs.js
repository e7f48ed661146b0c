// Follows a job to its end: by server-sent events, and by asking again where a stream breaks off.

import { ApiError, eventsOf, getJson, send } from "./api.js";
import { h, fill } from "./dom.js";
import { t } from "./strings.js";

const ENDED = new Set(["done", "failed", "cancelled"]);
const POLL_MS = 1000;
const STATE_WORDS = { queued: "waiting", running: "working", done: "done", failed: "failed", cancelled: "cancelled" };

/** Call `onChange` with the job at every change; return it as it ended. */
export async function followJob(jobId, { onChange, signal }) {
  const path = `/v1/jobs/${encodeURIComponent(jobId)}`;
  try {
    for await (const { data } of eventsOf(await send(`${path}/events`, { signal }))) {
      const job = JSON.parse(data);
      if (job.state === undefined) continue;
      onChange(job);
      if (ENDED.has(job.state)) return job;
    }
  } catch (error) {
    if (signal?.aborted || (error instanceof ApiError && error.status >= 400)) throw error;
  }
  return pollJob(path, { onChange, signal });
}

/** Ask for the job to be cancelled; that it has ended meanwhile is no trouble. */
export async function cancelJob(jobId) {
  try {
    await send(`/v1/jobs/${encodeURIComponent(jobId)}`, { method: "DELETE" });
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 404)) throw error;
  }
}

/** Return `{element, show(job)}`: a bar with the job's state and message, and a button to cancel it. */
export function progressBar(label, { onCancel }) {
  const bar = h("progress", { max: 1, "aria-label": label });
  const words = h("span", { class: "quiet small", "aria-live": "polite" }, t("waiting"));
  const button = h("button", { type: "button", class: "plain small", onclick: onCancel }, t("cancel"));
  const element = h("div", { class: "job" }, h("div", { class: "row between" }, h("span", {}, label), button), bar, words);
  const show = (job) => {
    if (job.state === "running") bar.value = job.progress;
    const hasEnded = ENDED.has(job.state);
    const state = t(STATE_WORDS[job.state] ?? "working");
    fill(words, hasEnded || !job.message ? state : `${state} · ${job.message}`);
    button.hidden = hasEnded;
    bar.hidden = hasEnded;
  };
  return { element, show };
}

async function pollJob(path, { onChange, signal }) {
  for (;;) {
    const job = await getJson(path, { signal });
    onChange(job);
    if (ENDED.has(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    signal?.throwIfAborted();
  }
}
