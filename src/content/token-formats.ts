import { mask } from "./placeholder.ts"

/**
 * Token formats that vendors made recognisable: a prefix of their own and a body.
 *
 * Bodies are looser than the vendors' (a minimum length instead of an exact one), because a token with a
 * new length, or half of one, must be masked as well. Scanners for repositories choose the opposite, to
 * keep their reports short; that is why their rule sets are not used here.
 *
 * Every body is one greedy run behind a literal prefix, with no alternative ways to match the same text:
 * the work is linear in the text.
 */
const FORMATS: readonly (readonly [kind: string, pattern: string])[] = [
  [
    "aws-key-id",
    "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|AIPA|ANPA|ANVA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  ],
  ["github-token", "(?:gh[pousr]_|github_pat_)[A-Za-z0-9_.-]{20,1024}"],
  ["gitlab-token", "gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|wt)-[A-Za-z0-9_.=-]{16,512}"],
  ["slack-token", "(?:xox[a-z](?:\\.xox[a-z])?|xapp)-[A-Za-z0-9-]{10,512}"],
  ["slack-webhook", "hooks\\.slack\\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/_-]{20,256}"],
  ["discord-webhook", "discord(?:app)?\\.com/api/webhooks/\\d{5,30}/[A-Za-z0-9_-]{20,256}"],
  ["stripe-key", "(?:[rs]k_(?:live|test|prod)_[A-Za-z0-9]{10,256}|whsec_[A-Za-z0-9+/=]{20,256})"],
  ["api-key", "sk-(?=[A-Za-z0-9_-]{0,200}\\d)[A-Za-z0-9_-]{20,512}"],
  ["google-key", "(?:AIza[A-Za-z0-9_-]{30,64}|ya29\\.[A-Za-z0-9_.-]{20,2048}|GOCSPX-[A-Za-z0-9_-]{20,64})"],
  ["model-api-key", "(?:gsk_|xai-|hf_|pplx-|r8_|csk-|nvapi-|fw_|tgp_v1_|fc-|jina_)[A-Za-z0-9_-]{30,512}"],
  ["langsmith-key", "lsv2_(?:pt|sk)_[a-f0-9]{16,64}_[a-f0-9]{4,32}"],
  ["npm-token", "npm_[A-Za-z0-9]{30,64}"],
  ["pypi-token", "pypi-[A-Za-z0-9_-]{50,1024}"],
  ["rubygems-key", "rubygems_[a-f0-9]{40,64}"],
  ["docker-token", "dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,128}"],
  ["sendgrid-key", "SG\\.[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{16,128}"],
  ["mailgun-key", "key-[a-f0-9]{32}(?![A-Za-z0-9])"],
  ["twilio-key", "SK[a-f0-9]{32}(?![A-Za-z0-9])"],
  ["telegram-token", "\\d{8,10}:AA[A-Za-z0-9_-]{30,40}"],
  ["azure-key", "(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{40,128}"],
  ["azure-secret", "[A-Za-z0-9_~.]{3}\\dQ~[A-Za-z0-9_~.-]{31,40}"],
  ["digitalocean-token", "do[opr]_v1_[a-f0-9]{40,80}"],
  ["doppler-token", "dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{20,128}"],
  ["vault-token", "hv[sbr]\\.[A-Za-z0-9_-]{20,512}"],
  ["databricks-token", "dapi[A-Fa-f0-9]{32}(?:-\\d)?(?![A-Za-z0-9])"],
  ["grafana-token", "gl(?:c|sa)_[A-Za-z0-9+/=_-]{30,512}"],
  ["newrelic-key", "NR(?:AK|JS|II)-[A-Za-z0-9_-]{20,64}"],
  ["sentry-token", "sntry[su]_[A-Za-z0-9_=+/-]{30,512}"],
  ["linear-key", "lin_(?:api|oauth)_[A-Za-z0-9_]{30,128}"],
  ["notion-token", "ntn_[A-Za-z0-9]{30,64}"],
  ["figma-token", "fig[dour]+_[A-Za-z0-9_-]{30,256}"],
  ["shopify-token", "shp(?:at|ca|pa|ss|ua)_[A-Za-z0-9]{24,64}"],
  ["postman-key", "PMAK-[A-Za-z0-9-]{40,128}"],
  ["airtable-token", "pat[A-Za-z0-9]{14}\\.[a-f0-9]{40,80}"],
  ["cloudflare-token", "cf(?:k|ut|at)_[A-Za-z0-9]{40,64}"],
  ["atlassian-token", "AT(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{50,512}"],
  ["vercel-token", "vc[piark]_[A-Za-z0-9]{20,64}"],
  ["supabase-key", "(?:sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{20,64})"],
  ["planetscale-token", "pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_.-]{30,128}"],
  ["tailscale-key", "tskey-[a-z]{2,20}-[A-Za-z0-9_-]{16,128}"],
  ["terraform-token", "[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{50,128}"],
  ["age-key", "AGE-SECRET-KEY-1[A-Z0-9]{40,64}"],
  ["1password-token", "ops_eyJ[A-Za-z0-9+/=]{100,2048}"],
  ["flyio-token", "(?:FlyV1 )?fm\\d[a-z]?_[A-Za-z0-9+/=_-]{50,4096}"],
  ["ci-token", "(?:CCI(?:PAT|PRJ)_|bk[uar]+_)[A-Za-z0-9_]{30,128}"],
  ["jwt", "eyJ[A-Za-z0-9_-]{10,8192}(?:\\.[A-Za-z0-9_-]{0,8192}){2,4}"],
]

/**
 * A token starts where a word starts. A word may also follow an escaped line break or tab (`\nghp_…` in
 * JSON within text) or a percent-encoded character (`%3Dghp_…`). No lookbehind: Bun 1.3, OpenCode's
 * runtime, cannot compile one, and the whole expression then runs fifty times slower.
 */
const START = "(\\\\[nrt]|%[0-9A-Fa-f]{2}|\\b)"

/** A block is taken for a key when a run of Base64 follows its header: the header alone is often just a string. */
const PRIVATE_KEY =
  "-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----(?=[\\s\\S]{0,200}?[A-Za-z0-9+/]{40})" +
  "(?:(?!-----END)[A-Za-z0-9+/=\\s\\\\\"',:.()-])*(?:-----END[^-]{0,60}-----)?"

/** A function that masks every token of a known format in a text. Compiles its expressions once. */
export function tokenMasker(): (text: string) => string {
  const kinds = FORMATS.map(([kind]) => kind)
  const tokens = new RegExp(`${START}(?:${FORMATS.map(([, pattern]) => `(${pattern})`).join("|")})`, "g")
  const privateKeys = new RegExp(PRIVATE_KEY, "g")
  const replace = (found: string, before: string, ...rest: readonly unknown[]) => {
    const [offset, text] = rest.slice(kinds.length)
    const insideWord = before === "" && typeof offset === "number" && String(text)[offset - 1] === "-"
    if (insideWord) return found
    return before + mask(kinds[rest.findIndex((group) => group !== undefined)] ?? "token")
  }
  return (text) => text.replace(privateKeys, () => mask("private-key")).replace(tokens, replace)
}
