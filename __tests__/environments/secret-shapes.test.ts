import {
  looksSecret,
  LOG_EXPRESSIONS,
  SECRET_SHAPES,
  withoutSecretShapes,
} from "../../environments/secret-shapes";

const REDACTED = "[redacted]";

/** As Alloy's stage.replace does: what the group matches is replaced, wherever the expression matches. */
function redact(line: string): string {
  return LOG_EXPRESSIONS.reduce((text, expression) => {
    const ignoresCase = expression.startsWith("(?i)");
    const pattern = new RegExp(expression.replace("(?i)", ""), ignoresCase ? "dgi" : "dg");
    return [...text.matchAll(pattern)].reverse().reduce((rest, match) => {
      const [from, to] = match.indices?.[1] ?? [0, 0];
      return rest.slice(0, from) + REDACTED + rest.slice(to);
    }, text);
  }, line);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Put together here, as all below, so that nothing in this file looks like a secret. */
const PEM_BEGINS = ["-----BEGIN", "PRIVATE KEY-----"].join(" ");
const x = (length: number) => "EXAMPLE".repeat(10).slice(0, length);
const jwt = ["eyJ" + x(20), "eyJ" + x(40), x(30)].join(".");
const SECRETS: Readonly<Record<string, string>> = {
  Anthropic: ["sk", "ant", "api03", x(40)].join("-"),
  OpenAI: ["sk", x(40)].join("-"),
  "OpenAI, of a project": ["sk", "proj", x(40)].join("-"),
  Google: "AI" + "za" + x(35),
  "Google, newer": "AQ" + "." + x(40),
  "Supabase's JWT": jwt,
  "Supabase's secret key": ["sb", "secret", x(22)].join("_"),
  LangSmith: ["lsv2", "pt", x(32), x(10)].join("_"),
  "LangSmith, older": ["ls", "", x(32)].join("_"),
  "Grafana Cloud": ["glc", x(40)].join("_"),
  Honeycomb: ["hcaik", x(40)].join("_"),
  "New Relic": x(36) + "NRAL",
  GitHub: "gh" + "p_" + x(36),
  "GitHub, fine-grained": "github" + "_pat_" + x(50),
  GitLab: "gl" + "pat-" + x(20),
  AWS: "AK" + "IA" + x(16),
  Stripe: ["sk", "live", x(24)].join("_"),
  Slack: ["xo" + "xb", x(20)].join("-"),
  npm: ["npm", x(36)].join("_"),
  "Hugging Face": ["hf", x(34)].join("_"),
};

describe.each(Object.entries(SECRETS))("a key of %s", (_, secret) => {
  it.each([
    ["alone", (s: string) => s],
    ["in JSON", (s: string) => JSON.stringify({ message: `Incorrect key provided: ${s}. See …` })],
    ["in JSON within JSON", (s: string) => JSON.stringify({ error: JSON.stringify({ key: s }) })],
    ["in an address", (s: string) => `GET https://api.example.com/v1?key=${s}&alt=sse`],
    ["in a header", (s: string) => `authorization: Bearer ${s}`],
    ["twice", (s: string) => `${s} ${s}`],
  ])("is redacted %s", (__, within) => {
    const redacted = redact(within(secret));
    expect(redacted).toContain(REDACTED);
    expect(redacted).not.toContain(secret.slice(-8));
  });
});

it.each([
  [
    `postgresql://postgres.ref:${x(12)}%21@db.example.com:6543/postgres`,
    "postgresql://postgres.ref:[redacted]@db.example.com:6543/postgres",
  ],
  [`rediss://wbot:${x(30)}@cache.example.com:6379/0`, "rediss://wbot:[redacted]@cache.example.com:6379/0"],
  [`redis://:${x(30)}@cache:6379`, "redis://:[redacted]@cache:6379"],
  [JSON.stringify({ dsn: `postgres://u:${x(9)}@h/d` }), '{"dsn":"postgres://u:[redacted]@h/d"}'],
  [`Authorization: Basic ${x(20)}==`, "Authorization: Basic [redacted]"],
  [`Authorization=Basic%20${x(20)}`, "Authorization=Basic%20[redacted]"],
  [`"authorization": "bearer ${x(20)}"`, '"authorization": "bearer [redacted]"'],
  [
    `could not connect: host=db password=${x(9)} user=u`,
    "could not connect: host=db password=[redacted] user=u",
  ],
  [
    `Cookie: theme=dark; sb-ref-auth-token.0=base64-${x(40)}; sb-ref-auth-token.1=${x(40)}; lang=en`,
    "Cookie: theme=dark; sb-ref-auth-token.0=[redacted]; sb-ref-auth-token.1=[redacted]; lang=en",
  ],
  [
    `{'sb-ref-auth-token': 'base64-${x(40)}', 'lang': 'en'}`,
    "{'sb-ref-auth-token': '[redacted]', 'lang': 'en'}",
  ],
  [
    `sb-ref-auth-token-code-verifier=base64-${x(40)}; lang=en`,
    "sb-ref-auth-token-code-verifier=[redacted]; lang=en",
  ],
  [
    `[{ name: 'sb-ref-auth-token.0', value: 'base64-${x(40)}' }]`,
    "[{ name: 'sb-ref-auth-token.0', value: '[redacted]' }]",
  ],
  [
    JSON.stringify([{ name: "sb-ref-auth-token", value: x(40), path: "/" }]),
    '[{"name":"sb-ref-auth-token","value":"[redacted]","path":"/"}]',
  ],
  [
    JSON.stringify({ headers: JSON.stringify({ "sb-ref-auth-token": x(40) }) }),
    '{"headers":"{\\"sb-ref-auth-token\\":\\"[redacted]\\"}"}',
  ],
  [
    `"GET /auth/confirm?token_hash=${x(40)}&type=email"`,
    '"GET /auth/confirm?token_hash=[redacted]&type=email"',
  ],
  [JSON.stringify({ "dd-api-key": x(32) }), '{"dd-api-key":"[redacted]"}'],
  [`{"access_token":"${x(16)}","expires_in":3600}`, '{"access_token":"[redacted]","expires_in":3600}'],
  [
    JSON.stringify({ body: JSON.stringify({ password: x(9) }) }),
    '{"body":"{\\"password\\":\\"[redacted]\\"}"}',
  ],
])("redacts only the secret of %s", (line, expected) => {
  expect(redact(line)).toBe(expected);
});

it.each([
  '{"level":"info","msg":"stream done","total_tokens":12345678,"model":"claude-opus"}',
  "GET https://chat.example.com:8443/api/threads/0f6cbb80-5b5c-4f6f-8f5c-0d8a1d1f2a3b 200",
  "token bucket refilled, task-runner-with-a-long-name started, disk-space-is-fine-today",
  "mail to someone@example.com about http://10.0.1.2:8000/health",
  ["sb", "publishable", x(22)].join("_"),
  "basic auth is off",
  '{"level":"info","msg":"settings","has_api_key":false}',
  '{"password":null,"api_key": 12345678,"client_secret":[],"access_token":{}}',
  '{"cookies":{"sb-ref-auth-token":null}}',
])("leaves %s as it is", (line) => {
  expect(redact(line)).toBe(line);
});

it("redacts a value in quotes, whether its name is in some or not", () => {
  for (const [open, close] of [
    ["", "="],
    ['"', '": '],
    ["'", "': "],
    ['\\"', '\\":'],
  ])
    for (const quote of ['"', "'", '\\"'])
      expect(redact(`${open}api_key${close}${quote}${x(9)}${quote}`)).toBe(
        `${open}api_key${close}${quote}${REDACTED}${quote}`,
      );
});

it("a private key of one line, and nothing behind it", () => {
  const key = `${PEM_BEGINS}\\n${x(40)}\\n`;
  expect(redact(`{"key":"${key}","level":"info"}`)).toBe('{"key":"[redacted]","level":"info"}');
});

describe("leaves JSON as JSON", () => {
  const names = ["password", "has_api_key", "session-token-expires", "sb-ref-auth-token.0", "key", "msg"];
  const texts = [
    ...Object.values(SECRETS),
    ...Object.values(SECRETS).map((secret) => `password: ${secret}`),
    `it's "api_key=${x(9)}", they said: 'api_key': '${x(9)}'\\`,
    `${PEM_BEGINS}\n${x(40)}\n${PEM_BEGINS.replace("BEGIN", "END")}\n`,
    `${PEM_BEGINS}\n${x(40)}\n`,
    `postgresql://u:${x(9)}@h/d`,
    `Bearer ${x(20)}`,
    "Enter your password: ",
    "",
  ];
  const values = [false, true, null, 0, -1.5e9, [], {}, ...texts, ...texts.map((text) => [text, text])];
  const within: readonly (readonly [string, (value: object) => string])[] = [
    ["compact", (value) => JSON.stringify(value)],
    ["with spaces", (value) => JSON.stringify(value, null, 1).replaceAll("\n", " ")],
    ["within JSON", (value) => JSON.stringify({ body: JSON.stringify(value) })],
    [
      "within JSON within JSON",
      (value) => JSON.stringify({ a: JSON.stringify({ b: JSON.stringify(value) }) }),
    ],
  ];

  it.each(within)("%s", (_, written) => {
    for (const value of values) {
      for (const name of names) {
        const line = written({ [name]: value, level: "info" });
        expect([line, isJson(redact(line))]).toEqual([line, true]);
      }
    }
  });
});

it("leaves the words of libraries as they are in a log", () => {
  for (const line of ["hf_hub_download failed", "npm-lifecycle-scripts"]) expect(redact(line)).toBe(line);
});

describe("what each user looks for", () => {
  /** Beginning, character that follows, and how many of it settings refuse, diffs and logs redact. */
  const ISSUED: readonly (readonly [string, string, number | undefined, number, number])[] = [
    ["sk" + "-", "a", 8, 16, 16],
    ["AI" + "za", "a", 30, 20, 20],
    ["AQ" + ".", "a", 20, 20, 20],
    ["sb" + "_secret_", "a", 0, 8, 8],
    ["lsv2" + "_pt_", "a", 0, 8, 8],
    ["lsv2" + "_xy_", "a", undefined, 8, 8],
    ["ls" + "__", "a", 16, 16, 16],
    ["gh" + "o_", "a", 0, 8, 8],
    ["github" + "_pat_", "a", 0, 8, 8],
    ["gl" + "pat-", "a", 0, 8, 8],
    ["AS" + "IA", "A", 16, 16, 16],
    ["rk" + "_test_", "a", 0, 8, 8],
    ["xo" + "xp-", "a", 0, 8, 8],
    ["npm" + "_", "a", 30, 8, 30],
    ["hf" + "_", "a", 30, 8, 30],
    ["glc" + "_", "a", 16, 16, 16],
  ];

  it.each(ISSUED)("%s", (start, character, setting, diff, log) => {
    const finds: readonly (readonly [number | undefined, (text: string) => boolean])[] = [
      [setting, looksSecret],
      [diff, (text) => !withoutSecretShapes(text, "").includes(start)],
      [log, (text) => !redact(text).includes(start)],
    ];
    for (const [least, found] of finds) {
      expect(found(`in ${start}${character.repeat(least ?? 60)} here`)).toBe(least !== undefined);
      if (least !== undefined && least > 0)
        expect(found(`in ${start}${character.repeat(least - 1)} here`)).toBe(false);
    }
  });

  it("a setting of a form that is refused is redacted in diffs and logs, at its usual length", () => {
    for (const secret of Object.values(SECRETS).filter(looksSecret)) {
      expect(withoutSecretShapes(`(${secret})`, "")).toBe("()");
      expect(redact(`(${secret})`)).toBe(`(${REDACTED})`);
    }
  });

  it("an address's user goes with its password in a diff, and stays in a log", () => {
    expect(withoutSecretShapes("redis://me:p@ss/word@host", "…")).toBe("redis://…@host");
    expect(redact("redis://me:password@host")).toBe("redis://me:[redacted]@host");
  });
});

it("has one group in each expression, and none that Helm's templates or Go's expressions would misread", () => {
  for (const expression of SECRET_SHAPES.flatMap(({ diff = [], log = [] }) => [diff, log].flat())) {
    expect(new RegExp(`${expression.replace("(?i)", "")}|`).exec("")).toHaveLength(2);
    expect(expression).not.toMatch(/\{\{|\(\?[=!<]|\\\d/);
  }
});
