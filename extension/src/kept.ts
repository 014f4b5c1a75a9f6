/** A list that is asked for elsewhere and kept until it is known to have changed. Pure. */

import { collapsing } from "./sidecar/serial";

export class Kept<T> {
  private items: readonly T[] = [];
  private stale = true;
  private needed: Promise<void> = Promise.resolve();
  /** Whom somebody has waited for in vain. */
  private late: Promise<void> | null = null;

  /** @param ask Where the list comes from; when it fails the old list stays. */
  constructor(private readonly ask: () => Promise<readonly T[]>) {}

  /**
   * Waits only if the list is known to be out of date, or empty.
   *
   * @param patienceMs How long to wait for a new list where there is an old one, which is used then. What was late once is not
   * waited for again.
   */
  async list(patienceMs = Number.POSITIVE_INFINITY): Promise<readonly T[]> {
    if (this.stale || this.items.length === 0) this.needed = this.renew();
    const { needed } = this; // also of another caller: the list may be on its way
    if (this.items.length === 0 || patienceMs === Number.POSITIVE_INFINITY) await needed;
    else if (!(await within(this.late === needed ? 0 : patienceMs, needed))) this.late = needed;
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

/** Whether it is done in time. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
