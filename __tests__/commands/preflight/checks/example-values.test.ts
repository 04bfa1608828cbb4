import { preflight } from "../../../../commands/preflight/preflight";
import { Session } from "../../../../commands/session/session";
import { loadEnvironment } from "../../../../environments";
import { look } from "../look";

it("finds every example value, and fails if Let's Encrypt would refuse them", async () => {
  const shipped = loadEnvironment("prod");
  const found = await preflight(new Session(shipped), { only: ["examples"], silent: true });
  expect(found.map(({ status, why }) => [status, why])).toEqual(
    [
      ["domain.host", "chat.example.com"],
      ["access.admins", "arn:aws:iam::111122223333:role/wbot-admin"],
      ["access.publicCidrs", "203.0.113.0/24"],
      ["alarms.emails", "ops@example.com"],
      ["supabase.url", "https://example.supabase.co"],
    ].map(([setting, value]) => ["fail", `${setting} still has the example ${value}`]),
  );
  expect(await look("examples")).toEqual([["pass", "no example values are left"]]);
});

it("fails for an example address, but not for a name or a certificate that need not be public", async () => {
  const local = "set it in environments/dev.local.json";
  const alarms = { emails: ["me@my-example.com", "ops@example.com"] };
  expect(await look("examples", { alarms, domain: { host: "chat.example.com" } })).toEqual([
    ["warn", expect.stringMatching(/^domain\.host .* chat\.example\.com$/), local],
    ["fail", expect.stringMatching(/^alarms\.emails .* ops@example\.com$/), local],
  ]);
});
