import { outputsOf } from "../../../commands/plan/outputs";
import { resource } from "./plans";

const output = (before: unknown, after: unknown, more: object = {}) => ({
  actions: [before === null ? "create" : after === null ? "delete" : "update"],
  before,
  after,
  after_unknown: false,
  before_sensitive: false,
  after_sensitive: false,
  ...more,
});
const shown = (output_changes: Parameters<typeof outputsOf>[0]["output_changes"], more = {}) =>
  outputsOf({ output_changes: output_changes ?? {}, ...more }).map(
    ({ path, before, after }) => `${path}: ${before} → ${after}`,
  );

it("shows outputs that change, by name", () => {
  expect(
    shown({
      same: output("a", "a", { actions: ["no-op"] }),
      url: output("https://a", "https://b"),
      made: output(null, "a"),
      gone: output("a", null),
      later: output(null, undefined, { after_unknown: true }),
    }),
  ).toEqual([
    'url: "https://a" → "https://b"',
    'made: (none) → "a"',
    'gone: "a" → (none)',
    "later: (none) → (known after apply)",
  ]);
});

it("redacts values that are sensitive, named like a secret, or sensitive elsewhere in the plan", () => {
  const password = resource("random_password.p", ["no-op"], { result: "secret-value" }, null, {
    change: { before_sensitive: { result: true } },
  });
  const lines = shown(
    {
      a: output("secret-a", "secret-b", { before_sensitive: true, after_sensitive: true }),
      redis_password: output("secret-a", "secret-b"),
      url: output("a", "by secret-value"),
      marked: output("secret-a", "secret-a", { after_sensitive: true }),
      // Too short to be looked for elsewhere.
      pin: output("1234", "5678", { after_sensitive: true }),
    },
    { resource_changes: [password] },
  );
  expect(lines).toEqual(
    ["a", "redis_password", "url", "marked", "pin"].map((name) => `${name}: (sensitive) → (sensitive)`),
  );
});
