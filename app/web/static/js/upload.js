// Brings papers in: chosen or dropped files, an arXiv id or an address; shows each job until it is put away.

import { getJson } from "./api.js";
import { h } from "./dom.js";
import { errorBox } from "./errors.js";
import { cancelJob, followJob, progressBar } from "./jobs.js";
import { forgetPapers } from "./papers.js";
import { t } from "./strings.js";

const FILE_KINDS = ".pdf,.md,.markdown,.txt,.html,.htm,.jsonl";
const jobs = h("div", { class: "jobs" });

let whenAdded = () => {};

/** Return the place to add papers; `onAdded` is called when a job has brought some. */
export function uploadPanel({ onAdded }) {
  whenAdded = onAdded;
  const files = h("input", { type: "file", id: "files", multiple: true, accept: FILE_KINDS, class: "spoken" });
  files.addEventListener("change", () => {
    sendFiles([...files.files]);
    files.value = "";
  });
  const source = h("input", {
    type: "text",
    id: "source",
    placeholder: t("sourceExample"),
    "aria-label": t("orSource"),
    autocomplete: "off",
    spellcheck: "false",
  });
  const form = h("form", { class: "row source" }, source, h("button", { class: "plain" }, t("add")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const named = source.value.trim();
    if (named !== "") startJob(named, { json: { source: named } });
    source.value = "";
  });
  return h(
    "section",
    { class: "adding", "aria-label": t("addPapers") },
    h(
      "div",
      { class: "row wrap" },
      h("label", { class: "button strong", for: "files" }, t("chooseFiles")),
      files,
      h("span", { class: "quiet small" }, t("orSource")),
      form,
    ),
    h("p", { class: "quiet small" }, t("fileKinds")),
    jobs,
  );
}

/** Let files be dropped anywhere on the page. */
export function listenForDrops({ onDropped }) {
  let depth = 0;
  const veil = h("div", { class: "veil", hidden: true }, h("p", {}, ""));
  document.body.append(veil);
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  const show = (isShown) => {
    veil.hidden = !isShown;
    veil.firstChild.textContent = t("dropHere");
  };
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) show(++depth > 0);
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) show(--depth > 0);
  });
  document.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    onDropped();
    sendFiles([...event.dataTransfer.files]);
  });
}

function sendFiles(files) {
  if (files.length === 0) return;
  const form = new FormData();
  for (const file of files) form.append("file", file);
  const label = files.length === 1 ? files[0].name : `${files[0].name} +${files.length - 1}`;
  startJob(label, { form });
}

async function startJob(label, body) {
  let jobId = null;
  const leaving = new AbortController();
  const onCancel = () => (jobId === null ? leaving.abort() : cancelJob(jobId).catch((error) => end(errorBox(error))));
  const bar = progressBar(label, { onCancel });
  const entry = h("div", { class: "job-entry" }, bar.element);
  const end = (...children) => {
    const away = h("button", { type: "button", class: "plain small", onclick: () => entry.remove() }, t("dismiss"));
    entry.append(...children, away);
  };
  jobs.prepend(entry);
  try {
    const started = await getJson("/v1/papers", { method: "POST", signal: leaving.signal, ...body });
    jobId = started.job_id;
    bar.show(started);
    const job = await followJob(jobId, { onChange: bar.show });
    end(...outcome(job));
    forgetPapers();
    whenAdded();
  } catch (error) {
    bar.element.remove();
    if (leaving.signal.aborted) entry.remove();
    else end(h("p", {}, label), errorBox(error));
  }
}

function outcome(job) {
  if (job.state === "failed") return [failure(job.error?.error ?? job.error ?? { message: job.message })];
  if (job.state !== "done" || job.report === null) return [];
  const { added, unchanged, failed } = job.report;
  const counts = [
    added.length > 0 ? t("addedCount", { n: added.length }) : null,
    unchanged.length > 0 ? t("unchangedCount", { n: unchanged.length }) : null,
    failed.length > 0 ? t("failedCount", { n: failed.length }) : null,
  ];
  return [
    h("p", { class: "small" }, counts.filter(Boolean).join(" · ")),
    h(
      "ul",
      { class: "added" },
      added.map((paper) => h("li", {}, h("a", { href: `#/paper/${encodeURIComponent(paper.paper_id)}` }, paper.title))),
    ),
    ...failed.map(failure),
  ];
}

function failure({ source = null, message, hint = null }) {
  return h(
    "div",
    { class: "error", role: "alert" },
    source ? h("p", { class: "small" }, source.split("/").at(-1)) : null,
    h("p", {}, message),
    hint ? h("p", { class: "quiet small" }, hint) : null,
  );
}
