import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { main } from "../../../commands/wbot";
import * as all from "../../../environments";
import { CI } from "../../constructs/ci/scope";

jest.mock("../../../environments", () => {
  const real = jest.requireActual("../../../environments");
  return { ...real, currentEnvironment: jest.fn() };
});

/** The command, with a `gh` that prints what the real one prints of an error. */

let folder: string;
let printed: string[];
const path = process.env["PATH"];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-rules-"));
  printed = [];
  process.env["PATH"] = [folder, path].join(delimiter);
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  jest
    .mocked(all.currentEnvironment)
    .mockImplementation(({ WBOT_ENV: name = "dev" } = {}) =>
      all.loadEnvironment(name, { overrides: name === "prod" ? CI : {} }),
    );
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

/** What gh prints of an error, by the end of the path; anything else is not found. */
function gh(answers: Readonly<Record<string, string>>) {
  const cases = Object.entries(answers).map(([end, stderr]) => `*/${end}) echo '${stderr}' >&2 ;;`);
  const file = join(folder, "gh");
  writeFileSync(
    file,
    `#!/bin/sh\ncase $2 in\n${cases.join("\n")}\n*) echo "gh: Not Found (HTTP 404)" >&2 ;;\nesac\nexit 1\n`,
  );
  chmodSync(file, 0o755);
}

it("reports what the plan lacks in GitHub's own words, and goes on", async () => {
  gh({
    "branches/main/protection":
      "gh: Upgrade to GitHub Pro or make this repository public to enable this feature. (HTTP 403)",
  });
  expect(await main(["ci", "rules"])).toBe(1);
  expect(printed[0]).toBe(
    "✖ fail branch: main: Upgrade to GitHub Pro or make this repository public to enable this feature\n    If the plan lacks it, see docs/delivery.md. Otherwise this needs a repository administrator: gh auth status",
  );
  expect(printed).toContainEqual(
    expect.stringMatching(/^✖ fail environment: prod: .+\n {4}.*docs\/delivery\.md/),
  );
  expect(printed.at(-1)).toBe("0 passed, 6 failed");
});

it("doesn't take an error for an answer", async () => {
  gh({ "actions/permissions": "gh: Server Error (HTTP 502)" });
  await expect(main(["ci", "rules"])).rejects.toThrow(
    "GitHub's repos/example/wbot-on-aws/actions/permissions can't be read: gh: Server Error (HTTP 502)",
  );
});
