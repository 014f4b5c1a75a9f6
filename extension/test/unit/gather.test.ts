import assert from "node:assert/strict";
import { type ChatMessage, Role, conversationKey, gather, textOf } from "../../src/gather";

const text = (value: string) => ({ value });
const thinking = (value: string) => ({ value, id: "t", metadata: undefined });
/** Like VS Code's LanguageModelDataPart, which writes its bytes as base64 into JSON. */
class DataPart {
  constructor(
    readonly mimeType: string,
    readonly data: Uint8Array,
  ) {}
  toJSON() {
    return { mimeType: this.mimeType, data: Buffer.from(this.data).toString("base64") };
  }
}
const image = new DataPart("image/png", new Uint8Array(5_000));
const data = new DataPart("application/json", new Uint8Array(12));
const call = { callId: "c1", name: "read", input: { path: "a.py" } };
const toolResult = { callId: "c1", content: [text("print(1)"), image] };

const one = (role: number, ...content: unknown[]) => {
  const [message] = gather([{ role, content }]);
  assert.ok(message);
  return message;
};

describe("gather", () => {
  it("joins the text parts of a user message", () => {
    assert.deepEqual(one(Role.user, text("Fix "), text("it")), {
      role: "user",
      text: "Fix it",
      chars: 6,
      images: 0,
      toolCalls: 0,
      toolResults: 0,
    });
  });

  it("counts images without their bytes and data with them", () => {
    const { images, chars } = one(Role.user, text("see"), image, data);
    assert.deepEqual({ images, chars }, { images: 1, chars: 15 });
  });

  it("counts tool calls and results, with the text and the images inside", () => {
    const asked = one(Role.assistant, call);
    assert.equal(asked.toolCalls, 1);
    assert.equal(asked.chars, JSON.stringify(call).length);
    const answered = one(Role.user, toolResult);
    assert.deepEqual([answered.toolResults, answered.images, answered.text], [1, 1, ""]);
    assert.equal(answered.chars, "print(1)".length, "image bytes must not count");
  });

  it("counts what is in a tool result as it counts it outside", () => {
    const inside = one(Role.user, { callId: "c1", content: [text("see"), image, data, thinking("hm")] });
    const outside = one(Role.user, text("see"), image, data, thinking("hm"));
    assert.deepEqual([inside.chars, inside.images], [outside.chars, outside.images]);
  });

  it("sends no text of assistant messages, only its length", () => {
    const message = one(Role.assistant, text("secret answer"));
    assert.deepEqual([message.text, message.chars], ["", 13]);
  });

  it("sends the head of a system message with its whole length", () => {
    const message = one(Role.system, text("s".repeat(15_000)));
    assert.deepEqual([message.role, message.text.length, message.chars], ["system", 2_000, 15_000]);
  });

  it("does not take thinking for an answer's text", () => {
    assert.equal(textOf({ role: Role.assistant, content: [thinking("hm"), text("yes")] }), "yes");
    assert.ok(one(Role.assistant, thinking("hm"), text("yes")).chars > 3, "but counts it");
  });

  it("keeps head and tail of a huge user message", () => {
    const message = one(Role.user, text(`HEAD${"x".repeat(1_000_000)}TAIL`));
    assert.ok(message.text.startsWith("HEAD") && message.text.endsWith("TAIL"));
    assert.ok(message.text.length < 210_000);
    assert.equal(message.chars, 1_000_008);
  });

  it("survives parts that it does not know", () => {
    assert.equal(one(Role.user, null, 7, { surprise: true }, text("hi")).text, "hi");
  });
});

describe("conversationKey", () => {
  const first: ChatMessage = { role: Role.user, content: [text("hello")] };
  const system: ChatMessage = { role: Role.system, content: [text("be nice")] };
  const answer: ChatMessage = { role: Role.assistant, content: [text("hi")] };

  it("is the id if there is one", () => {
    assert.equal(conversationKey("c-1", [first]), "c-1");
  });

  it("else stays the same while the conversation grows, and holds no text", () => {
    const key = conversationKey(null, [system, first]);
    assert.equal(conversationKey(null, [system, first, answer, first]), key);
    assert.notEqual(conversationKey(null, [answer]), key);
    assert.ok(!key.includes("hello"));
  });
});
