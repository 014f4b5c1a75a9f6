/** Messages whose requirements lie far apart, for the real encoder to tell. */
export const EASY = "Rename the variable userCnt to userCount.";
export const HARD = `Our payment service sometimes books an order twice under load. Two workers of the queue consumer run on
different hosts; each takes a row lock with SELECT ... FOR UPDATE SKIP LOCKED, writes the ledger entry, then publishes to Kafka
and acknowledges. With pgbouncer in transaction mode and a retry on serialization failures we see the same idempotency key twice,
but only when a rebalance of the consumer group happens between commit and acknowledge. Find the race condition, prove with an
interleaving how both workers get there, explain why the unique index did not stop it (it is partial), redesign the protocol so that it is
exactly-once in effect, migrate the existing data without downtime, and write a deterministic concurrency test that fails
before and passes after. Check the logs and run the test suite until it is green.`;

/** These are chosen among unless a test says otherwise. */
export const USUAL_MODELS = ["test/small", "test/medium", "test/large"];
