// Asks the reader for the service's key, in a dialog that can be left.

import { h } from "./dom.js";
import { t } from "./strings.js";

/** Return the key that the reader typed, or null if they closed the dialog. */
export function askForKey({ wasRefused }) {
  const input = h("input", { type: "password", id: "key", autocomplete: "off", required: true, spellcheck: "false" });
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "key-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "key-title" }, t("keyTitle")),
      wasRefused ? h("p", { class: "bad", role: "alert" }, t("keyRefused")) : null,
      h("p", { class: "quiet" }, t("keyText")),
      h("label", { for: "key" }, t("keyLabel")),
      input,
      h(
        "div",
        { class: "row end" },
        h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, t("cancel")),
        h("button", { value: "use", class: "strong" }, t("keyUse")),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const key = dialog.returnValue === "use" ? input.value.trim() : "";
      dialog.remove();
      resolve(key === "" ? null : key);
    });
  });
}
