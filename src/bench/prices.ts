/**
 * US dollars for an hour of a machine, as published in May 2026; what a provider really charges changes, so
 * `--price` takes precedence. `local` is a machine of one's own: electricity is left out.
 */
export const PRICES: Readonly<Record<string, number>> = {
  local: 0,
  "modal-t4": 0.59,
  "modal-l4": 0.8,
  "modal-a10": 1.1,
  "modal-l40s": 1.95,
  "modal-a100-40gb": 2.1,
  "modal-a100-80gb": 2.5,
  "modal-h100": 3.95,
  "modal-h200": 4.54,
  "modal-b200": 6.25,
};

/** A price an hour from a name of the table or a number of dollars; undefined for neither. */
export function priceAnHour(text: string): number | undefined {
  if (Object.hasOwn(PRICES, text)) return PRICES[text];
  const dollars = Number(text);
  return text.trim() !== "" && Number.isFinite(dollars) && dollars >= 0 ? dollars : undefined;
}
