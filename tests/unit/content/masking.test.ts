import { describe, expect, test } from "bun:test"
import fc from "fast-check"
import { createRedactor } from "../../../src/content/masking.ts"
import { customMasker } from "../../../src/content/user-patterns.ts"
import { holds } from "../property.ts"

/** Made at run time, so that no scanner takes this file for a leak. */
const ALPHABET = "a1B2c3D4e5F6g7H8j9K0mNpQrStUvWxYz"
const body = (length: number) => ALPHABET.repeat(Math.ceil(length / ALPHABET.length)).slice(0, length)
const hex = (length: number) => "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(8).slice(0, length)
const upper = (length: number) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".slice(0, length)
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

const jwt = `${base64url({ alg: "HS256", typ: "JWT" })}.${base64url({ sub: "1234567890" })}.${body(43)}`
const pem = (kind: string) =>
  [`-----BEGIN ${kind}-----`, body(64), body(64), body(20), `-----END ${kind}-----`].join("\n")

const TOKENS: readonly (readonly [kind: string, token: string])[] = [
  ["aws-key-id", `AKIA${upper(16)}`],
  ["aws-key-id", `ASIA${upper(16)}`],
  ["aws-key-id", `A3TX${upper(16)}`],
  ["github-token", `ghp_${body(36)}`],
  ["github-token", `ghs_${body(36)}`],
  ["github-token", `github_pat_${body(22)}_${body(59)}`],
  ["gitlab-token", `glpat-${body(20)}`],
  ["slack-token", `xoxb-123456789012-1234567890123-${body(24)}`],
  ["slack-token", `xapp-1-${upper(11)}-1234567890123-${hex(64)}`],
  ["slack-webhook", `hooks.slack.com/services/T${upper(8)}/B${upper(8)}/${body(24)}`],
  ["stripe-key", `sk_live_${body(24)}`],
  ["stripe-key", `rk_test_${body(24)}`],
  ["stripe-key", `whsec_${body(32)}`],
  ["api-key", `sk-${body(48)}`],
  ["api-key", `sk-proj-${body(74)}T3BlbkFJ${body(74)}`],
  ["api-key", `sk-ant-api03-${body(93)}AA`],
  ["api-key", `sk-or-v1-${hex(64)}`],
  ["google-key", `AIza${body(35)}`],
  ["google-key", `GOCSPX-${body(28)}`],
  ["model-api-key", `gsk_${body(52)}`],
  ["model-api-key", `xai-${body(80)}`],
  ["model-api-key", `hf_${body(34)}`],
  ["langsmith-key", `lsv2_pt_${hex(32)}_${hex(10)}`],
  ["npm-token", `npm_${body(36)}`],
  ["pypi-token", `pypi-${body(80)}`],
  ["docker-token", `dckr_pat_${body(27)}`],
  ["sendgrid-key", `SG.${body(22)}.${body(43)}`],
  ["twilio-key", `SK${hex(32)}`],
  ["telegram-token", `123456789:AA${body(33)}`],
  ["azure-key", `AccountKey=${body(86)}==`],
  ["digitalocean-token", `dop_v1_${hex(64)}`],
  ["vault-token", `hvs.${body(90)}`],
  ["databricks-token", `dapi${hex(32)}`],
  ["grafana-token", `glsa_${body(32)}_${hex(8)}`],
  ["sentry-token", `sntrys_${body(60)}`],
  ["linear-key", `lin_api_${body(40)}`],
  ["notion-token", `ntn_${body(46)}`],
  ["figma-token", `figd_${body(40)}`],
  ["shopify-token", `shpat_${hex(32)}`],
  ["cloudflare-token", `cfut_${body(48)}`],
  ["atlassian-token", `ATATT3${body(186)}`],
  ["tailscale-key", `tskey-auth-${body(12)}-${body(32)}`],
  ["jwt", jwt],
]

const redactor = createRedactor({})

describe("known token formats", () => {
  for (const [kind, token] of TOKENS) {
    test(`${kind}: ${token.slice(0, 7)}… wherever it stands`, () => {
      const masked = `REDACTED(${kind})`
      expect(redactor.text(token)).toBe(masked)
      expect(redactor.text(`before ${token} after`)).toBe(`before ${masked} after`)
      expect(redactor.text(`"${token}",`)).toBe(`"${masked}",`)
      expect(redactor.text(`line\\n${token}`)).toBe(`line\\n${masked}`)
    })
  }

  test("a token cut short is masked as well, and one inside a longer word is none", () => {
    expect(redactor.text(`sk-ant-api03-${body(30)}`)).toBe("REDACTED(api-key)")
    expect(redactor.text(`task-${body(30)}`)).toBe(`task-${body(30)}`)
    expect(redactor.text("sk-circle-fade-spinner-three-bounce")).toBe("sk-circle-fade-spinner-three-bounce")
  })

  test("private keys: whole, cut off, in JSON, and behind line numbers", () => {
    for (const kind of ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
      expect(redactor.text(`a\n${pem(kind)}\nb`)).toBe("a\nREDACTED(private-key)\nb")
    }
    const key = pem("PRIVATE KEY")
    expect(redactor.text(key.slice(0, 120))).toBe("REDACTED(private-key)")
    expect(redactor.text(JSON.stringify({ data: key }))).toBe('{"data":"REDACTED(private-key)"}')
    const numbered = key.split("\n").map((line, index) => `${index + 1}: ${line}`)
    expect(redactor.text(numbered.join("\n"))).toBe("1: REDACTED(private-key)")
  })

  test("a header without a key is only text", () => {
    const code = 'if (text.startsWith("-----BEGIN PRIVATE KEY-----")) return load(text)'
    expect(redactor.text(code)).toBe(code)
  })
})

describe("secrets by their surroundings", () => {
  const cases: readonly (readonly [given: string, masked: string])[] = [
    ["postgres://app:hunter2@db:5432/main", "postgres://app:REDACTED(password)@db:5432/main"],
    ["redis://:s3cret@cache", "redis://:REDACTED(password)@cache"],
    ["https://user:pw@example.com/x?y", "https://user:REDACTED(password)@example.com/x?y"],
    [`https://${hex(20)}@example.com/x`, "https://REDACTED(token)@example.com/x"],
    [`https://${hex(20)}:x-oauth-basic@a.test/`, "https://REDACTED(token):REDACTED(password)@a.test/"],
    ["//registry.test/:_authToken=abcdef123", "//registry.test/:_authToken=REDACTED(secret)"],
    [`Authorization: Bearer ${hex(24)}`, "Authorization: Bearer REDACTED(authorization)"],
    [`"authorization": "Basic ${body(20)}=="`, '"authorization": "Basic REDACTED(authorization)"'],
    [`curl -H 'X-Api-Key: ${hex(20)}'`, "curl -H 'X-Api-Key: REDACTED(secret)'"],
    ["Cookie: session=abc123def456; theme=dark", "Cookie: REDACTED(cookie)"],
    ["DB_PASSWORD=hunter2", "DB_PASSWORD=REDACTED(env)"],
    ["export STRIPE_KEY='abcd'", "export STRIPE_KEY='REDACTED(env)'"],
    ['MY_API_KEY="x y', 'MY_API_KEY="x y'],
    ["docker run -e GITHUB_TOKEN=abc123 image", "docker run -e GITHUB_TOKEN=REDACTED(env) image"],
    ['{"password": "hunter2"}', '{"password": "REDACTED(secret)"}'],
    ['password: "un-redacted-4711"', 'password: "REDACTED(secret)"'],
    ['{\\"apiKey\\": \\"abc123def\\"}', '{\\"apiKey\\": \\"REDACTED(secret)\\"}'],
    [`token: ${hex(32)}`, "token: REDACTED(secret)"],
    [`https://x.test/?access_token=${hex(20)}&a=1`, "https://x.test/?access_token=REDACTED(secret)&a=1"],
    ["mysql --password=hunter2", "mysql --password=REDACTED(secret)"],
    [`gh auth --with-token ${hex(20)}`, "gh auth --with-token REDACTED(secret)"],
    ["curl -u admin:hunter2 x", "curl -u admin:REDACTED(password) x"],
    [`aws_secret_access_key = ${body(40)}`, "aws_secret_access_key = REDACTED(secret)"],
  ]
  for (const [given, masked] of cases) test(given, () => expect(redactor.text(given)).toBe(masked))

  const innocent = [
    "const token = nextToken()",
    "password: string",
    `Authorization: \`Bearer $\{token}\``,
    "TOKEN=$OTHER_TOKEN",
    "API_KEY=<your key>",
    "const secret = process.env.MY_SECRET",
    "http://localhost:3000/path@2x.png",
    "docker run -u 1000:1000 image",
    "MAX_TOKEN=4096",
    "SECRET_FILE=/run/secrets/app",
    "privateKey: Schema.Uint8ArrayFromBase64,",
    "git checkout 3f9c2ab1d4e5f60718293a4b5c6d7e8f90a1b2c3",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "123e4567-e89b-12d3-a456-426614174000",
    "msg_1fc1ba045001Qw3usIHlCsyCgX call_2_0 ses_e03e46626ffeKKaOjNYGxzKUYY",
  ]
  for (const given of innocent) test(`leaves: ${given}`, () => expect(redactor.text(given)).toBe(given))
})

describe("the environment's own secrets", () => {
  const env = {
    ACME_TOKEN: "plain-looking-4711",
    DB_PASSWORD: "password",
    HOME_KEY: "/home/dev/keys/id",
    PATH: "/usr/bin:/bin",
    EDITOR: "vim-with-arguments",
    DATABASE_URL: "mysql://app:correct-horse-9@db/main",
    OTEL_EXPORTER_OTLP_HEADERS: "wandb-api-key=deadbeef-not-a-format,authorization=Basic%20Zm9vOmJhcg",
    MULTI_SECRET: 'two "lines"\nof it',
  }
  const masking = createRedactor({ env, secrets: ["from-the-lead-1"] })

  test("are masked wherever they stand, in every form", () => {
    expect(masking.text("echo plain-looking-4711!")).toBe("echo REDACTED(env)!")
    expect(masking.text("it is correct-horse-9.")).toBe("it is REDACTED(env).")
    expect(masking.text("deadbeef-not-a-format / Zm9vOmJhcg")).toBe("REDACTED(env) / REDACTED(env)")
    expect(masking.text(env.MULTI_SECRET)).toBe("REDACTED(env)")
    expect(masking.text(JSON.stringify([env.MULTI_SECRET]))).toBe('["REDACTED(env)"]')
    expect(masking.text(encodeURIComponent(env.MULTI_SECRET))).toBe("REDACTED(env)")
    expect(masking.text("from-the-lead-1")).toBe("REDACTED(env)")
  })

  test("words, paths and what has no secret name stay", () => {
    for (const value of ["the password is", "/home/dev/keys/id", "/usr/bin:/bin", "vim-with-arguments"]) {
      expect(masking.text(value)).toBe(value)
    }
  })
})

describe("the user's patterns", () => {
  test("mask what they match, once for matches that touch", async () => {
    const { mask, problems } = await customMasker(["ACME-[0-9]+", "(?i)project falcon", "[xyz]"])
    const masking = createRedactor({ custom: mask })
    expect(problems).toEqual([])
    expect(masking.text("ACME-12 and Project FALCON")).toBe("REDACTED(custom) and REDACTED(custom)")
    expect(masking.text("xyzzy!")).toBe("REDACTED(custom)!")
  })

  test("a pattern that cannot be used is reported without being told, the others work", async () => {
    const { mask, problems } = await customMasker(["(hunter2", "a*", "(?=x)y", "ok+", "z".repeat(1001)])
    expect(problems).toEqual([
      { index: 0, reason: "missing closing )" },
      { index: 1, reason: "it matches the empty text" },
      { index: 2, reason: "invalid or unsupported Perl syntax" },
      { index: 4, reason: "it is longer than 1000 characters" },
    ])
    expect(mask("okkk")).toBe("REDACTED(custom)")
  })

  test("patterns that hang a backtracking engine end", async () => {
    const { mask, problems } = await customMasker(["(a+)+$", "(a|aa)+b", "(.*)*x", "((a{50}){50}){50}"])
    expect(problems.map(({ index }) => index)).toEqual([3])
    const text = "a".repeat(20_000)
    expect(mask(`${text}!`)).toBe(`${text}!`)
    expect(mask(text)).toBe("REDACTED(custom)")
  })

  test("no more than fifty", async () => {
    const { problems } = await customMasker(Array.from({ length: 51 }, (_, n) => `word${n}`))
    expect(problems).toEqual([{ index: 50, reason: "there are more than 50 patterns" }])
  })
})

describe("structures", () => {
  test("every string and key is masked, properties named like secrets whole", () => {
    const given = {
      command: `curl -H "Authorization: Bearer ${hex(20)}"`,
      password: "hunter",
      apiKey: "abc123def",
      maxTokens: 5,
      token: "if",
      nested: [{ client_secret: "s3cr3t" }, `ghp_${body(36)}`],
      [`ghp_${body(36)}`]: 1,
    }
    expect(redactor.tree(given)).toEqual({
      command: 'curl -H "Authorization: Bearer REDACTED(authorization)"',
      password: "REDACTED(secret)",
      apiKey: "REDACTED(secret)",
      maxTokens: 5,
      token: "if",
      nested: [{ client_secret: "REDACTED(secret)" }, "REDACTED(github-token)"],
      "REDACTED(github-token)": 1,
    })
  })
})

describe("properties", () => {
  const noise = fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.constantFrom(
      "password=",
      "token: ",
      '"secret": "',
      "Authorization: Bearer ",
      "://u:",
      "@",
      "\\n",
      " ",
      '"',
    ),
    fc.constantFrom("-----BEGIN PRIVATE KEY-----", "API_KEY=", "--token "),
  )
  const secret = fc.constantFrom(pem("PRIVATE KEY"), ...TOKENS.map(([, token]) => token))
  const text = fc.array(noise, { maxLength: 12 }).map((pieces) => pieces.join(""))
  const mixed = fc.array(fc.oneof(noise, secret), { maxLength: 12 }).map((pieces) => pieces.join(" "))

  test("no mask is masked again", () => {
    holds(
      fc.property(mixed, (raw) => {
        const once = redactor.text(raw)
        expect(redactor.text(once)).toBe(once)
      }),
      2000,
    )
  })

  test("no token survives between spaces, whatever stands around it", () => {
    holds(
      fc.property(text, secret, text, (before, token, after) => {
        expect(redactor.text(`${before} ${token} ${after}`)).not.toContain(token)
      }),
      1000,
    )
  })

  test("a secret of the environment never survives", () => {
    const value = fc
      .string({ unit: "grapheme-ascii", minLength: 8, maxLength: 40 })
      .filter((raw) => /\W\w*\d/.test(raw))
    holds(
      fc.property(text, value, text, (before, raw, after) => {
        const value = raw.trim()
        fc.pre(
          value.length >= 8 && !value.startsWith("/") && !value.startsWith("~") && !value.startsWith("."),
        )
        const masking = createRedactor({ env: { THE_SECRET: value } })
        expect(masking.text(`${before}${value}${after}`)).not.toContain(value)
      }),
      500,
    )
  })

  test("texts made to make expressions backtrack end", () => {
    const starts = [
      "eyJ",
      "-sk-",
      "sk-1",
      "://",
      "token=",
      "password: ",
      "-----BEGIN PRIVATE KEY-----",
      "bearer ",
      "A=",
      "%3D",
      "cookie:a=",
    ]
    for (const start of starts) expect(redactor.text(start.repeat(20_000)).length).toBeGreaterThan(0)
    for (const unit of ["a", "1", "a1", ".", "-", "=", "\\", '"', " ", "\n", "A_"]) {
      for (const start of starts) expect(redactor.text(start + unit.repeat(50_000)).length).toBeGreaterThan(0)
    }
  })
})
