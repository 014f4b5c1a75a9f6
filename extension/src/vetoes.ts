/** Remembers which models refused, and for how long they are left out. */

import type { ModelRef, Veto } from "./protocol";
import { sameModel } from "./routing";

export type Refusal = "no-permission" | "blocked" | "not-found" | "failed";

const MINUTE_MS = 60_000;

/** The user's refusal of consent holds for the session; the rest may pass. */
const LASTS_MS: Readonly<Record<Refusal, number>> = {
  "no-permission": Number.POSITIVE_INFINITY,
  blocked: 10 * MINUTE_MS, // a quota comes back
  "not-found": 10 * MINUTE_MS,
  failed: MINUTE_MS,
};

interface Refused {
  readonly model: ModelRef;
  readonly refusal: Refusal;
  readonly until: number;
}

export class Vetoes {
  private refused: Refused[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  add(model: ModelRef, refusal: Refusal): void {
    const kept = this.refused.filter((other) => !sameModel(other.model, model));
    this.refused = [...kept, { model, refusal, until: this.now() + LASTS_MS[refusal] }];
  }

  /** Consent is given per vendor, so one refusal speaks for all models of that vendor. */
  among(available: readonly ModelRef[]): Veto[] {
    const now = this.now();
    this.refused = this.refused.filter((refused) => refused.until > now);
    return available.flatMap(({ vendor, id }) => {
      const refused = this.refused.find(
        ({ model, refusal }) => model.vendor === vendor && (model.id === id || refusal === "no-permission"),
      );
      return refused ? [{ vendor, id, reason: refused.refusal }] : [];
    });
  }

  lacksConsent(model: ModelRef): boolean {
    return this.among([model]).some(({ reason }) => reason === "no-permission");
  }

  /** Forgets refused consents, for when the user changed their mind. */
  forgetConsents(): void {
    this.refused = this.refused.filter(({ refusal }) => refusal !== "no-permission");
  }
}
