import { preflight } from "../../../../commands/preflight/preflight";
import { Session } from "../../../../commands/session/session";
import { loadEnvironment } from "../../../../environments";
import { look } from "../look";

it("finds every example value, and fails if Let's Encrypt would refuse them", async () => {
  const shipped = loadEnvironment("prod");
  const found = await preflight(new Session(shipped), { only: ["examples"], silent: true });
  expect(found.map(({ status, why }) => [status, why])).toEqual([
    ["fail", "domain.host still has the example chat.example.com"],
    ["fail", "access.admins still has the example arn:aws:iam::111122223333:role/wbot-admin"],
    ["fail", "access.publicCidrs still has the example 203.0.113.0/24"],
    ["fail", "alarms.emails still has the example ops@example.com"],
    ["fail", "supabase.url still has the example https://example.supabase.co"],
  ]);
  expect(await look("examples")).toEqual([["pass", "no example values are left"]]);
});

it("fails for an example address, but not for a name or a certificate that need not be public", async () => {
  const local = "set it in environments/dev.local.json";
  const alarms = { emails: ["me@my-example.com", "ops@example.com"] };
  expect(await look("examples", { alarms, domain: { host: "chat.example.com" } })).toEqual([
    ["warn", "domain.host still has the example chat.example.com", local],
    ["fail", "alarms.emails still has the example ops@example.com", local],
  ]);
});
