import assert from "node:assert/strict";
import { Role } from "../../src/gather";
import { tokenCount } from "../../src/tokens";

const text = (value: string) => ({ value });
const user = (...content: unknown[]) => ({ role: Role.user, content });

describe("tokenCount", () => {
  for (const words of [
    "Rename the variable.",
    "本番環境でデッドロックします。",
    "Почему он падает?",
    "👩‍💻",
    "",
  ]) {
    it(`is the same for a message as for its text: ${words}`, () => {
      assert.equal(tokenCount(user(text(words))), tokenCount(words));
      assert.equal(tokenCount(words), Math.ceil(Buffer.byteLength(words) / 4));
    });
  }

  it("counts what tools say by bytes, too", () => {
    const count = (words: string) => tokenCount(user({ callId: "c", content: [text(words)] }));
    assert.equal(count("日本語日本語") - count("abcdef"), (18 - 6) / 4);
  });

  it("counts no bytes of images, and those of data", () => {
    const image = { mimeType: "image/png", data: new Uint8Array(5_000) };
    const data = { mimeType: "application/json", data: new Uint8Array(40) };
    assert.equal(tokenCount(user(text("見て"), image, data)), Math.ceil((6 + 40) / 4));
  });
});
