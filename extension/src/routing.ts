/** Deadline and fallback. Pure: no VS Code, no clock of its own beyond the deadline's timer. */

import type { Limit } from "./limits";
import type { Barred, ModelRef, RouteResult, Target, Veto, WireModel } from "./protocol";
import { type Told, isKeptOut } from "./told";

/** Why a request goes to a default model. Each is an ordinary outcome, shown to the user by its name. */
export type DefaultReason =
  "timeout" | "sidecar-failed" | "empty-prompt" | "no-eligible-model" | "no-matching-model";

export type Outcome =
  | { readonly kind: "routed"; readonly result: RouteResult; readonly target: Target }
  | {
      readonly kind: "default";
      readonly why: DefaultReason;
      /** For people; never holds prompt text. */
      readonly detail: string;
      /** The sidecar's answer, where it answered. */
      readonly result: RouteResult | null;
      /** Whom a fallback may not use, where the sidecar could tell though it could not decide. */
      readonly barred?: readonly Barred[];
      /** The same for later requests, whatever files they are about. */
      readonly barredAnywhere?: readonly Barred[];
    };

/**
 * Asks for a decision and waits no longer than the deadline. Never rejects: what goes wrong is an outcome.
 *
 * @param ask Gets a signal that aborts at the deadline, so that the sidecar may drop the request.
 * @param cancelled The user's own cancel; it aborts the request as well.
 */
export async function routeWithin(
  deadlineMs: number,
  cancelled: AbortSignal,
  ask: (signal: AbortSignal) => Promise<RouteResult>,
): Promise<Outcome> {
  const deadline = new AbortController();
  const signal = AbortSignal.any([deadline.signal, cancelled]);
  const timer = setTimeout(() => {
    deadline.abort();
  }, deadlineMs);
  // The request itself may not heed the signal, so the deadline is a racer of its own.
  const tooLate = new Promise<Outcome>((resolve) => {
    const giveUp = () => {
      resolve(defaulted("timeout", `no decision within ${deadlineMs} ms`));
    };
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp);
  });
  const decided = ask(signal).then(outcomeOf, (error: unknown) => failed(error, signal.aborted, deadlineMs));
  try {
    return await Promise.race([decided, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function failed(error: unknown, aborted: boolean, deadlineMs: number): Outcome {
  if (aborted) return defaulted("timeout", `no decision within ${deadlineMs} ms`);
  const outcome = defaulted("sidecar-failed", error instanceof Error ? error.message : String(error));
  return { ...outcome, ...barredIn(error) };
}

/** What `router/route` sends with an error. */
function barredIn(error: unknown): { barred?: Barred[]; barredAnywhere?: Barred[] } {
  const data = (error as { readonly data?: Readonly<Record<string, unknown>> | null } | null)?.data;
  const { barred, barredAnywhere } = data ?? {};
  return {
    ...(Array.isArray(barred) ? { barred: barred.filter(isBarred) } : {}),
    ...(Array.isArray(barredAnywhere) ? { barredAnywhere: barredAnywhere.filter(isBarred) } : {}),
  };
}

function isBarred(raw: unknown): raw is Barred {
  const { vendor, id } = (raw ?? {}) as { readonly vendor?: unknown; readonly id?: unknown };
  return typeof vendor === "string" && typeof id === "string";
}

function outcomeOf(result: RouteResult): Outcome {
  if (result.target !== null) return { kind: "routed", result, target: result.target };
  switch (result.basis) {
    case "empty-prompt":
    case "no-eligible-model":
    case "no-matching-model":
      return { kind: "default", why: result.basis, detail: result.explanation.line, result };
    default:
      return {
        kind: "default",
        why: "sidecar-failed",
        detail: `no target with basis ${result.basis}`,
        result,
      };
  }
}

function defaulted(why: DefaultReason, detail: string): Outcome & { readonly kind: "default" } {
  return { kind: "default", why, detail, result: null };
}

/** How a model came to be tried. */
export type AttemptReason =
  "chosen" | "alternative" | "last-good" | "configured-default" | "cheapest-known" | "first-available";

export interface Attempt {
  readonly model: WireModel;
  readonly as: AttemptReason;
  /** The reasoning effort that the sidecar's choice is for; absent for the model's default. */
  readonly effort?: string;
}

export interface FallbackKnowledge {
  /** What VS Code offers now, without Auto, in its order. */
  readonly available: readonly WireModel[];
  /** Whom this conversation was answered by last. */
  readonly lastGood: ModelRef | null;
  /** The setting `hydraAuto.defaultModel`: `vendor/id`, `id` or empty. */
  readonly defaultModel: string;
  /** Models of earlier decisions, cheapest first. */
  readonly cheapestKnown: readonly ModelRef[];
  /**
   * Lists of vendors that may get prompts, from settings and catalog; an empty list allows all. A vendor must be in
   * each: a fallback may not send a prompt elsewhere.
   */
  readonly vendors: readonly (readonly string[])[];
  readonly vetoed: readonly Veto[];
  /** What the sidecar last told; null before it told anything. */
  readonly told: Told | null;
  /** The limits of the settings, for what it was not told of. */
  readonly limits: readonly Limit[];
}

/**
 * The models to try, in order, each once. After a decision these are the sidecar's, which knows the user's rules, and
 * the model that the user named as default; a guess of our own is made only where there is no decision. If that leaves only models
 * that refused before, these are asked again: the reason may have passed. Those that the user declined are not.
 */
export function attempts(outcome: Outcome, known: FallbackKnowledge): Attempt[] {
  const order = attemptsHeeding(outcome, known);
  if (order.length > 0) return order;
  return attemptsHeeding(outcome, {
    ...known,
    vetoed: known.vetoed.filter(({ reason }) => reason === "no-permission"),
  });
}

function attemptsHeeding(outcome: Outcome, known: FallbackKnowledge): Attempt[] {
  const wanted: {
    readonly ref: ModelRef | undefined;
    readonly as: AttemptReason;
    readonly entry?: string;
  }[] = [];
  const add = (as: AttemptReason, ...refs: readonly (ModelRef | null | undefined)[]) => {
    for (const ref of refs) wanted.push({ ref: ref ?? undefined, as });
  };
  const able = outcome.result?.alternatives ?? [];
  const addAble = () => {
    for (const { chosen: entry, target } of able) wanted.push({ ref: target, as: "alternative", entry });
  };
  const named = namedModel(known.defaultModel, known.available);
  if (outcome.kind === "routed") {
    const { chosen } = outcome.result;
    wanted.push({ ref: outcome.target, as: "chosen", ...(chosen === null ? {} : { entry: chosen }) });
    addAble();
    add("configured-default", named);
  } else {
    // A message with an image and no words is not decided, but the sidecar names those that can serve it.
    const { lastGood } = known;
    const isAble = able.length === 0 || able.some(({ target }) => lastGood && sameModel(target, lastGood));
    if (isAble) add("last-good", lastGood);
    add("configured-default", named);
    addAble();
    add("cheapest-known", ...known.cheapestKnown);
    add("first-available", ...known.available);
  }

  const list: Attempt[] = [];
  for (const { ref, as, entry } of wanted) {
    const model = ref && known.available.find((offered) => sameModel(offered, ref));
    if (!model || list.some((attempt) => sameModel(attempt.model, model))) continue;
    const fromSidecar = as === "chosen" || as === "alternative"; // it has applied rules and vetoes already
    if (!fromSidecar && !mayAnswer(model, known, as === "configured-default")) continue;
    const effort = outcome.result?.candidates.find(({ id }) => id === entry)?.effort;
    list.push({ model, as, ...(effort ? { effort } : {}) });
  }
  return list;
}

function mayAnswer(model: WireModel, known: FallbackKnowledge, asDefault: boolean): boolean {
  return (
    known.vendors.every((allowed) => allowed.length === 0 || allowed.includes(model.vendor)) &&
    !known.vetoed.some((out) => sameModel(out, model)) &&
    !isKeptOut(model, known.told, known.limits, asDefault)
  );
}

function namedModel(name: string, available: readonly WireModel[]): WireModel | undefined {
  return available.find(({ vendor, id }) => name === `${vendor}/${id}` || name === id);
}

export function sameModel(a: ModelRef, b: ModelRef): boolean {
  return a.vendor === b.vendor && a.id === b.id;
}
