// Numbers the citations of a sheet through the whole sheet, as its Markdown does; in JSON each answer begins at 1.

/**
 * Return the sheet with a `number` on every citation: a passage's quote has one number, in the order of the Markdown
 * (summary, answers, one line), then those of claims that the Markdown leaves out.
 */
export function numberedThrough(sheet) {
  const numbers = new Map(); // passage and quote → number
  const numberOf = ({ passage_id: passageId, quote }) => {
    const place = JSON.stringify([passageId, quote]);
    if (!numbers.has(place)) numbers.set(place, numbers.size + 1);
    return numbers.get(place);
  };
  const numbered = (citations) => citations.map((citation) => ({ ...citation, number: numberOf(citation) }));
  const summaryCitations = numbered(sheet.summary_citations);
  for (const { answer } of sheet.items) citedByShown(answer).forEach(numberOf);
  const oneLineCitations = numbered(sheet.one_line_citations);
  return {
    ...sheet,
    summary_citations: summaryCitations,
    one_line_citations: oneLineCitations,
    items: sheet.items.map((item) => ({
      ...item,
      answer: { ...item.answer, citations: numbered(item.answer.citations) },
    })),
  };
}

function citedByShown({ status, claims, citations }) {
  if (status !== "answered") return [];
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  const markers = claims.filter(({ verdict }) => verdict === "supported").flatMap((claim) => claim.markers);
  return markers.map((marker) => byMarker.get(marker)).filter((citation) => citation !== undefined);
}
