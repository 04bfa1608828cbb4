import { readFileSync } from "node:fs";
import { join } from "node:path";

const page = readFileSync(join(__dirname, "../../docs/delivery.md"), "utf8");
const setup = page.slice(
  page.indexOf("\n## Setup\n"),
  page.indexOf("\n## Renaming or moving the repository\n"),
);
/** The numbered steps of the setup. */
const [, ...steps] = setup.split(/^\d\. /m);

it("says in the first step what tokens call a new repository, before anybody bootstraps", () => {
  const [roles = ""] = steps;
  const command = String.raw`gh api repos/acme/wbot-on-aws --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`;
  expect(roles).toContain(`\n   ${command}\n`);
  expect(roles.indexOf(command)).toBeLessThan(roles.indexOf("npx wbot bootstrap"));
});
