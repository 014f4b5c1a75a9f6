/** A list that is asked for elsewhere and kept until it is known to have changed. Pure. */

import { collapsing } from "./sidecar/serial";

export class Kept<T> {
  private items: readonly T[] = [];
  private stale = true;
  private needed: Promise<void> = Promise.resolve();

  /** @param ask Where the list comes from; when it fails the old list stays. */
  constructor(private readonly ask: () => Promise<readonly T[]>) {}

  /** Waits only if the list is known to be out of date, or empty. */
  async list(): Promise<readonly T[]> {
    if (this.stale || this.items.length === 0) this.needed = this.renew();
    await this.needed; // also of another caller: the list may be on its way
    return this.items;
  }

  invalidate(): void {
    this.stale = true;
  }

  private readonly renew = collapsing(async () => {
    this.stale = false; // before the question: an invalidation during it must not be lost
    try {
      this.items = await this.ask();
    } catch {
      this.stale = true;
    }
  });
}
