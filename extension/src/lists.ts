/**
 * Allow and deny lists without the sidecar, which alone knows the catalog's ids. A model goes by what VS Code calls it; in doubt it
 * is kept out. Pure.
 */

import type { WireModel } from "./protocol";

/** Patterns of one scope's settings; an empty `allow` allows all. */
export interface Lists {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

const VENDOR = "vendor:";

export function mayPass(model: WireModel, { allow, deny }: Lists): boolean {
  if (deny.some((pattern) => means(pattern, model) || meansTail(pattern, model))) return false;
  return allow.length === 0 || allow.some((pattern) => means(pattern, model) || meansTail(pattern, model));
}

function means(pattern: string, { vendor, id, family }: WireModel): boolean {
  const plain = pattern.trim();
  if (plain.toLowerCase().startsWith(VENDOR)) return matches(plain.slice(VENDOR.length).trim(), vendor);
  return [id, family, `${vendor}/${id}`, `${vendor}/${family}`].some((name) => matches(plain, name));
}

/** `anthropic/claude-opus*` of the catalog is likely what VS Code calls `claude-opus-5.5`; `anthropic/*` tells too little. */
function meansTail(pattern: string, { id, family }: WireModel): boolean {
  const tail = pattern.trim().split("/").slice(1).join("/");
  return /[^*?]/.test(tail) && [id, family].some((name) => matches(tail, name));
}

/** As in file names: `*` stands for any characters, `?` for one; case does not matter. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const source = escaped.replaceAll(/(?:\\\*)+/g, "[^]*?").replaceAll("\\?", "[^]");
  return new RegExp(`^${source}$`, "iu").test(text);
}
