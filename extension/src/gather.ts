/**
 * Chat messages of VS Code -> wire messages. Works on a minimal structural type, so that it needs no VS Code.
 * It counts and copies only: what a user's words are, and what is wrapping, the sidecar decides.
 */

import { createHash } from "node:crypto";
import type { WireMessage } from "./protocol";

/** The shape that `LanguageModelChatRequestMessage` and test data share. */
export interface ChatMessage {
  readonly role: number;
  readonly content: readonly unknown[];
}

export const Role = { user: 1, assistant: 2, system: 3 } as const; // 3 is sent, yet not in the stable enum

/** What is sent of a system message: enough to tell a chat request from a utility request. */
const SYSTEM_CHARS = 2_000;
/** What is sent of one user message at most; a longer one keeps its head and its tail. */
const USER_CHARS = 200_000;

export function gather(messages: readonly ChatMessage[]): WireMessage[] {
  return messages.map(gatherOne);
}

/** All text of one message, its text parts joined as they stand. */
export function textOf(message: ChatMessage): string {
  return message.content
    .map((part) => (kindOf(part) === "text" ? (part as { value: string }).value : ""))
    .join("");
}

/**
 * Names a conversation, to find the model that answered it last. The chat view's id is a hint that other callers do not
 * give; then the first user message tells conversations apart well enough. Hashed, since it outlives the request.
 */
export function conversationKey(id: string | null, messages: readonly ChatMessage[]): string {
  if (id !== null) return id;
  const first = messages.find(({ role }) => role === Role.user);
  return createHash("sha256")
    .update(first ? textOf(first) : "")
    .digest("hex");
}

function gatherOne(message: ChatMessage): WireMessage {
  const count = (kind: PartKind) => message.content.filter((part) => kindOf(part) === kind).length;
  return {
    ...roleAndText(message.role, textOf(message)),
    ...sizeOfAll(message.content),
    toolCalls: count("toolCall"),
    toolResults: count("toolResult"),
  };
}

type Size = Pick<WireMessage, "chars" | "images">;

function sizeOfAll(parts: readonly unknown[]): Size {
  const sizes = parts.map(sizeOf);
  return {
    chars: sizes.reduce((sum, { chars }) => sum + chars, 0),
    images: sizes.reduce((sum, { images }) => sum + images, 0),
  };
}

function sizeOf(part: unknown): Size {
  switch (kindOf(part)) {
    case "text":
      return { chars: (part as { value: string }).value.length, images: 0 };
    case "image":
      return { chars: 0, images: 1 }; // an image's bytes say nothing about its tokens
    case "data":
      return { chars: (part as { data: Uint8Array }).data.byteLength, images: 0 };
    case "toolResult":
      return sizeOfAll((part as { content: readonly unknown[] }).content);
    case "toolCall":
    case "other":
      return { chars: lengthOf(part), images: 0 };
  }
}

function roleAndText(role: number, text: string): Pick<WireMessage, "role" | "text"> {
  switch (role) {
    case Role.assistant:
      return { role: "assistant", text: "" };
    case Role.system:
      return { role: "system", text: text.slice(0, SYSTEM_CHARS) };
    default:
      return { role: "user", text: headAndTail(text) };
  }
}

function headAndTail(text: string): string {
  if (text.length <= USER_CHARS) return text;
  return `${text.slice(0, USER_CHARS / 2)}\n${text.slice(-USER_CHARS / 2)}`;
}

type PartKind = "text" | "image" | "data" | "toolCall" | "toolResult" | "other";

/** Parts are told apart by their fields; `other` holds thinking and what later versions may add. */
function kindOf(part: unknown): PartKind {
  if (typeof part !== "object" || part === null) return "other";
  if ("callId" in part) return "content" in part ? "toolResult" : "toolCall";
  if ("mimeType" in part && "data" in part) {
    return String(part.mimeType).startsWith("image/") ? "image" : "data";
  }
  if ("value" in part && typeof part.value === "string" && !("metadata" in part)) return "text";
  return "other";
}

/** Length as JSON; bare bytes inside are left out. */
function lengthOf(part: unknown): number {
  const text = JSON.stringify(part, (_key, value: unknown) =>
    value instanceof Uint8Array ? undefined : value,
  ) as string | undefined; // undefined for what JSON can't say
  return text?.length ?? 0;
}
