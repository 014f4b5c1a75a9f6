/** A list that is asked for elsewhere and kept meanwhile. Pure but for the clock. */

import { collapsing } from "./sidecar/serial";

export class Kept<T> {
  private items: readonly T[] = [];
  private stale = true;
  private askedAt = 0;
  private needed: Promise<void> = Promise.resolve();

  /**
   * @param ask Where the list comes from; when it fails the old list stays.
   * @param freshMs How old the list may be and still be given out; it is then renewed for the next time.
   */
  constructor(
    private readonly ask: () => Promise<readonly T[]>,
    private readonly freshMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Waits only if the list is known to be out of date, or empty. */
  async list(): Promise<readonly T[]> {
    if (this.stale || this.items.length === 0) this.needed = this.renew();
    else if (this.now() - this.askedAt > this.freshMs) void this.renew();
    await this.needed; // also of another caller: the list may be on its way
    return this.items;
  }

  invalidate(): void {
    this.stale = true;
  }

  private readonly renew = collapsing(async () => {
    this.stale = false; // before the question: an invalidation during it must not be lost
    this.askedAt = this.now();
    try {
      this.items = await this.ask();
    } catch {
      this.stale = true;
    }
  });
}
