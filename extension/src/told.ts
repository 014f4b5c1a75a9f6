/** What the sidecar last told of the models on offer, for when it cannot be asked. Pure. */

import { type Limit, mayPass } from "./limits";
import type { Barred, ModelRef, WireModel } from "./protocol";
import type { Outcome } from "./routing";

/** Plain data, so that it can be kept over restarts. */
export interface Told {
  /** The limits of the settings that it went by. */
  readonly limits: readonly Limit[];
  /** What was on offer then, with the catalog ids that were told. */
  readonly judged: readonly (ModelRef & { readonly entries: readonly string[] })[];
  /** Those of them that the user's rules keep out, wherever they are written. */
  readonly barred: readonly Barred[];
}

/**
 * What an outcome tells; null if the sidecar could not say whom the rules keep out.
 *
 * @param before What was told before: no decision names the ids of models that cannot serve its request.
 */
export function toldBy(
  outcome: Outcome,
  available: readonly WireModel[],
  limits: readonly Limit[],
  before: Told | null = null,
): Told | null {
  const barred = outcome.result?.barred ?? (outcome.kind === "default" ? outcome.barred : undefined);
  if (barred === undefined) return null;
  const { chosen = null, target = null, alternatives = [] } = outcome.result ?? {};
  const named = [...(chosen !== null && target !== null ? [{ chosen, target }] : []), ...alternatives];
  const judged = available.map(({ vendor, id }) => {
    const isModel = (other: ModelRef) => other.vendor === vendor && other.id === id;
    const entries = named.filter(({ target }) => isModel(target)).map((one) => one.chosen);
    return {
      vendor,
      id,
      entries: entries.length > 0 ? entries : (before?.judged.find(isModel)?.entries ?? []),
    };
  });
  return { limits, judged, barred };
}

/**
 * What is left of it for later requests that get no answer: the bars of the rules for all files, since nobody says then which
 * files they are about. An older sidecar tells only those of its own request.
 */
export function forLater(told: Told, outcome: Outcome): Told {
  const anywhere =
    outcome.result?.barredAnywhere ?? (outcome.kind === "default" ? outcome.barredAnywhere : undefined);
  return { ...told, barred: anywhere ?? told.barred };
}

/**
 * Whether a model may not answer, by the rules as last told, and by the limits of the settings that were not told of.
 *
 * @param asDefault The user named it as default model: then it is none of the unknown ones, which they may have wanted ignored.
 */
export function isKeptOut(
  model: WireModel,
  told: Told | null,
  limits: readonly Limit[],
  asDefault: boolean,
): boolean {
  const isModel = (other: ModelRef) => other.vendor === model.vendor && other.id === model.id;
  const inForce = (limit: Limit) => limits.some((now) => JSON.stringify(now) === JSON.stringify(limit));
  // One left of several may be the one that bars it.
  const lifted = told !== null && told.limits.length > 0 && !told.limits.some(inForce);
  const still = (out: Barred) => !(asDefault && out.ignored === true) && !(lifted && out.bySettings === true);
  if (told?.barred.some((out) => isModel(out) && still(out))) return true;
  const judged = told?.judged.find(isModel);
  const heeded = judged ? (told?.limits ?? []).map((limit) => JSON.stringify(limit)) : [];
  return limits
    .filter((limit) => !(asDefault && limit.kind === "knownOnly") && !heeded.includes(JSON.stringify(limit)))
    .some((limit) => !mayPass(model, limit, judged?.entries));
}
