// Starts the page: the masthead, the routes (#/, #/paper/ID, #/paper/ID/page/N), the keys, the drops.

import { forgetKey, hasKey, onKeyNeeded } from "./api.js";
import { fill, h } from "./dom.js";
import { askForKey } from "./key.js";
import { showLibrary } from "./library.js";
import { nothingHere, showPaper } from "./paper.js";
import { closeReader, listenForKeys } from "./reader.js";
import { chooseLanguage, language, t } from "./strings.js";
import { listenForDrops } from "./upload.js";

const PAPER_ROUTE = /^#\/paper\/([^/]+)(?:\/page\/(\d+))?$/;

let leaving = new AbortController();

function show({ isMove }) {
  leaving.abort();
  leaving = new AbortController();
  const view = document.querySelector("#view");
  closeReader({ givesFocus: false });
  document.documentElement.lang = language();
  fill(document.querySelector("#masthead"), ...masthead());
  const paper = PAPER_ROUTE.exec(location.hash);
  if (paper !== null) showPaper(view, decodedOr(paper[1]), { page: Number(paper[2] ?? 0), signal: leaving.signal });
  else if (["", "#", "#/"].includes(location.hash)) showLibrary(view);
  else fill(view, nothingHere());
  if (isMove) {
    scrollTo(0, 0);
    view.focus({ preventScroll: true });
  }
}

function masthead() {
  const other = language() === "ja" ? "en" : "ja";
  const change = () => {
    chooseLanguage(other);
    show({ isMove: false });
  };
  const forget = () => {
    forgetKey();
    show({ isMove: false });
  };
  return [
    h("a", { class: "wordmark", href: "#/" }, h("img", { src: "/static/seal.svg", alt: "", width: 26, height: 26 }), "Ronbun"),
    h(
      "nav",
      { class: "row", "aria-label": t("library") },
      h("a", { href: "#/", "aria-current": location.hash.length < 3 ? "page" : null }, t("library")),
      hasKey() ? h("button", { type: "button", class: "link", onclick: forget }, t("forgetKey")) : null,
      h("button", { type: "button", class: "link", lang: other, onclick: change }, t("switchLanguage")),
    ),
  ];
}

function decodedOr(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

onKeyNeeded(askForKey);
listenForKeys();
listenForDrops({
  onDropped: () => {
    if (PAPER_ROUTE.test(location.hash)) location.hash = "#/";
  },
});
addEventListener("hashchange", () => show({ isMove: true }));
show({ isMove: false });
