/** What is remembered for requests that the sidecar gives no decision for. Pure. */

import type { Limit } from "./limits";
import type { ModelRef, WireModel } from "./protocol";
import type { Outcome } from "./routing";
import { type Told, forLater, toldBy } from "./told";

/** Key of what the sidecar last told, in each store. */
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
  /** Models of the last full decision, cheapest first. */
  cheapestKnown: readonly ModelRef[] = [];

  /** @param stores Nearest first: the workspace's, then that of all workspaces, for a folder that is new. */
  constructor(private readonly stores: readonly Store[]) {}

  /** Whom a conversation was answered by last. */
  lastGoodOf(key: string): ModelRef | null {
    return this.lastGood.get(key) ?? null;
  }

  /** Keeps the models of the last full decision by their cost, for when there is no sidecar to ask. */
  learnOrder(outcome: Outcome): void {
    if (outcome.kind !== "routed" || outcome.result.alternatives.length === 0) return;
    const { chosen, candidates, alternatives } = outcome.result;
    const costOf = (entry: string | null) =>
      candidates.find(({ id }) => id === entry)?.costUsd ?? Number.MAX_VALUE; // infinity less infinity is no order
    this.cheapestKnown = [{ chosen, target: outcome.target }, ...alternatives]
      .map((one) => ({ target: one.target, cost: costOf(one.chosen) }))
      .sort((a, b) => a.cost - b.cost)
      .map(({ target }) => target);
  }

  /**
   * What the sidecar told now of this request, else what it last told of any: in this workspace, else in another one, even before VS
   * Code was started.
   */
  lastTold(outcome: Outcome, available: readonly WireModel[], limits: readonly Limit[]): Told | null {
    const [before = null] = this.stores.flatMap((store) => (store.get(TOLD) as Told | undefined) ?? []);
    const now = toldBy(outcome, available, limits, before);
    if (now === null) return before;
    const later = forLater(now, outcome);
    for (const store of this.stores) {
      if (JSON.stringify(store.get(TOLD)) !== JSON.stringify(later)) void store.update(TOLD, later);
    }
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
