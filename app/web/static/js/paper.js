// One paper: what it is, what was noticed in its file, the question box, its sheet.

import { hasKey, send } from "./api.js";
import { askPanel } from "./ask.js";
import { fill, h, webAddress } from "./dom.js";
import { errorBox, notice } from "./errors.js";
import { forgetPapers, paperDetail, paperPath } from "./papers.js";
import { openReader } from "./reader.js";
import { sheetPanel } from "./sheet.js";
import { t, writtenDate } from "./strings.js";

/** Draw a paper into `view` until `signal` says that the reader has moved on; open `page` if it is not 0. */
export async function showPaper(view, paperId, { page, signal }) {
  fill(view, h("p", { class: "quiet" }, "…"));
  let detail;
  try {
    detail = await paperDetail(paperId);
  } catch (error) {
    if (signal.aborted) return;
    const retry = () => showPaper(view, paperId, { page, signal });
    fill(view, error.status === 404 ? nothingHere() : errorBox(error, { retry }));
    return;
  }
  if (signal.aborted) return;
  const { paper, sections, findings, affiliations, verdict } = detail;
  document.title = `${paper.title} · Ronbun`;
  fill(
    view,
    paperHead(paper, affiliations),
    noticed(findings, verdict, paper),
    paper.abstract ? abstract(paper) : null,
    sections.length > 0 ? contents(sections, paper) : null,
    askPanel({ paperId: paper.paper_id }),
    sheetPanel(paper.paper_id, { signal }),
    removal(paper),
  );
  if (page > 0) openReader({ citation: pageAlone(paper, page), opener: null });
}

export function nothingHere() {
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, t("notFoundTitle")),
    h("p", { class: "quiet" }, t("notFoundText")),
    h("p", {}, h("a", { href: "#/" }, t("library"))),
  );
}

function paperHead(paper, affiliations) {
  const dates = [
    paper.published ? `${t("published")} ${writtenDate(paper.published)}` : t("unknownDate"),
    paper.updated ? `${t("updated")} ${writtenDate(paper.updated)}` : null,
    t("pageCount", { n: paper.page_count }),
  ];
  const address = webAddress(paper.url);
  return h(
    "header",
    { class: "paper-head" },
    h("h1", { lang: paper.language }, paper.title),
    h("p", { class: "authors", lang: paper.language }, paper.authors.join(", ") || t("unknownAuthors")),
    affiliations.length > 0
      ? h("p", { class: "quiet small", lang: paper.language }, affiliations.map(({ name }) => name).join(" · "))
      : null,
    h("p", { class: "quiet small" }, [...dates.filter(Boolean), paper.venue, ...paper.categories].filter(Boolean).join(" · ")),
    h(
      "p",
      { class: "small links" },
      originalLink(paper),
      paper.arxiv_id ? webLink(`https://arxiv.org/abs/${paper.arxiv_id}`, `arXiv:${paper.arxiv_id}`) : null,
      paper.doi ? webLink(`https://doi.org/${encodeURI(paper.doi)}`, paper.doi) : null,
      address ? webLink(address, new URL(address).host) : null,
    ),
  );
}

function webLink(address, words) {
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

/** A link cannot carry a key, so with one the file is fetched and saved instead. */
function originalLink({ paper_id: paperId, title }) {
  const path = paperPath(paperId, "/file");
  if (!hasKey()) return h("a", { href: path, target: "_blank", rel: "noopener" }, t("original"));
  const save = async () => {
    try {
      const url = URL.createObjectURL(await (await send(path)).blob());
      h("a", { href: url, download: title }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      notice(`${error.message} ${error.hint ?? ""}`);
    }
  };
  return h("button", { type: "button", class: "link", onclick: save }, t("original"));
}

/** How well the file could be read, in a sentence, with what was noticed under it. */
function noticed(findings, verdict, paper) {
  const lines = findings.map(({ page, message }) =>
    h("li", {}, page === null ? null : [pageButton(page, paper), " "], message),
  );
  return h(
    "section",
    { class: `noticed verdict-${verdict.level}`, "aria-label": t("readingLabel") },
    h("p", {}, h("strong", {}, t(`reading_${verdict.level}`)), " ", h("span", { class: "quiet" }, t("readingFound", verdict))),
    verdict.reasons.length > 0 ? h("ul", {}, verdict.reasons.map((reason) => h("li", {}, reason))) : null,
    lines.length > 0
      ? h("details", { open: verdict.level !== "good" }, h("summary", {}, `${t("noticed")} (${lines.length})`), h("ul", {}, lines))
      : null,
  );
}

function abstract(paper) {
  return h(
    "section",
    { class: "abstract", "aria-label": t("abstract") },
    h("h2", { class: "label" }, t("abstract")),
    h("p", { lang: paper.language }, paper.abstract),
  );
}

function contents(sections, paper) {
  const lines = sections.map(({ title, level, page }) =>
    h("li", { class: `level-${Math.min(level, 3)}` }, h("span", { lang: paper.language }, title), " ", pageButton(page, paper)),
  );
  return h("details", { class: "contents" }, h("summary", {}, t("contents")), h("ul", {}, lines));
}

/** A page with nothing quoted on it, in a citation's shape. */
function pageAlone({ paper_id, title, page_count: pageCount }, page) {
  return { paper_id, title, page: Math.min(page, pageCount), quote: "", boxes: [], places: [] };
}

function pageButton(page, paper) {
  if (paper.source_kind !== "pdf") return null;
  const open = (event) => openReader({ citation: pageAlone(paper, page), opener: event.currentTarget });
  return h("button", { type: "button", class: "link small", "aria-label": t("onPage", { n: page }), onclick: open }, t("page", { n: page }));
}

function removal(paper) {
  const ask = () => {
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "remove-title" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "remove-title" }, t("removeSure")),
        h("p", {}, paper.title),
        h("div", { class: "row end" }, h("button", { class: "plain" }, t("keep")), h("button", { class: "strong", value: "remove" }, t("remove"))),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "remove") removePaper(paper);
    });
    document.body.append(dialog);
    dialog.showModal();
  };
  return h("p", { class: "removal" }, h("button", { type: "button", class: "link small", onclick: ask }, t("remove")));
}

async function removePaper({ paper_id: paperId, title }) {
  try {
    await send(paperPath(paperId), { method: "DELETE" });
    forgetPapers(paperId);
    notice(t("removed", { title }));
    location.hash = "#/";
  } catch (error) {
    notice(`${error.message} ${error.hint ?? ""}`);
  }
}
