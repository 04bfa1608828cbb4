import { progress } from "../../../commands/cli/progress";

jest.mock("../../../commands/cli/terminal", () => ({
  ...jest.requireActual<object>("../../../commands/cli/terminal"),
  interactive: () => true,
}));

afterEach(() => {
  jest.restoreAllMocks();
});

it.each([
  ["without a width", 0, "xterm"],
  ["without a cursor that moves", 80, "dumb"],
])("prints plain lines on a terminal %s, where nothing can be rewritten", async (_, columns, TERM) => {
  const said = jest.spyOn(console, "log").mockReturnValue();
  jest.replaceProperty(process, "env", { ...process.env, TERM });
  const { columns: before } = process.stdout;
  process.stdout.columns = columns;
  try {
    await progress([{ title: "Planning app", work: () => Promise.resolve("Planned app") }]);
  } finally {
    process.stdout.columns = before;
  }
  expect(said.mock.calls).toEqual([["Planning app …"], [expect.stringMatching(/^Planned app \[0\.0 s\]$/)]]);
});
