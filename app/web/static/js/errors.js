// Shows what went wrong: the service's message, its hint, and the request's id for whoever reads the log.

import { ApiError } from "./api.js";
import { h } from "./dom.js";
import { t } from "./strings.js";

/** Return a box that states the error; `retry` adds a button that calls it. */
export function errorBox(error, { retry = null } = {}) {
  if (!(error instanceof ApiError)) console.error(error);
  const unreachable = error.code === "unreachable";
  const message = unreachable ? t("unreachable") : error.message;
  const hint = unreachable ? t("unreachableHint") : error.hint;
  return h(
    "div",
    { class: "error", role: "alert" },
    h("p", { class: "error-title" }, t("errorTitle")),
    h("p", {}, message),
    hint ? h("p", { class: "quiet" }, hint) : null,
    error.requestId ? h("p", { class: "quiet small" }, error.requestId) : null,
    retry ? h("button", { type: "button", class: "plain", onclick: retry }, t("tryAgain")) : null,
  );
}

/** Say something for a few seconds at the foot of the page. */
export function notice(text) {
  const shown = h("p", {}, text);
  document.querySelector("#notices").append(shown);
  setTimeout(() => shown.remove(), 5000);
}
