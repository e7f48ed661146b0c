// A paper's sheet of questions and answers, in Japanese or English; written by a job where there is none yet.

import { ApiError, getJson, send } from "./api.js";
import { answerBody, answerQuotes, markedText } from "./answer.js";
import { fill, h } from "./dom.js";
import { errorBox } from "./errors.js";
import { cancelJob, followJob, progressBar } from "./jobs.js";
import { numberedThrough } from "./numbering.js";
import { paperPath } from "./papers.js";
import { language, t } from "./strings.js";

const LANGUAGES = [["ja", "日本語"], ["en", "English"]];

/** Return the sheet of a paper; what is absent is written at once, and can be cancelled. `signal` ends all waiting. */
export function sheetPanel(paperId, { signal }) {
  const place = h("div", { class: "sheet" });
  const choice = h("div", { class: "choice", role: "group", "aria-label": t("sheetIn") });
  let leaving = new AbortController();
  const choose = (chosen) => {
    leaving.abort();
    leaving = new AbortController();
    fill(choice, LANGUAGES.map(([code, name]) => languageButton(code, name, { chosen, choose })));
    showSheet(paperId, { language: chosen, place, signal: AbortSignal.any([signal, leaving.signal]) });
  };
  choose(language());
  return h(
    "section",
    { class: "sheet-section", "aria-labelledby": "sheet-title" },
    h("div", { class: "row between wrap" }, h("h2", { id: "sheet-title" }, t("sheet")), choice),
    place,
  );
}

function languageButton(code, name, { chosen, choose }) {
  const attributes = { type: "button", lang: code, "aria-pressed": String(code === chosen), onclick: () => choose(code) };
  return h("button", attributes, name);
}

async function showSheet(paperId, { language: tongue, place, signal }) {
  const again = () => writeSheet(paperId, { language: tongue, place, signal });
  fill(place, h("p", { class: "quiet" }, "…"));
  try {
    const sheet = await getJson(paperPath(paperId, `/sheet?lang=${tongue}&format=json`), { signal });
    if (!signal.aborted) fill(place, sheetBody(sheet, { again }));
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiError && error.status === 404) await again();
    else fill(place, errorBox(error, { retry: () => showSheet(paperId, { language: tongue, place, signal }) }));
  }
}

async function writeSheet(paperId, { language: tongue, place, signal }) {
  let jobId = null;
  const bar = progressBar(t("writingSheet"), { onCancel: () => jobId !== null && cancelJob(jobId) });
  const again = () => writeSheet(paperId, { language: tongue, place, signal });
  fill(place, bar.element);
  try {
    const path = paperPath(paperId, `/sheet?lang=${tongue}`);
    const started = await (await send(path, { method: "POST", signal })).json();
    jobId = started.job_id;
    const job = await followJob(jobId, { onChange: bar.show, signal });
    if (signal.aborted) return;
    if (job.state === "failed") throw failureOf(job);
    if (job.state === "cancelled") fill(place, noSheet(again));
    else await readSheet(paperId, { language: tongue, place, signal, again });
  } catch (error) {
    if (!signal.aborted) fill(place, errorBox(error, { retry: again }));
  }
}

async function readSheet(paperId, { language: tongue, place, signal, again }) {
  const sheet = await getJson(paperPath(paperId, `/sheet?lang=${tongue}&format=json`), { signal });
  if (!signal.aborted) fill(place, sheetBody(sheet, { again }));
}

function failureOf(job) {
  const { code = "error", message = job.message, hint = "" } = job.error?.error ?? job.error ?? {};
  return new ApiError({ status: 500, code, message, hint });
}

function noSheet(again) {
  return [
    h("p", { class: "quiet" }, t("noSheet")),
    h("button", { type: "button", class: "plain", onclick: again }, t("writeSheet")),
  ];
}

function sheetBody(written, { again }) {
  const sheet = numberedThrough(written);
  const tongue = sheet.language;
  return [
    h("p", { class: "one-line" }, markedText(sheet.one_line, sheet.one_line_citations)),
    h("h3", { class: "label" }, t("summary")),
    h("p", { class: "summary" }, markedText(sheet.summary, sheet.summary_citations)),
    h("ol", { class: "items" }, sheet.items.map((item) => sheetItem(item, { tongue }))),
    sheet.findings.length > 0 ? findings(sheet.findings) : null,
    h("div", { class: "row" }, h("button", { type: "button", class: "plain small", onclick: again }, t("rewriteSheet"))),
  ];
}

function sheetItem({ question, facet, answer }, { tongue }) {
  return h(
    "li",
    {},
    h("p", { class: "label" }, t(`facet_${facet}`)),
    h("h3", { class: "question", lang: tongue }, question),
    answerBody(answer, { showsQuotes: false }),
    answer.citations.length > 0
      ? h("details", {}, h("summary", {}, t("sources")), answerQuotes(answer, { isWide: false }))
      : null,
  );
}

function findings(found) {
  return h(
    "details",
    { class: "findings" },
    h("summary", {}, `${t("sheetFindings")} (${found.length})`),
    h("ul", {}, found.map(({ question, message }) => h("li", {}, h("span", { class: "quiet" }, question), " ", message))),
  );
}
