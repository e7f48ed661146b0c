// Draws an answer: its claims with verdicts, the markers that open pages, the quotes, and plain words for abstaining.

import { h, spoken } from "./dom.js";
import { openReader } from "./reader.js";
import { t } from "./strings.js";

const VERDICT_SIGNS = { supported: "✓", contradicted: "✕", not_found: "?" };
const NEAREST_SHOWN = 3;

/** Return the drawing of a finished answer; `isWide` tells that it came from the whole library. */
export function answerBody(answer, { isWide = false, showsQuotes = true } = {}) {
  const citations = new Map(answer.citations.map((citation) => [citation.marker, citation]));
  const isSilent = answer.status !== "answered";
  return [
    isSilent ? abstention(answer, { isWide }) : null,
    h("div", { class: "claims" }, answer.claims.map((claim) => claimLine(claim, citations))),
    showsQuotes ? answerQuotes(answer, { isWide }) : null,
    isSilent && answer.claims.length === 0 ? nearest(answer.hits, { isWide }) : null,
  ];
}

/** Return one claim. Before the answer is done its citations are unknown, and markers are shown but open nothing. */
export function claimLine(claim, citations = new Map()) {
  const failed = claim.verdict !== "supported";
  return h(
    "p",
    { class: `claim ${claim.verdict}` },
    h(
      "span",
      { class: "verdict", title: `${t(claim.verdict)} — ${claim.reason}` },
      h("span", { "aria-hidden": "true" }, VERDICT_SIGNS[claim.verdict]),
      spoken(t(claim.verdict)),
    ),
    h(
      "span",
      { class: "claim-text" },
      h("span", { class: "claim-words" }, claim.text),
      claim.markers.map((number) => marker(number, citations.get(number))),
      failed ? h("span", { class: "reason small" }, `${t(claim.verdict)}: ${claim.reason}`) : null,
    ),
  );
}

/** Return text whose `[n]` are buttons that open the pages of `citations`. */
export function markedText(text, citations) {
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  return text.split(/(\s*\[\d+\])/).map((part) => {
    const number = Number(/^\s*\[(\d+)\]$/.exec(part)?.[1]);
    return byMarker.has(number) ? marker(number, byMarker.get(number)) : part;
  });
}

/** Return an answer's quotes, or null if it has none; a quote that a claim repeats word for word is not shown twice. */
export function answerQuotes({ claims, citations }, { isWide }) {
  if (citations.length === 0) return null;
  const told = new Set(claims.map((claim) => claim.text.trim()));
  return quotes(citations, { isWide, told });
}

function quotes(citations, { isWide, told }) {
  return h(
    "div",
    { class: "quotes" },
    h("h4", { class: "label" }, t("sources")),
    h(
      "ol",
      {},
      citations.map((citation) =>
        h(
          "li",
          {},
          marker(citation.marker, citation),
          h(
            "div",
            {},
            told.has(citation.quote.trim()) ? null : h("blockquote", {}, citation.quote),
            place(citation, { isWide }),
          ),
        ),
      ),
    ),
  );
}

/** Return a marker; a citation that is numbered through its sheet (numbering.js) shows that number. */
function marker(number, citation) {
  if (citation === undefined) return h("sup", { class: "marker waiting" }, String(number));
  const shown = citation.number ?? number;
  const label = t("openQuote", { n: shown, page: citation.page });
  const open = (event) => openReader({ citation, opener: event.currentTarget });
  return h("button", { type: "button", class: "marker", "aria-label": label, title: label, onclick: open }, String(shown));
}

function place({ paper_id: paperId, title, section, page, role }, { isWide }) {
  return h(
    "p",
    { class: "place small quiet" },
    role === "note" ? h("span", { class: "note-mark" }, t("noteMark"), " · ") : null,
    isWide ? [h("a", { href: `#/paper/${encodeURIComponent(paperId)}` }, title), " · "] : null,
    section ? `${section.replaceAll(" > ", " › ")} · ` : null,
    t("page", { n: page }),
  );
}

function abstention(answer, { isWide }) {
  const isAbsent = answer.status === "not_in_paper";
  const title = isAbsent ? t(isWide ? "notInLibrary" : "notInPaper") : t("unsupported");
  return h(
    "div",
    { class: "abstention" },
    h("p", { class: "abstention-title" }, title),
    h("p", { class: "quiet" }, t(isAbsent ? "notInPaperText" : "unsupportedText")),
  );
}

function nearest(hits, { isWide }) {
  if (hits.length === 0) return null;
  const open = (hit) => (event) =>
    openReader({ citation: { ...hit, quote: hit.text, boxes: [], places: [] }, opener: event.currentTarget });
  return h(
    "details",
    { class: "nearest" },
    h("summary", {}, t("nearest")),
    hits.slice(0, NEAREST_SHOWN).map((hit) =>
      h(
        "div",
        { class: "near" },
        h("p", {}, hit.text),
        place(hit, { isWide }),
        h("button", { type: "button", class: "plain small", onclick: open(hit) }, t("onPage", { n: hit.page })),
      ),
    ),
  );
}

