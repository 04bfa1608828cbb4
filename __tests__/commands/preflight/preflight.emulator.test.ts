import { preflight } from "../../../commands/preflight/preflight";
import { loadEnvironment } from "../../../environments";
import { withEmulator } from "../../emulator";
import { Session } from "../../../commands/session/session";

withEmulator("preflight, against an emulator", () => {
  const ADMIN = "arn:aws:iam::000000000000:root";
  const environment = {
    ...loadEnvironment("rehearsal", { overrides: { access: { admins: [ADMIN] } } }),
    name: `test-${process.pid}`,
  };
  const look = async (...only: string[]) =>
    (await preflight(new Session(environment), { only, silent: true })).map(({ check, status, why }) => [
      check,
      status,
      why,
    ]);

  it("finds the caller, the zones, and that nothing is deployed yet", async () => {
    expect(await look("credentials", "access", "zones", "secrets")).toEqual([
      ["credentials", "pass", `${ADMIN}, account 000000000000`],
      ["access", "pass", `${ADMIN} is among access.admins`],
      ["zones", "pass", "2 zones of us-east-1"],
      ["access", "skip", "an emulator's cluster is on this machine"],
      ["secrets", "fail", `the secret wbot/${environment.name}/app does not exist`],
    ]);
  });

  it("counts current usage, even if it may not read a quota", async () => {
    const found = await look("quotas");
    expect(found).toHaveLength(4);
    for (const [, , why] of found) expect(why).toMatch(/this environment needs \d+/);
  });
});
