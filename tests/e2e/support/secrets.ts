// Secrets as they stand in prompts, files and outputs. Made at run time, so that no scanner takes this for a leak.

const ALPHABET = "a1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYz"
const body = (length: number) => ALPHABET.repeat(Math.ceil(length / ALPHABET.length)).slice(0, length)
const upper = (length: number) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".slice(0, length)
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** Variables of OpenCode's own process, of which no format tells that they are secrets. */
export const ENVIRONMENT = {
  SERVICE_TOKEN: "correct horse battery staple",
  QUEUE_URL: "amqps://worker:velvet-otter-march@queue.example/jobs",
}

/** A pattern of the user's own, and what it is for. */
export const PATTERN = "ACME-[0-9]{6}"
const CUSTOMER = "ACME-271828"

const KEY = ["-----BEGIN RSA PRIVATE KEY-----", body(64), body(64), "-----END RSA PRIVATE KEY-----"].join(
  "\n",
)

/** The one that stands in titles, which have one line. */
export const FIRST = whole("aws-key-id", `AKIA${upper(16)}`)

/** What must not be told, a line around it, and the line as it is told. */
export const SECRETS: readonly { readonly secret: string; readonly line: string; readonly masked: string }[] =
  [
    FIRST,
    whole("github-token", `ghp_${body(36)}`),
    whole("gitlab-token", `glpat-${body(20)}`),
    whole("slack-token", `xoxb-123456789012-${body(24)}`),
    whole("stripe-key", `sk_live_${body(24)}`),
    whole("api-key", `sk-proj-${body(60)}`),
    whole("api-key", `sk-ant-api03-${body(93)}AA`),
    whole("jwt", `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url({ sub: "12345" })}.${body(43)}`),
    whole("private-key", KEY),
    whole("env", ENVIRONMENT.SERVICE_TOKEN),
    whole("env", encodeURIComponent(ENVIRONMENT.SERVICE_TOKEN)),
    whole("env", "velvet-otter-march"),
    whole("custom", CUSTOMER),
    within("postgres://app:", "hunter2-and-more", "@db.example/app", "password"),
    within("Authorization: Bearer ", body(40), "", "authorization"),
    within("DB_PASSWORD=", "s3cr3t-Value", "", "env"),
  ]

function whole(kind: string, secret: string) {
  return within("found ", secret, " here", kind)
}

function within(before: string, secret: string, after: string, kind: string) {
  return { secret, line: `${before}${secret}${after}`, masked: `${before}REDACTED(${kind})${after}` }
}

/** All lines as one text, as it is written and as it is told. */
export const WRITTEN = SECRETS.map(({ line }) => line).join("\n")
export const TOLD = SECRETS.map(({ masked }) => masked).join("\n")
