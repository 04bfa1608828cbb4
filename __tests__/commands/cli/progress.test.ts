import { progress } from "../../../commands/cli/progress";

jest.mock("../../../commands/cli/terminal", () => ({
  ...jest.requireActual<object>("../../../commands/cli/terminal"),
  interactive: () => true,
}));

it("prints plain lines on a terminal without a width, where nothing can be rewritten", async () => {
  const said = jest.spyOn(console, "log").mockReturnValue();
  const { columns } = process.stdout;
  process.stdout.columns = 0;
  try {
    await progress([{ title: "Planning app", work: () => Promise.resolve("Planned app") }]);
  } finally {
    process.stdout.columns = columns;
  }
  expect(said.mock.calls).toEqual([["Planning app …"], [expect.stringMatching(/^Planned app \[0\.0 s\]$/)]]);
});
