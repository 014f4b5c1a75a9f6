/** The TypeScript mirror of docs/PROTOCOL.md. Answers are checked here once; the rest of the code trusts them. */

export const PROTOCOL_VERSION = 1;

export const Method = {
  route: "router/route",
  catalog: "router/catalog",
  catalogAdd: "router/catalogAdd",
  status: "router/status",
  offeredModels: "router/offeredModels",
  statusChanged: "router/statusChanged",
  catalogChanged: "router/catalogChanged",
} as const;

export type SettingScope = "user" | "workspace";
/** Setting name to value, a map for each scope, so that restrictions can add up. */
export type WireSettings = Readonly<Record<SettingScope, Readonly<Record<string, unknown>>>>;

export interface InitializationOptions {
  readonly protocolVersion: number;
  readonly settings: WireSettings;
  /** Whose catalog is the workspace's layer. */
  readonly workspaceFolder: string | null;
  /** All of them, to tell which rules mean a file. */
  readonly workspaceFolders: readonly string[];
  readonly workspaceTrusted: boolean;
}

export interface WireMessage {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
  /** Length of all that the message holds, in UTF-16 units of text or bytes of data. */
  readonly chars: number;
  readonly images: number;
  readonly toolCalls: number;
  readonly toolResults: number;
}

/** Names one model that VS Code offers. */
export interface ModelRef {
  readonly vendor: string;
  readonly id: string;
}

export interface WireModel extends ModelRef {
  readonly family: string;
  readonly version: string;
  readonly name: string;
  readonly maxInputTokens: number;
}

/** Params of the notification `router/offeredModels`. */
export interface OfferedModels {
  readonly models: readonly WireModel[];
}

export interface Veto extends ModelRef {
  readonly reason: string;
}

export interface RouteParams {
  readonly requestId: string;
  readonly messages: readonly WireMessage[];
  readonly tools: number;
  readonly initiator: string | null;
  readonly conversationId: string | null;
  readonly models: readonly WireModel[];
  readonly vetoed: readonly Veto[];
  /** Workspace-relative paths of files that the request is about. */
  readonly paths?: readonly string[];
  readonly regime?: string;
}

export interface Target extends ModelRef {
  readonly name: string;
}

export interface Alternative {
  readonly chosen: string;
  readonly target: Target;
}

export interface Barred extends ModelRef {
  readonly reason: string;
  /** Only because the catalog does not name it, and the user wants such models ignored. */
  readonly ignored?: boolean;
  /** Only settings of the editor bar it; older sidecars do not say. */
  readonly bySettings?: boolean;
}

export interface Candidate {
  readonly id: string;
  readonly name: string;
  /** The reasoning effort that this catalog entry is for; older sidecars do not say. */
  readonly effort?: string | null;
  readonly eligible: boolean;
  readonly reason: string | null;
  readonly shortfall: number | null;
  readonly costUsd: number | null;
  readonly withinTau: boolean;
}

export interface RouteResult {
  readonly requestId: string;
  readonly chosen: string | null;
  readonly basis: string;
  readonly target: Target | null;
  readonly alternatives: readonly Alternative[];
  /** Offered models that the user's rules keep out, of fallbacks as well. */
  readonly barred?: readonly Barred[];
  /** The same under the rules for all files, for later requests; older sidecars do not say. */
  readonly barredAnywhere?: readonly Barred[];
  readonly requirements: Readonly<Record<string, number>> | null;
  readonly tau: number | null;
  readonly regime: string | null;
  readonly candidates: readonly Candidate[];
  readonly explanation: { readonly line: string; readonly markdown: string };
  readonly saving: { readonly against: string; readonly usd: number; readonly fraction: number } | null;
  readonly timingMs: Readonly<Record<string, number>>;
  readonly modelVersion: string;
}

export interface CatalogLayer {
  readonly name: string;
  readonly path: string;
  readonly status: string;
}

/** What is wrong with a catalog file; lines and columns count from 1. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface StatusResult {
  readonly protocolVersion: number;
  readonly version: string;
  readonly state: "starting" | "ready" | "failed";
  readonly error: { readonly reference: string; readonly message: string; readonly hint: string } | null;
  readonly catalog: {
    readonly models: number;
    readonly problems: readonly Problem[];
    readonly layers: readonly CatalogLayer[];
  };
  readonly pid: number;
}

/** An answer of the sidecar that does not have the agreed shape. */
export class ProtocolMismatch extends Error {
  constructor(what: string) {
    super(`the sidecar's answer has no valid ${what}`);
  }
}

/**
 * Checks the part of a `router/route` answer that the extension acts on.
 *
 * @throws ProtocolMismatch naming the first bad key.
 */
export function parseRouteResult(raw: unknown): RouteResult {
  const result = asObject(raw, "result");
  asString(result.requestId, "requestId");
  asString(result.basis, "basis");
  if (result.target !== null) checkTarget(result.target, "target");
  asArray(result.alternatives, "alternatives").forEach((alternative, index) => {
    checkTarget(asObject(alternative, `alternatives[${index}]`).target, `alternatives[${index}].target`);
  });
  asArray(result.candidates, "candidates");
  for (const key of ["barred", "barredAnywhere"]) {
    asArray(result[key] ?? [], key).forEach((raw, index) => {
      const { vendor, id } = asObject(raw, `${key}[${index}]`);
      asString(vendor, `${key}[${index}].vendor`);
      asString(id, `${key}[${index}].id`);
    });
  }
  const explanation = asObject(result.explanation, "explanation");
  asString(explanation.line, "explanation.line");
  asString(explanation.markdown, "explanation.markdown");
  if (result.requirements !== null) {
    for (const [name, value] of Object.entries(asObject(result.requirements, "requirements"))) {
      if (typeof value !== "number") throw new ProtocolMismatch(`requirements.${name}`);
    }
  }
  if (result.saving !== null) {
    const saving = asObject(result.saving, "saving");
    if (typeof saving.fraction !== "number") throw new ProtocolMismatch("saving.fraction");
  }
  return raw as RouteResult;
}

/**
 * Checks the part of a `router/status` answer that the extension acts on.
 *
 * @throws ProtocolMismatch naming the first bad key.
 */
export function parseStatus(raw: unknown): StatusResult {
  const status = asObject(raw, "status");
  if (!["starting", "ready", "failed"].includes(asString(status.state, "state"))) {
    throw new ProtocolMismatch("state");
  }
  if (typeof status.pid !== "number") throw new ProtocolMismatch("pid");
  if (status.error !== null) asString(asObject(status.error, "error").message, "error.message");
  const catalog = asObject(status.catalog, "catalog");
  for (const problem of asArray(catalog.problems, "catalog.problems")) {
    const { path, message } = asObject(problem, "catalog.problems[]");
    asString(path, "catalog.problems[].path");
    asString(message, "catalog.problems[].message");
  }
  for (const layer of asArray(catalog.layers, "catalog.layers")) {
    const { name, path } = asObject(layer, "catalog.layers[]");
    asString(name, "catalog.layers[].name");
    asString(path, "catalog.layers[].path");
  }
  return raw as StatusResult;
}

export interface CatalogResult {
  /** Vendors that prompts may go to; empty means all. */
  readonly vendors: readonly string[];
}

/**
 * Takes from a `router/catalog` answer what the extension acts on.
 *
 * @throws ProtocolMismatch naming the first bad key.
 */
export function parseCatalog(raw: unknown): CatalogResult {
  const catalog = asObject(raw, "catalog");
  const vendors = asArray(asObject(catalog.routing, "routing").vendors, "routing.vendors");
  return { vendors: vendors.map((vendor) => asString(vendor, "routing.vendors[]")) };
}

/** A catalog file's text with models that the catalog lacked. */
export interface CatalogAddResult {
  readonly text: string;
  readonly added: readonly { readonly id: string; readonly name: string; readonly how: string }[];
  /** Models that resemble none that is known. */
  readonly withoutRelative: readonly { readonly vendor: string; readonly id: string }[];
}

/**
 * Checks a `router/catalogAdd` answer.
 *
 * @throws ProtocolMismatch naming the first bad key.
 */
export function parseCatalogAdd(raw: unknown): CatalogAddResult {
  const result = asObject(raw, "result");
  asString(result.text, "text");
  for (const added of asArray(result.added, "added")) {
    for (const key of ["id", "name", "how"]) asString(asObject(added, "added[]")[key], `added[].${key}`);
  }
  for (const other of asArray(result.withoutRelative, "withoutRelative")) {
    for (const key of ["vendor", "id"]) {
      asString(asObject(other, "withoutRelative[]")[key], `withoutRelative[].${key}`);
    }
  }
  return raw as CatalogAddResult;
}

function checkTarget(raw: unknown, what: string): void {
  const target = asObject(raw, what);
  for (const key of ["vendor", "id", "name"]) asString(target[key], `${what}.${key}`);
}

function asObject(raw: unknown, what: string): Record<string, unknown> {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw new ProtocolMismatch(what);
  return raw as Record<string, unknown>;
}

function asArray(raw: unknown, what: string): unknown[] {
  if (!Array.isArray(raw)) throw new ProtocolMismatch(what);
  return raw;
}

function asString(raw: unknown, what: string): string {
  if (typeof raw !== "string") throw new ProtocolMismatch(what);
  return raw;
}
