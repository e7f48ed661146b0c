// Papers as the service tells of them; one paper's detail is asked for once and kept until it may have changed.

import { getJson } from "./api.js";

const kept = new Map();

export function paperPath(paperId, rest = "") {
  return `/v1/papers/${encodeURIComponent(paperId)}${rest}`;
}

/** Return a paper's detail: metadata, pages with sizes, sections, findings. */
export function paperDetail(paperId) {
  if (!kept.has(paperId)) {
    const asked = getJson(paperPath(paperId));
    asked.catch(() => kept.delete(paperId));
    kept.set(paperId, asked);
  }
  return kept.get(paperId);
}

/** Forget what is kept of a paper, or of all. */
export function forgetPapers(paperId = null) {
  if (paperId === null) kept.clear();
  else kept.delete(paperId);
}
