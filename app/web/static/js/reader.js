// The side panel: a page of a paper as an image, with the quoted lines marked on it.

import { getJson, send } from "./api.js";
import { fill, h } from "./dom.js";
import { errorBox } from "./errors.js";
import { paperDetail, paperPath } from "./papers.js";
import { t } from "./strings.js";

const NARROW = matchMedia("(max-width: 1023px)");
const CLASS_WHEN_OPEN = "is-reading";

let open = null; // {citation, opener, page, total, pages, panel, imageUrl, leaving, showsBlocks}

/** Show the page of a citation and mark its boxes; `opener` gets the focus back when the panel closes. */
export async function openReader({ citation, opener }) {
  closeReader({ givesFocus: false });
  const reading = { citation, opener, page: citation.page, total: 0, pages: [], imageUrl: null, leaving: null, showsBlocks: false };
  reading.panel = panelFor(reading);
  open = reading;
  keepingInView(opener, () => {
    fill(document.querySelector("#reader-place"), reading.panel.element);
    document.body.classList.add(CLASS_WHEN_OPEN);
  });
  document.querySelector("#frame").inert = NARROW.matches;
  opener?.classList.add("is-open");
  reading.panel.element.focus({ preventScroll: true });
  try {
    const detail = await paperDetail(citation.paper_id);
    reading.pages = detail.paper.source_kind === "pdf" ? detail.pages : [];
    reading.total = reading.pages.length;
    if (open === reading) await showPage(reading);
  } catch (error) {
    fill(reading.panel.stage, errorBox(error));
  }
}

export function closeReader({ givesFocus = true } = {}) {
  if (open === null) return;
  const { opener, panel, imageUrl, leaving } = open;
  leaving?.abort();
  if (imageUrl !== null) URL.revokeObjectURL(imageUrl);
  open = null;
  keepingInView(opener, () => {
    panel.element.remove();
    document.body.classList.remove(CLASS_WHEN_OPEN);
  });
  document.querySelector("#frame").inert = false;
  opener?.classList.remove("is-open");
  if (givesFocus) opener?.focus({ preventScroll: true });
}

/** Let Escape close the panel and the arrow keys turn its pages. */
export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, dialog") !== null;
    if (open === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") closeReader();
    else if (!isTyping && event.key === "ArrowLeft") turn(-1);
    else if (!isTyping && event.key === "ArrowRight") turn(1);
    else return;
    event.preventDefault();
  });
  NARROW.addEventListener("change", () => {
    document.querySelector("#frame").inert = open !== null && NARROW.matches;
  });
}

/** The text beside the panel is set narrower, so lines move; keep the one that the reader looks at where it is. */
function keepingInView(element, change) {
  const before = element?.getBoundingClientRect().top;
  change();
  if (element?.isConnected) scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
}

function turn(step) {
  const page = open.page + step;
  if (page < 1 || page > open.total) return;
  open.page = page;
  showPage(open).catch((error) => fill(open.panel.stage, errorBox(error)));
}

function toggleBlocks(button) {
  open.showsBlocks = !open.showsBlocks;
  button.setAttribute("aria-pressed", String(open.showsBlocks));
  turn(0);
}

async function showPage(reading) {
  const { panel, citation } = reading;
  panel.showPlace(reading);
  if (reading.total === 0) {
    fill(panel.stage, h("p", { class: "quiet" }, t("noPages")));
    return;
  }
  const size = reading.pages[reading.page - 1];
  const sheet = h("div", { class: "sheet-of-paper" }, h("p", { class: "quiet drawing" }, t("drawing")));
  sheet.style.aspectRatio = `${size.width} / ${size.height}`;
  fill(panel.stage, sheet);
  reading.leaving?.abort();
  reading.leaving = new AbortController();
  const image = await pageImage(reading);
  if (image === null) return;
  const marks = boxesOn(citation, reading.page).map((box) => placed(h("span", { class: "highlight", "aria-hidden": "true" }), box, size));
  fill(sheet, image, marks);
  sheet.querySelector(".highlight")?.scrollIntoView({ block: "center", behavior: "instant" });
  if (reading.showsBlocks) await drawBlocks(reading, sheet, size);
}

/** Draw what the parser made of the page: each block in the colour of its kind, numbered in reading order. */
async function drawBlocks({ citation, page, leaving }, sheet, size) {
  const { blocks } = await getJson(paperPath(citation.paper_id, `/pages/${page}/blocks`));
  if (leaving.signal.aborted) return;
  sheet.append(
    ...blocks.flatMap(({ order, kind, text, boxes }) =>
      columnRuns(boxes).map((run) => {
        const mark = h("span", { class: `block block-${kind}`, title: `${order} ${kind}: ${text.slice(0, 200)}` }, h("b", {}, String(order)));
        return placed(mark, around(run), size);
      }),
    ),
  );
}

/** Part a block's lines where the next stands above the one before: it goes on at the head of another column. */
function columnRuns(boxes) {
  const runs = [];
  boxes.forEach((box, place) => {
    if (place === 0 || box[3] < boxes[place - 1][1]) runs.push([]);
    runs.at(-1).push(box);
  });
  return runs;
}

function around(boxes) {
  const edge = (pick, place) => pick(...boxes.map((box) => box[place]));
  return [edge(Math.min, 0), edge(Math.min, 1), edge(Math.max, 2), edge(Math.max, 3)];
}

/** Return the page's image, or null if the reader has turned the page meanwhile. */
async function pageImage(reading) {
  const { citation, page, leaving } = reading;
  try {
    const response = await send(paperPath(citation.paper_id, `/pages/${page}.png`), { signal: leaving.signal });
    const url = URL.createObjectURL(await response.blob());
    if (leaving.signal.aborted) {
      URL.revokeObjectURL(url);
      return null;
    }
    if (reading.imageUrl !== null) URL.revokeObjectURL(reading.imageUrl);
    reading.imageUrl = url;
    const image = h("img", { src: url, alt: t("pageImage", { n: page, title: citation.title }) });
    await image.decode();
    return leaving.signal.aborted ? null : image;
  } catch (error) {
    if (leaving.signal.aborted) return null;
    throw error;
  }
}

function boxesOn(citation, page) {
  if (citation.places !== undefined && citation.places.length > 0) {
    return citation.places.filter((placed) => placed.page === page).map((placed) => placed.box);
  }
  return citation.page === page ? citation.boxes : [];
}

/** Boxes are points from the page's top left, so shares of its size hold at every zoom. */
function placed(mark, [x0, y0, x1, y1], { width, height }) {
  mark.style.left = `${(100 * x0) / width}%`;
  mark.style.top = `${(100 * y0) / height}%`;
  mark.style.width = `${(100 * (x1 - x0)) / width}%`;
  mark.style.height = `${(100 * (y1 - y0)) / height}%`;
  return mark;
}

function panelFor({ citation }) {
  const button = (name, sign, act) =>
    h("button", { type: "button", class: "icon", "aria-label": t(name), title: t(name), onclick: act }, sign);
  const where = h("span", { class: "small", "aria-live": "polite" });
  const previous = button("previousPage", "‹", () => turn(-1));
  const next = button("nextPage", "›", () => turn(1));
  const stage = h("div", { class: "stage", tabindex: "0" });
  const zoom = h(
    "button",
    {
      type: "button",
      class: "plain small",
      "aria-pressed": "false",
      onclick: () => zoom.setAttribute("aria-pressed", String(stage.classList.toggle("is-large"))),
    },
    t("zoom"),
  );
  const layout = h("button", { type: "button", class: "plain small", "aria-pressed": "false", onclick: () => toggleBlocks(layout) }, t("layout"));
  const element = h(
    "aside",
    { class: "reader", role: "dialog", "aria-label": `${t("readerLabel")}: ${citation.title}`, tabindex: "-1" },
    h(
      "div",
      { class: "reader-head" },
      h("p", { class: "reader-title" }, citation.title),
      h("div", { class: "row" }, previous, where, next, zoom, layout, button("closeReader", "×", () => closeReader())),
    ),
    stage,
    quoteFoot(citation),
  );
  const showPlace = ({ page, total }) => {
    fill(where, total > 0 ? t("pageOf", { n: page, total }) : "");
    previous.disabled = page <= 1;
    next.disabled = page >= total;
    zoom.hidden = layout.hidden = total === 0;
  };
  return { element, stage, showPlace };
}

function quoteFoot(citation) {
  const words = h("span", { class: "small quiet", "aria-live": "polite" });
  const copied = `“${citation.quote}” (${citation.title}, ${t("page", { n: citation.page })})`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(copied);
      fill(words, t("copied"));
    } catch {
      fill(words, t("notCopied"));
    }
  };
  return h(
    "div",
    { class: "reader-foot" },
    h("blockquote", {}, citation.quote),
    h("div", { class: "row" }, h("button", { type: "button", class: "plain small", onclick: copy }, t("copyQuote")), words),
  );
}
