import { main } from "../../../commands/wbot";
import * as all from "../../../environments";
import { CI } from "../../constructs/ci/scope";

jest.mock("../../../environments", () => {
  const real = jest.requireActual("../../../environments");
  return { ...real, currentEnvironment: jest.fn(real.currentEnvironment) };
});

let printed: string[];
const given = jest.mocked(all.currentEnvironment);
beforeEach(() => {
  printed = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => printed.push(line));
  given.mockImplementation((env = {}) => {
    const name = env["WBOT_ENV"] ?? "dev";
    const overrides = name === "staging" || name === "prod" ? CI : {};
    return all.loadEnvironment(name, { overrides });
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const prod =
  'prod={"region":"us-east-1","plan-role":"arn:aws:iam::111122223333:role/wbot-prod-ci-plan",' +
  '"deploy-role":"arn:aws:iam::111122223333:role/wbot-prod-ci-deploy","runner":"wbot-prod",' +
  '"url":"https://chat.example.com"}';

it("prints a line for each environment that has ci, and which these are", async () => {
  expect(await main(["ci", "settings"])).toBe(0);
  expect(printed.map((line) => line.split("=")[0])).toEqual(["staging", "prod", "environments"]);
  expect(printed[1]).toBe(prod);
  expect(printed[2]).toBe('environments=["staging","prod"]');
});

it("prints that of --env only, and nothing that needs more than a line", async () => {
  expect(await main(["ci", "settings", "--env", "prod"])).toBe(0);
  expect(printed).toEqual([prod, 'environments=["prod"]']);
  expect(printed.join("").includes("\n")).toBe(false);
});

it("refuses an environment by name that has no ci, and says what its repository is called", async () => {
  await expect(main(["ci", "settings", "--env", "dev"])).rejects.toThrow(
    [
      'The environment "dev" has no setting ci. Add it to environments/dev.ts, next to account: ci: { repository: "<owner>@<id>/<name>@<id>", runner: "<label>" },',
      String.raw`This prints the repository, without IDs if it was created before July 2026 (docs/delivery.md, "Setup"): gh api repos/<owner>/<name> --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`,
    ].join("\n"),
  );
  expect(printed).toEqual([]);
});

it("prints an empty list where no environment has ci", async () => {
  given.mockImplementation((env = {}) => all.loadEnvironment(env["WBOT_ENV"] ?? "dev"));
  expect(await main(["ci", "settings"])).toBe(0);
  expect(printed).toEqual(["environments=[]"]);
});
