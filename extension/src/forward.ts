/** Sends a request on to a model and streams its answer through unchanged. */

import * as vscode from "vscode";

export type Progress = vscode.Progress<vscode.LanguageModelResponsePart>;

export type Answer =
  | { readonly kind: "complete" }
  /** Before anything was streamed: another model may still answer. */
  | { readonly kind: "refused"; readonly error: unknown }
  /** After something was streamed. */
  | { readonly kind: "broken"; readonly error: unknown };

export async function forward(
  chat: vscode.LanguageModelChat,
  messages: readonly vscode.LanguageModelChatRequestMessage[],
  options: vscode.ProvideLanguageModelChatResponseOptions,
  progress: Progress,
  token: vscode.CancellationToken,
): Promise<Answer> {
  let started = false;
  try {
    const answer = await chat.sendRequest(
      messages.map(sendable),
      {
        justification: "HyDRA Auto sends your request to the model that it chose for it.",
        toolMode: options.toolMode,
        ...(options.tools ? { tools: [...options.tools] } : {}),
        ...(options.modelOptions ? { modelOptions: options.modelOptions } : {}),
      },
      token,
    );
    for await (const part of answer.stream) {
      started = true;
      // The stream's type is unknown, so that parts of later versions fit; they go through as they are.
      progress.report(part as vscode.LanguageModelResponsePart);
    }
    return { kind: "complete" };
  } catch (error) {
    return { kind: started ? "broken" : "refused", error };
  }
}

/**
 * Asks for a reasoning effort as far as the stable API can: by `modelOptions`, which are the target provider's own.
 * Copilot's provider ignores this one and takes the effort that the user chose in the model picker.
 */
export function withEffort(
  options: vscode.ProvideLanguageModelChatResponseOptions,
  effort: string | undefined,
): vscode.ProvideLanguageModelChatResponseOptions {
  if (effort === undefined) return options;
  return { ...options, modelOptions: { ...options.modelOptions, reasoningEffort: effort } };
}

/** System messages (role 3) reach us, but the stable API refuses to send them: they go on as User messages. */
function sendable(message: vscode.LanguageModelChatRequestMessage): vscode.LanguageModelChatMessage {
  const { Assistant, User } = vscode.LanguageModelChatMessageRole;
  return new vscode.LanguageModelChatMessage(
    message.role === Assistant ? Assistant : User,
    [...message.content] as (
      vscode.LanguageModelTextPart | vscode.LanguageModelToolResultPart | vscode.LanguageModelToolCallPart
    )[],
    message.name,
  );
}
