import { preflight } from "../../../commands/preflight/preflight";
import { main } from "../../../commands/wbot";

jest.mock("../../../commands/preflight/preflight", () => ({ preflight: jest.fn(() => Promise.resolve([])) }));

beforeEach(() => jest.spyOn(console, "log").mockReturnValue());
afterEach(() => {
  process.exitCode = 0;
});

it.each([
  [[], ["infra", "app"]],
  [["app"], ["app"]],
  [
    ["app", "infra"],
    ["infra", "app"],
  ],
])("checks what a deploy of these stacks needs: %j", async (named, stacks) => {
  expect(await main(["preflight", ...named, "--env", "dev", "--only", "images", "--json"])).toBe(0);
  const options = { stacks, only: ["images"], silent: true };
  expect(preflight).toHaveBeenLastCalledWith(expect.anything(), options);
});
