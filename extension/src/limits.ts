/**
 * Limits of the settings without the sidecar, which alone knows the catalog: its ids, its prices, and which models it names. A model goes
 * by what VS Code calls it, and by the ids that the sidecar told earlier; in doubt it is kept out. Pure.
 */

import type { SettingScope, WireModel, WireSettings } from "./protocol";

/** One limit of one scope; all of them must let a model pass. */
export type Limit = { readonly scope: SettingScope } & (
  | { readonly kind: "allow" | "deny"; readonly patterns: readonly string[] }
  | { readonly kind: "maxPrice"; readonly usd: number }
  /** Models that the catalog does not name are ignored. */
  | { readonly kind: "knownOnly" }
);

const VENDOR = "vendor:";

/** What of the settings keeps models out; an empty list and a value of the wrong type do not. */
export function limitsOf(settings: WireSettings): Limit[] {
  return (["user", "workspace"] as const).flatMap((scope) => {
    const { allow, deny, maxPrice, unknownModels } = settings[scope];
    const found: Limit[] = [];
    for (const [kind, value] of [
      ["allow", allow],
      ["deny", deny],
    ] as const) {
      const patterns = textsOf(value);
      if (patterns.length > 0) found.push({ scope, kind, patterns });
    }
    if (typeof maxPrice === "number" && maxPrice >= 0) found.push({ scope, kind: "maxPrice", usd: maxPrice });
    if (unknownModels === "ignore") found.push({ scope, kind: "knownOnly" });
    return found;
  });
}

/** The texts of a setting that is a list; a single text counts as a list of it, as for the sidecar: a slip lifts no limit. */
export function textsOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === "string");
}

/**
 * @param entries Catalog ids of the model, as far as they are known.
 */
export function mayPass(model: WireModel, limit: Limit, entries: readonly string[] = []): boolean {
  const listed = (patterns: readonly string[]) =>
    patterns.some((pattern) => means(pattern, model, entries) || meansTail(pattern, model));
  switch (limit.kind) {
    case "allow":
      return listed(limit.patterns);
    case "deny":
      return !listed(limit.patterns);
    case "maxPrice": // nobody knows the price, and no price limit lets that through
    case "knownOnly":
      return false;
  }
}

function means(pattern: string, { vendor, id, family }: WireModel, entries: readonly string[]): boolean {
  const plain = pattern.trim();
  if (plain.toLowerCase().startsWith(VENDOR)) return matches(plain.slice(VENDOR.length).trim(), vendor);
  const names = [id, family, `${vendor}/${id}`, `${vendor}/${family}`, ...entries];
  return names.some((name) => matches(plain, name));
}

/** `anthropic/claude-opus*` of the catalog is likely what VS Code calls `claude-opus-5.5`; `anthropic/*` tells too little. */
function meansTail(pattern: string, { id, family }: WireModel): boolean {
  const tail = pattern.trim().split("/").slice(1).join("/");
  return /[^*?]/.test(tail) && [id, family].some((name) => matches(tail, name));
}

/**
 * As in file names: `*` stands for any characters, `?` for one; case does not matter. Takes time linear in pattern times
 * text, as the sidecar's: only the last `*` is ever tried again.
 */
function matches(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern.toLowerCase());
  const given = Array.from(text.toLowerCase());
  let at = 0; // in `wanted`
  let star = -1; // the last `*` passed
  let resume = 0; // where in `given` what follows that `*` was tried last
  for (let i = 0; i < given.length;) {
    if (wanted[at] === "*") {
      star = at++;
      resume = i;
    } else if (wanted[at] === "?" || wanted[at] === given[i]) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((char) => char === "*");
}
