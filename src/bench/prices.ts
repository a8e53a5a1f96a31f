import { gpuPrices } from "../system/index.js";

/**
 * US dollars an hour of a machine, from a name or a number: `local` is a machine of one's own (electricity is left out),
 * `modal-h100` one GPU of the table of prices, in small letters. Undefined for anything else.
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
