/** What a new catalog of the user's own starts with. */

/** Valid as it stands: it changes nothing until a line is uncommented. */
export const CATALOG_EXAMPLE = `# Your catalog of HyDRA Auto. It is laid over the built-in one: models are merged by id, and what
# you leave out stays as it was. \`hydra-auto catalog show\` prints the result, with where each value is from.
schema_version: 1

# routing:
#   regime: economy            # quality, balanced or economy
#   deny: [openai/gpt-5*]      # never choose these
#   vendors: [copilot]         # providers that may get your prompts

# models:
#   - id: local/qwen3-coder    # a model of your own
#     name: Qwen3 Coder (local)
#     match: [{vendor: ollama, id: "qwen3-coder:30b"}]
#     price: {input: 0, output: 0}
#     context_window: 32000
#     supports: {images: false, tools: true}
#     capabilities: {reasoning: 0.45, code_generation: 0.5, debugging: 0.42, tool_use: 0.4}
`;
