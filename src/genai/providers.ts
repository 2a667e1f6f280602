/**
 * OpenCode's provider ids that stand for a provider with a well-known `gen_ai.provider.name`.
 *
 * Only providers whose own API the client talks to are mapped. A gateway (OpenRouter, GitHub Copilot, OpenCode
 * Zen, …) or a local server *is* the provider that the client sees, so its id passes unchanged.
 */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  openai: "openai",
  google: "gcp.gemini",
  "google-vertex": "gcp.vertex_ai",
  "google-vertex-anthropic": "gcp.vertex_ai",
  "amazon-bedrock": "aws.bedrock",
  azure: "azure.ai.openai",
  "azure-cognitive-services": "azure.ai.openai",
  groq: "groq",
  mistral: "mistral_ai",
  deepseek: "deepseek",
  xai: "x_ai",
  cohere: "cohere",
  perplexity: "perplexity",
  "perplexity-agent": "perplexity",
  moonshotai: "moonshot_ai",
  "moonshotai-cn": "moonshot_ai",
  "kimi-for-coding": "moonshot_ai",
  watsonx: "ibm.watsonx.ai",
}

/**
 * `gen_ai.provider.name` for an OpenCode provider id.
 * @param overrides the user's own map (option `providerNames`), which wins.
 */
export function providerName(id: string, overrides: Readonly<Record<string, string>> = {}): string {
  if (Object.hasOwn(overrides, id)) return overrides[id] ?? id
  if (Object.hasOwn(WELL_KNOWN, id)) return WELL_KNOWN[id] ?? id
  return id
}
