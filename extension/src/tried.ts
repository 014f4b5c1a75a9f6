import type { Decision, FailedAttempt } from "./decision";
import { shortError } from "./refusals";
import type { Attempt } from "./routing";

/** The way of one request through the models. */
export class Tried {
  readonly failed: FailedAttempt[] = [];
  lastError: unknown;

  constructor(private readonly routed: Pick<Decision, "requestId" | "outcome" | "routeMs">) {}

  refused(attempt: Attempt, error: unknown): void {
    this.failed.push({ ...attempt, error: shortError(error).message });
    this.lastError = error;
  }

  decision(answeredBy: Attempt | null): Decision {
    return { ...this.routed, answeredBy, failed: [...this.failed] };
  }
}
