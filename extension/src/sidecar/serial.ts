/** One run at a time. Pure. */

/**
 * Wraps `work` so that it never overlaps with itself: calls that arrive during a run collapse into one more run after
 * it. Each call's promise settles when no run that it asked for is left.
 */
export function collapsing(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const loop = async () => {
    try {
      do {
        again = false;
        await work();
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by calls during the await
      } while (again);
    } finally {
      running = undefined; // in the same breath as the last look at `again`, or a call between the two were lost
    }
  };
  return () => {
    if (running) again = true;
    else running = loop();
    return running;
  };
}
