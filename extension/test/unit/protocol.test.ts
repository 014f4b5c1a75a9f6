import assert from "node:assert/strict";
import {
  Method,
  type OfferedModels,
  ProtocolMismatch,
  type RouteParams,
  parseCatalog,
  parseCatalogAdd,
  parseRouteResult,
  parseStatus,
} from "../../src/protocol";
import { chatFixture, fixtureNames, protocolFixture } from "./fixtures";

const PARSERS: Readonly<Record<string, (raw: unknown) => unknown>> = {
  [Method.route]: parseRouteResult,
  [Method.status]: parseStatus,
  [Method.catalog]: parseCatalog,
  [Method.catalogAdd]: parseCatalogAdd,
};
const NOTIFICATIONS: readonly string[] = [Method.offeredModels];

describe("the fixtures shared with the sidecar", () => {
  it("are there", () => {
    assert.ok(fixtureNames("protocol").includes("route"));
  });

  for (const name of fixtureNames("protocol")) {
    it(`${name}: the result has the shape that the extension expects`, () => {
      const { method, result } = protocolFixture(name);
      if (NOTIFICATIONS.includes(method)) {
        assert.equal(result, undefined);
        return;
      }
      const parse = PARSERS[method] ?? assert.fail(`the extension knows no method ${method}`);
      parse(result);
    });
  }

  it("offeredModels: the params are those that the extension sends", () => {
    const { method, params } = protocolFixture("offeredModels");
    const { models } = params as OfferedModels;
    const { vendor, id, family, version, name, maxInputTokens } = models[0] ?? assert.fail("no model");
    const rebuilt: OfferedModels = { models: [{ vendor, id, family, version, name, maxInputTokens }] };
    assert.equal(method, Method.offeredModels);
    assert.deepEqual({ models: models.slice(0, 1) }, rebuilt);
  });

  const KEYS = ["conversationId", "initiator", "messages", "models", "requestId", "tools", "vetoed"];
  for (const name of fixtureNames("chat")) {
    it(`chat ${name}: what gather wrote has the documented keys`, () => {
      const params = chatFixture(name) as RouteParams;
      assert.deepEqual(Object.keys(params).sort(), KEYS);
      assert.ok(params.messages.some(({ role }) => role === "user"));
    });
  }
});

describe("parseRouteResult", () => {
  const good = protocolFixture("route").result as Record<string, unknown>;
  const check = (change: Record<string, unknown>, named: string) => {
    assert.throws(
      () => parseRouteResult({ ...good, ...change }),
      (error) => error instanceof ProtocolMismatch && error.message.includes(named),
    );
  };

  it("refuses an answer that the extension could not act on, naming the key", () => {
    check({ target: { vendor: "a" } }, "target.id");
    check({ alternatives: [{}] }, "alternatives[0].target");
    check({ alternatives: null }, "alternatives");
    check({ barred: [{ vendor: "a" }] }, "barred[0].id");
    check({ barredAnywhere: [{ id: "a" }] }, "barredAnywhere[0].vendor");
    check({ explanation: { line: 3, markdown: "" } }, "explanation.line");
    check({ requirements: { reasoning: "much" } }, "requirements.reasoning");
    check({ basis: undefined }, "basis");
  });

  it("refuses what is no object", () => {
    for (const raw of [null, [], "x", 3]) assert.throws(() => parseRouteResult(raw), ProtocolMismatch);
  });

  it("takes unknown keys and unknown bases, so that a newer sidecar works", () => {
    parseRouteResult({ ...good, basis: "pinned", novelty: 1 });
  });
});

describe("parseStatus", () => {
  const good = {
    protocolVersion: 1,
    version: "0.1.0",
    state: "ready",
    error: null,
    catalog: { models: 2, problems: [], layers: [{ name: "user", path: "/c.yaml", status: "used" }] },
    pid: 42,
  };

  it("takes a good one and refuses bad ones", () => {
    assert.equal(parseStatus(good).pid, 42);
    for (const bad of [
      { state: "dancing" },
      { pid: "42" },
      { catalog: {} },
      { catalog: { ...good.catalog, problems: 0 } },
      { error: {} },
    ]) {
      assert.throws(() => parseStatus({ ...good, ...bad }), ProtocolMismatch);
    }
  });
});

describe("parseCatalog", () => {
  const good = { routing: { vendors: ["copilot"] } };

  it("takes a good one and refuses bad ones", () => {
    assert.deepEqual(parseCatalog({ ...good, problems: [] }), { vendors: ["copilot"] });
    for (const bad of [{ routing: {} }, { routing: { vendors: [3] } }]) {
      assert.throws(() => parseCatalog({ ...good, ...bad }), ProtocolMismatch);
    }
  });
});
