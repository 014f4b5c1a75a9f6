/** When to start a crashed sidecar again. Pure. */

const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** A sidecar that ran this long is healthy: its next crash counts as the first. */
const HEALTHY_MS = 60_000;

export class Backoff {
  private failures = 0;

  /**
   * @param ranMs How long the sidecar ran before it ended.
   * @returns how many milliseconds to wait before the next start.
   */
  next(ranMs: number): number {
    if (ranMs >= HEALTHY_MS) this.failures = 0;
    const delay = Math.min(FIRST_MS * 2 ** this.failures, LONGEST_MS);
    this.failures += 1;
    return delay;
  }

  reset(): void {
    this.failures = 0;
  }
}
