import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { handler, look, missingFrom } from "../../../constructs/aws/app-secret-keys-check/index.mjs";
import { send } from "./cloudwatch";

jest.mock("@aws-sdk/client-cloudwatch", () => jest.requireActual("./cloudwatch"), { virtual: true });

const SECRET = "wbot/test/app";
const KEYS = ["ANTHROPIC_API_KEY", "DATABASE_URL"];
const VALUES = { ANTHROPIC_API_KEY: "not-a-real-key", DATABASE_URL: "not-a-real-url" };
const CHECK = { secret: SECRET, keys: KEYS, namespace: "wbot/test", metricName: "AppSecretKeysMissing" };

const secrets = mockClient(SecretsManagerClient);
const holds = (text: string) =>
  secrets.on(GetSecretValueCommand, { SecretId: SECRET }).resolves({ SecretString: text });
const refuses = (name: string, message: string) =>
  secrets.on(GetSecretValueCommand).rejects(Object.assign(new Error(message), { name }));

let written: string[];
beforeEach(() => {
  secrets.reset();
  send.mockReset().mockResolvedValue({});
  written = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const)
    jest.spyOn(console, method).mockImplementation((...parts: unknown[]) => written.push(parts.join(" ")));
  process.env["AWS_REGION"] = "us-east-1";
});

/** Missing keys, as each check counted them. */
const counts = () => send.mock.calls.map(([{ input }]) => input.MetricData[0].Value as number);

describe("the keys without a value", () => {
  it("are none of a whole secret, whatever else it holds", () => {
    expect(missingFrom(JSON.stringify({ ...VALUES, OTHER: "" }), KEYS).missing).toEqual([]);
  });

  it.each([
    ["removed", {}],
    ["empty", { DATABASE_URL: "" }],
    ["blank", { DATABASE_URL: " \n" }],
    ["null", { DATABASE_URL: null }],
    ["no text", { DATABASE_URL: { url: "not-a-real-url" } }],
  ])("are those that are %s", (_, rest) => {
    const text = JSON.stringify({ ANTHROPIC_API_KEY: VALUES.ANTHROPIC_API_KEY, ...rest });
    expect(missingFrom(text, KEYS)).toEqual({ missing: ["DATABASE_URL"], why: "removed or empty" });
  });

  it.each([
    ["nothing", ""],
    ["no JSON", `{"ANTHROPIC_API_KEY": "not-a-real-key`],
    ["a list", JSON.stringify(KEYS)],
    ["null", "null"],
    ["a text", '"not-a-real-key"'],
  ])("are all where the secret holds %s", (_, text) => {
    expect(missingFrom(text, KEYS)).toEqual({ missing: KEYS, why: "it is no JSON object" });
  });
});

describe("a look", () => {
  it("reads the secret by its name, as it is now", async () => {
    holds(JSON.stringify(VALUES));
    expect((await look(SECRET, KEYS)).missing).toEqual([]);
    expect(secrets.commandCalls(GetSecretValueCommand).map(({ args }) => args[0].input)).toEqual([
      { SecretId: SECRET },
    ]);
  });

  it("finds every key missing in a secret that holds bytes", async () => {
    secrets.on(GetSecretValueCommand).resolves({ SecretBinary: new Uint8Array([1]) });
    expect((await look(SECRET, KEYS)).missing).toEqual(KEYS);
  });

  it.each(["ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"])(
    "counts every key as missing where AWS answers %s, and keeps the rest of its answer to itself",
    async (name) => {
      refuses(name, "quotes not-a-real-key");
      expect(await look(SECRET, KEYS)).toEqual({ missing: KEYS, why: `it can't be read: ${name}` });
    },
  );
});

describe("a check", () => {
  it("writes 0 while every key has a value, so that the alarm ends", async () => {
    holds(JSON.stringify(VALUES));
    await handler(CHECK);
    expect(send.mock.calls.map(([{ input }]) => input)).toEqual([
      {
        Namespace: "wbot/test",
        MetricData: [{ MetricName: "AppSecretKeysMissing", Unit: "Count", Value: 0 }],
      },
    ]);
    expect(written).toEqual(["wbot/test/app has all 2 keys"]);
  });

  it("writes how many are missing, and logs which", async () => {
    holds(JSON.stringify({ ...VALUES, DATABASE_URL: "" }));
    await handler(CHECK);
    expect(counts()).toEqual([1]);
    expect(written).toEqual(["wbot/test/app lacks 1 of 2 keys (removed or empty): DATABASE_URL"]);
  });

  it("writes all of them where the secret can't be read", async () => {
    refuses("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    await handler(CHECK);
    expect(counts()).toEqual([2]);
    expect(written).toEqual([
      "wbot/test/app lacks 2 of 2 keys (it can't be read: ResourceNotFoundException): ANTHROPIC_API_KEY, DATABASE_URL",
    ]);
  });

  it.each([
    ["whole", JSON.stringify(VALUES)],
    ["incomplete", JSON.stringify({ ANTHROPIC_API_KEY: VALUES.ANTHROPIC_API_KEY })],
    ["broken", `${JSON.stringify(VALUES)} and not-a-real-key`],
    ["not JSON at all", VALUES.ANTHROPIC_API_KEY],
  ])("lets out nothing of a secret that is %s", async (_, text) => {
    holds(text);
    const returned = await handler(CHECK);
    const out = JSON.stringify([written, returned, send.mock.calls]);
    expect(written).toHaveLength(1);
    expect(out).not.toContain("not-a-real");
  });

  it("fails if it can't write, so that the missing metric sets the alarm off", async () => {
    holds(JSON.stringify(VALUES));
    send.mockRejectedValue(new Error("AccessDenied"));
    await expect(handler(CHECK)).rejects.toThrow("AccessDenied");
  });
});
