import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Signs in by IAM Identity Center in a home folder, as `aws sso login` leaves it: what the environment must name. */
export function ssoProfile(home: string): NodeJS.ProcessEnv {
  const cache = join(home, ".aws", "sso", "cache");
  mkdirSync(cache, { recursive: true });
  const session = "desk";
  writeFileSync(
    join(home, ".aws", "config"),
    `[profile me]\nsso_session = ${session}\nsso_account_id = 111122223333\nsso_role_name = admin\n` +
      `[sso-session ${session}]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n`,
  );
  const name = createHash("sha1").update(session).digest("hex");
  writeFileSync(
    join(cache, `${name}.json`),
    JSON.stringify({ accessToken: "test", expiresAt: new Date(Date.now() + 3_600_000).toISOString() }),
  );
  return { HOME: home, AWS_PROFILE: "me" };
}
