/** Auto as the model picker lists it. Pure. */

export const VENDOR = "hydra-auto";

export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
  readonly tooltip: string;
  /** Sent with each request of this entry; the plain entry leaves it to the user's settings. */
  readonly regime?: string;
}

export const ENTRIES: readonly Entry[] = [
  {
    id: "auto",
    name: "Auto",
    detail: "Cheapest that will do",
    tooltip: "Sends each request to the cheapest model that is good enough for it, as your settings say.",
  },
  {
    id: "auto-quality",
    name: "Auto (quality)",
    detail: "Hardly any shortfall",
    tooltip: "As Auto, but accepts hardly any shortfall of the model, whatever it costs.",
    regime: "quality",
  },
  {
    id: "auto-economy",
    name: "Auto (economy)",
    detail: "Saves the most",
    tooltip: "As Auto, but accepts more shortfall of the model to save money.",
    regime: "economy",
  },
];

/** Before VS Code named any model. */
export const ASSUMED_INPUT_TOKENS = 128_000;
export const OUTPUT_TOKENS = 16_000;

/** The regime that an entry asks for; undefined leaves it to the user's settings. */
export function regimeOf(entryId: string): string | undefined {
  return ENTRIES.find(({ id }) => id === entryId)?.regime;
}
