// The library: a question box over all papers, and the list of them with a filter.

import { getJson } from "./api.js";
import { askPanel } from "./ask.js";
import { fill, h } from "./dom.js";
import { errorBox } from "./errors.js";
import { t, writtenDate } from "./strings.js";
import { uploadPanel } from "./upload.js";

const PAGE_SIZE = 50;
const TYPING_PAUSE_MS = 250;
const ORDERS = [["added", "newestAdded"], ["published", "newestPublished"], ["title", "byTitle"]];

const wanted = { text: "", order: "added" };

/** Draw the library into `view`. */
export function showLibrary(view) {
  document.title = "Ronbun";
  const list = paperList();
  fill(
    view,
    list.asking,
    h(
      "section",
      { "aria-labelledby": "library-title" },
      h(
        "div",
        { class: "row between wrap library-head" },
        h("h2", { id: "library-title" }, t("library"), " ", list.count),
        h("div", { class: "row filters" }, filterBox(list.load), orderChoice(list.load)),
      ),
      list.empty,
      list.element,
      list.more,
    ),
    h("h2", {}, t("addPapers")),
    uploadPanel({ onAdded: list.load }),
  );
  list.load();
}

function paperList() {
  const element = h("ul", { class: "papers" });
  const empty = h("div", { "aria-live": "polite" });
  const count = h("span", { class: "quiet count" });
  const asking = h("div", {}, askPanel());
  const more = h("button", { type: "button", class: "plain", hidden: true, onclick: () => load({ adds: true }) }, t("more"));
  let turn = 0;
  const load = async ({ adds = false } = {}) => {
    const mine = ++turn;
    const offset = adds ? element.children.length : 0;
    try {
      const { total, papers } = await getJson(`/v1/papers?${query(offset)}`);
      if (mine !== turn) return;
      const entries = papers.map(paperEntry);
      if (adds) element.append(...entries);
      else fill(element, entries);
      fill(count, t("paperCount", { n: total }));
      fill(empty, total === 0 ? emptyState() : []);
      asking.hidden = total === 0 && wanted.text === "";
      more.hidden = element.children.length >= total;
    } catch (error) {
      if (mine === turn) fill(empty, errorBox(error, { retry: () => load() }));
    }
  };
  return { element, empty, count, asking, more, load };
}

function query(offset) {
  const parameters = new URLSearchParams({ sort: wanted.order, limit: PAGE_SIZE, offset });
  if (wanted.text !== "") parameters.set("q", wanted.text);
  return parameters;
}

function paperEntry({ paper }) {
  const { paper_id: paperId, title, authors, published, page_count: pageCount, language } = paper;
  const facts = [
    paper.role === "note" ? t("noteMark") : null,
    authors.length > 0 ? shortened(authors) : t("unknownAuthors"),
    published ? writtenDate(published) : t("unknownDate"),
    t("pageCount", { n: pageCount }),
  ];
  return h(
    "li",
    {},
    h("a", { class: "paper-title", href: `#/paper/${encodeURIComponent(paperId)}`, lang: language }, title),
    h("p", { class: "quiet small" }, facts.filter((fact) => fact !== null).join(" · ")),
    paper.abstract ? h("p", { class: "paper-abstract", lang: language }, paper.abstract) : null,
  );
}

function shortened(authors) {
  return authors.length > 3 ? `${authors.slice(0, 3).join(", ")}, …` : authors.join(", ");
}

function emptyState() {
  if (wanted.text !== "") return h("p", { class: "quiet" }, t("noMatch", { text: wanted.text }));
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, t("emptyTitle")), h("p", { class: "quiet" }, t("emptyText")));
}

function filterBox(load) {
  const box = h("input", { type: "search", id: "filter", "aria-label": t("filter"), placeholder: t("filter"), value: wanted.text });
  let pause = null;
  box.addEventListener("input", () => {
    wanted.text = box.value.trim();
    clearTimeout(pause);
    pause = setTimeout(load, TYPING_PAUSE_MS);
  });
  return box;
}

function orderChoice(load) {
  const select = h("select", { "aria-label": t("sort") }, ORDERS.map(([order, name]) => h("option", { value: order }, t(name))));
  select.value = wanted.order;
  select.addEventListener("change", () => {
    wanted.order = select.value;
    load();
  });
  return select;
}
