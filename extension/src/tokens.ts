/** About how many tokens a text or a message has. Pure. */

import { type ChatMessage, gather } from "./gather";

/** A quarter of the UTF-8 length fits most languages and code. */
export function tokenCount(text: string | ChatMessage): number {
  return Math.ceil((typeof text === "string" ? Buffer.byteLength(text) : byteLength(text)) / 4);
}

/** What a message counts in UTF-16 units, and what its texts have more in UTF-8, those of tools included. */
function byteLength(message: ChatMessage): number {
  const chars = gather([message]).reduce((sum, one) => sum + one.chars, 0);
  const texts = JSON.stringify(message.content, (_key, value: unknown) =>
    value instanceof Uint8Array ? undefined : value,
  );
  return chars + Buffer.byteLength(texts) - texts.length;
}
