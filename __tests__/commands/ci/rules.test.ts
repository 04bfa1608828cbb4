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

/** What gh prints of an error, or its answer, by the end of the path; anything else is not found. */
function gh(answers: Readonly<Record<string, string | object>>) {
  const cases = Object.entries(answers).map(([end, answer]) =>
    typeof answer === "string"
      ? `*/${end}) echo '${answer}' >&2 ;;`
      : `*/${end}) echo '${JSON.stringify(answer)}'; exit ;;`,
  );
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
    "✖ fail branch: main: Upgrade to GitHub Pro or make this repository public to enable this feature\n    If your GitHub plan lacks it, see docs/delivery.md. Otherwise this needs a repository administrator: gh auth status",
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

describe("an environment without reviewers", () => {
  const found = (repository: object, rule?: object) => {
    gh({
      "example/wbot-on-aws": repository,
      "environments/prod/deployment-branch-policies": { branch_policies: [{ name: "main" }] },
      // Team's settings don't offer what only concerns reviewers, either.
      "environments/prod": {
        can_admins_bypass: rule === undefined,
        protection_rules: [{ type: "branch_policy" }, ...(rule === undefined ? [] : [rule])],
      },
    });
    return main(["ci", "rules"]).then(() => printed.filter((line) => line.includes(" environment: ")));
  };

  it("is only warned of in a private repository, where most plans have none", async () => {
    expect(await found({ private: true })).toEqual([
      [
        "▲ warn environment: prod: it has no reviewers, so only deploys started by hand run, without a second person's approval",
        "    In a private repository, reviewers need GitHub Enterprise. Without it, start deploys by hand, or leave ci out of prod (docs/delivery.md):",
        "    gh workflow run deploy.yml -f environment=prod",
      ].join("\n"),
    ]);
  });

  it("fails in a public one, which can have them", async () => {
    expect((await found({ private: false })).join("\n")).toContain(
      "✖ fail environment: prod: protection_rules lacks",
    );
  });

  it("fails in any where a rule asks nobody", async () => {
    const rule = { type: "required_reviewers", prevent_self_review: true, reviewers: [] };
    for (const repository of [{ private: true }, { private: false }]) {
      printed = [];
      expect(await found(repository, rule)).toEqual([
        "✖ fail environment: prod: it has no reviewers: a team needs write access to the repository before it is set\n    Set it as docs/delivery.md describes",
      ]);
    }
  });
});
