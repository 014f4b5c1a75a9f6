/** What is remembered for requests that the sidecar gives no decision for. Pure. */

import type { Limit } from "./limits";
import type { ModelRef, WireModel } from "./protocol";
import type { Outcome } from "./routing";
import { type Told, toldBy } from "./told";

/** Key of what the sidecar last told, in the workspace's memory. */
const TOLD = "told";
/** Conversations whose last model is remembered. */
const MOST_CONVERSATIONS = 200;

/** Keeps plain data over restarts; a `vscode.Memento` is one. */
export interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

export class FallbackMemory {
  private readonly lastGood = new Map<string, ModelRef>();
  /** Models of the last full decision. */
  cheapestKnown: readonly ModelRef[] = [];

  constructor(private readonly store: Store) {}

  /** Whom a conversation was answered by last. */
  lastGoodOf(key: string): ModelRef | null {
    return this.lastGood.get(key) ?? null;
  }

  /** Keeps the order of the last full decision, for when there is no sidecar to ask. */
  learnOrder(outcome: Outcome): void {
    if (outcome.kind !== "routed" || outcome.result.alternatives.length === 0) return;
    const { result, target } = outcome;
    this.cheapestKnown = [target, ...result.alternatives.map((alternative) => alternative.target)];
  }

  /** What the sidecar told now, else what it last told in this workspace, even before VS Code was started. */
  lastTold(outcome: Outcome, available: readonly WireModel[], limits: readonly Limit[]): Told | null {
    const before = (this.store.get(TOLD) as Told | undefined) ?? null;
    const now = toldBy(outcome, available, limits, before) ?? before;
    if (JSON.stringify(now) !== JSON.stringify(before)) void this.store.update(TOLD, now);
    return now;
  }

  /** Has a conversation go on with the model that answered it. */
  remember(key: string, { vendor, id }: ModelRef): void {
    this.lastGood.delete(key); // so that it moves to the end
    this.lastGood.set(key, { vendor, id });
    const oldest = this.lastGood.keys().next();
    if (this.lastGood.size > MOST_CONVERSATIONS && !oldest.done) this.lastGood.delete(oldest.value);
  }
}
