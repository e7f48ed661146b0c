// The question box: sends a question, shows the answer as it comes, and keeps what was asked while the page is open.

import { eventsOf, send, ApiError } from "./api.js";
import { answerBody, claimLine } from "./answer.js";
import { fill, h } from "./dom.js";
import { errorBox } from "./errors.js";
import { t } from "./strings.js";

const asked = new Map(); // place ("library" or a paper id) → [{question, answer, isWide}], newest first

/** Return the question box and its answers; `paperId` is null where the whole library is asked. */
export function askPanel({ paperId = null } = {}) {
  const place = paperId ?? "library";
  if (!asked.has(place)) asked.set(place, []);
  const answers = h("div", { class: "answers" }, asked.get(place).map(answerArticle));
  const box = h("textarea", { id: "question", rows: 2, required: true, placeholder: t("questionHint") });
  const scope = scopeChoice(paperId);
  const tongue = languageChoice();
  const form = h(
    "form",
    { class: "ask" },
    h("label", { for: "question", class: "ask-label" }, t(paperId === null ? "askLibrary" : "askPaper")),
    box,
    h("div", { class: "row between" }, h("div", { class: "row" }, scope?.element, tongue.element), askButton()),
  );
  const submit = () => {
    const question = box.value.trim();
    if (question === "") return;
    const paperIds = scope === null || scope.isWide() ? null : [paperId];
    box.value = "";
    startAnswer({ question, paperIds, language: tongue.value(), place, answers });
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  return h("section", { class: "asking", "aria-label": t("ask") }, form, answers);
}

async function startAnswer({ question, paperIds, language, place, answers }) {
  const isWide = paperIds === null;
  const leaving = new AbortController();
  const state = h("p", { class: "quiet small streaming" }, t("searching"));
  const claims = h("div", { class: "claims", "aria-live": "polite" });
  const stop = h("button", { type: "button", class: "plain small", onclick: () => leaving.abort() }, t("stop"));
  const article = h(
    "article",
    { class: "answer", "aria-busy": "true" },
    h("div", { class: "row between top" }, h("h3", { class: "question", tabindex: -1 }, question), stop),
    state,
    claims,
  );
  answers.prepend(article);
  reveal(article);
  try {
    const answer = await streamAnswer({ question, paperIds, language, signal: leaving.signal, state, claims });
    asked.get(place).unshift({ question, answer, isWide });
    fill(claims, answerBody(answer, { isWide }));
    state.remove();
  } catch (error) {
    if (leaving.signal.aborted) fill(state, t("stopped"));
    else state.replaceWith(errorBox(error));
  } finally {
    stop.remove();
    article.setAttribute("aria-busy", "false");
  }
}

/** Put the focus on an answer's question, and bring it into view unless the upper half of the window holds it. */
function reveal(article) {
  const { top } = article.getBoundingClientRect();
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  article.querySelector(".question").focus({ preventScroll: true });
  if (top < 0 || top > innerHeight / 2) article.scrollIntoView({ block: "start", behavior });
}

async function streamAnswer({ question, paperIds, language, signal, state, claims }) {
  const json = { question, stream: true };
  if (paperIds !== null) json.paper_ids = paperIds;
  if (language !== "") json.language = language;
  const response = await send("/v1/ask", { method: "POST", json, signal });
  for await (const { event, data } of eventsOf(response)) {
    const body = JSON.parse(data);
    if (event === "retrieved") fill(state, t("reading", { n: body.hits.length }));
    else if (event === "progress") fill(state, progressText(body));
    else if (event === "claim") claims.append(claimLine(body));
    else if (event === "done") return body;
    else if (event === "error") throw new ApiError({ status: 500, ...body.error, requestId: body.error.request_id });
  }
  throw new ApiError({ status: 0, code: "unreachable", message: "", hint: "" });
}

const STAGE_WORDS = { loading: "modelLoading", reading: "modelReading", writing: "modelWriting" };

/** What a model is doing with the question: coming into memory, its place in line with the wait where that is known, reading, or writing. */
function progressText({ stage, position, wait_s: waitS }) {
  if (stage in STAGE_WORDS) return t(STAGE_WORDS[stage]);
  if (position === null) return t("modelWaiting");
  return waitS === null ? t("inLine", { n: position }) : t("inLineFor", { n: position, s: Math.max(1, Math.ceil(waitS)) });
}

function answerArticle({ question, answer, isWide }) {
  return h(
    "article",
    { class: "answer" },
    h("h3", { class: "question" }, question),
    h("div", { class: "claims" }, answerBody(answer, { isWide })),
  );
}

function askButton() {
  return h("button", { class: "strong" }, t("ask"));
}

function scopeChoice(paperId) {
  if (paperId === null) return null;
  const select = h(
    "select",
    { "aria-label": t("scope") },
    h("option", { value: "paper" }, t("scopePaper")),
    h("option", { value: "library" }, t("scopeLibrary")),
  );
  return { element: select, isWide: () => select.value === "library" };
}

function languageChoice() {
  const select = h(
    "select",
    { "aria-label": t("answerLanguage") },
    h("option", { value: "" }, t("languageOfQuestion")),
    h("option", { value: "ja", lang: "ja" }, "日本語"),
    h("option", { value: "en", lang: "en" }, "English"),
  );
  return { element: select, value: () => select.value };
}
