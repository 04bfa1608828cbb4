import { readFileSync } from "node:fs";
import { join } from "node:path";
import { environments } from "../../environments";

const page = readFileSync(join(__dirname, "../../docs/settings.md"), "utf8");

it("leaves out of a copy of prod for a demo what would stay after a destroy, or refuse it", () => {
  const [, section = ""] = /\n## Another environment\n(.*?)\n## /s.exec(page) ?? [];
  expect(environments.prod).toMatchObject({ protection: true, redis: { finalSnapshot: true } });
  for (const each of ["`redis.finalSnapshot: false`", "No `protection`"]) expect(section).toContain(each);
});
