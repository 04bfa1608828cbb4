import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GITHUB } from "../github/workflow-files";

/**
 * A repository's variable has no review and no history: whoever may write it would run an image or a command, become an
 * administrator, point a deploy at another account or state, or have dev's pods send Supabase's service key to a server of theirs.
 */

const SCRIPT = join(GITHUB, "scripts", "local-settings.sh");
const DOC = readFileSync(join(GITHUB, "..", "docs", "delivery.md"), "utf8");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-variables-"));
  mkdirSync(join(folder, "environments"));
});

function written(settings: object | string) {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  const { status, stderr } = spawnSync("bash", [SCRIPT], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], VARIABLES: JSON.stringify({ PROD_LOCAL_JSON: text }) },
  });
  const file = join(folder, "environments", "prod.local.json");
  return {
    status,
    stderr,
    settings: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as unknown) : null,
  };
}

it("nothing but these is taken from a variable, and what is not is named", () => {
  const refused = {
    // A job assumes this account's role.
    account: "999999999999",
    access: { admins: ["999999999999:role/somebody"] },
    ai: { command: ["sh", "-c", "env"], image: { repository: "registry.test/other" } },
    ci: { repository: "somebody/else" },
    protection: false,
    state: { bucket: "another" },
    supabase: { url: "https://evil.test" },
    web: { variables: { NODE_OPTIONS: "--require /tmp/x" } },
    // A group of nothing would replace the whole group.
    worker: {},
  };
  const paths = [
    ...["access.admins", "account", "ai.command", "ai.image.repository", "ci.repository", "protection"],
    ...["state.bucket", "supabase.url", "web.variables.NODE_OPTIONS", "worker"],
  ];
  expect(written({ ...refused, alarms: { emails: ["ops@example.com"] } })).toEqual({
    status: 1,
    settings: null,
    stderr:
      `The variable PROD_LOCAL_JSON may not set ${paths.join(", ")}, since nobody reviews a variable. Set it in environments/prod.ts.\n` +
      "A variable may set access.publicCidrs, alarms.emails, domain.host, domain.hostedZoneId, domain.others.\n",
  });
});

it("nor is a second value of a key, which another parser would have seen", () => {
  const { status, settings } = written('{"domain":{"host":"a.test"},"domain":{"host":"b.test"}}');
  expect([status, settings]).toEqual([0, { domain: { host: "b.test" } }]);
});

it("what the documentation says may be set is taken, and nothing else is", () => {
  const named =
    /only these\s+settings\s+are\s+accepted\s+from\s+one: ([\s\S]*?); any\s+other/.exec(DOC)?.[1] ?? "";
  const keys = [...named.matchAll(/`([\w.]+)`/g)].map(([, key = ""]) => key);
  expect(keys.length).toBeGreaterThan(4);
  const settings = Object.fromEntries(keys.map((key) => [key, "x"]));
  const nested: Record<string, unknown> = {};
  for (const key of Object.keys(settings)) {
    const [group = "", name] = key.split(".");
    if (name === undefined) nested[group] = "x";
    else
      nested[group] = {
        ...(nested[group] as object),
        [name]: name === "others" ? [{ host: "a.test" }] : ["x"],
      };
  }
  expect(written(nested)).toMatchObject({ status: 0, settings: nested });
  expect(
    readFileSync(SCRIPT, "utf8")
      .match(/"[\w.]+"(?=[,\]])/g)
      ?.map((each) => each.slice(1, -1)),
  ).toEqual(keys);
});
