import { gpuPrices } from "../system/index.js";

/**
 * US dollars per hour of a machine, from a name or a number: `local` is free (ignoring electricity), `modal-h100` is a GPU of the price
 * table, in lower case. Undefined for anything else.
 */
export function pricePerHour(text: string): number | undefined {
  if (text === "local") return 0;
  const { provider, dollarsPerHour } = gpuPrices();
  for (const [gpu, dollars] of Object.entries(dollarsPerHour)) {
    if (text === `${provider}-${gpu}`.toLowerCase()) return dollars;
  }
  const dollars = Number(text);
  return text.trim() !== "" && Number.isFinite(dollars) && dollars >= 0 ? dollars : undefined;
}
