/** Work that may be cut short. Pure. */

/**
 * Lets any number of requests wait for one process's end. A promise of the end would keep each reaction to it, and so each
 * answer, for as long as the process lives.
 */
export class Ending {
  private readonly waiting = new Set<(error: Error) => void>();
  private error: Error | undefined;

  /** The end has come: all who wait are rejected, as are all who ask from now on. */
  come(how: string): void {
    this.error = new Error(how);
    for (const reject of this.waiting) reject(this.error);
  }

  /**
   * What `work` gives.
   *
   * @throws its error, or that of the end if this comes first.
   */
  async before<T>(work: Promise<T>): Promise<T> {
    let reject: (error: Error) => void = () => undefined;
    const ended = new Promise<never>((_, rejectIt) => (reject = rejectIt));
    this.waiting.add(reject);
    if (this.error) reject(this.error);
    try {
      return await Promise.race([work, ended]);
    } finally {
      this.waiting.delete(reject);
    }
  }
}
