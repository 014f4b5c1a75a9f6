/** The way of one request through the models. Pure. */

import { type Decision, type ErrorCode, type FailedAttempt, firstLineOf } from "./decision";
import type { Attempt } from "./routing";

export class Tried {
  readonly failed: FailedAttempt[] = [];
  lastError: unknown;

  constructor(private readonly routed: Pick<Decision, "requestId" | "outcome" | "routeMs">) {}

  refused(attempt: Attempt, error: unknown, code: ErrorCode): void {
    this.failed.push({ ...attempt, error: firstLineOf(error), code });
    this.lastError = error;
  }

  decision(answeredBy: Attempt | null): Decision {
    return { ...this.routed, answeredBy, failed: [...this.failed] };
  }
}
