import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { harness } from "../harness";
import { ifInterrupted } from "../../../commands/cli/interrupt";
import { Session } from "../../../commands/session/session";
import { pushStates, unlock } from "../../../commands/state/unlock";
import { loadEnvironment } from "../../../environments";
import { refusing, type Call } from "../terraform/stand-in";

jest.mock("../../../commands/cli/interrupt", () => ({
  ...jest.requireActual<object>("../../../commands/cli/interrupt"),
  ifInterrupted: jest.fn(),
}));

const { terraform, person, printed } = harness();
const session = () => new Session(loadEnvironment("prod"));
const ID = "0b6f6f0e-0000-0000-0000-000000000000";

/** What an interruption would say while Terraform runs. */
const said: unknown[] = [];
const notes = () => {
  said.push(jest.mocked(ifInterrupted).mock.lastCall?.[0]);
  return {};
};
beforeEach(() => {
  jest.mocked(ifInterrupted).mockClear();
  said.length = 0;
});

it("releases the lock, and says how to go on if it is interrupted", async () => {
  terraform.answer({ "force-unlock": notes });
  expect(await unlock(session(), "infra", ID, true)).toBe(0);
  expect(terraform.calls()).toEqual(["infra init", "infra force-unlock"]);
  expect(terraform.lines().at(-1)).toBe(`force-unlock -force ${ID}`);
  expect(printed).toEqual(["The state of infra of prod is unlocked."]);
  expect(said).toEqual([
    `To see whether the state of infra is still locked, run the same command again: npx wbot state unlock infra ${ID} --env prod`,
  ]);
});

it("asks first, and says why Terraform refuses", async () => {
  person.answers = [false];
  await expect(unlock(session(), "infra", ID, false)).rejects.toThrow("Nothing was unlocked");
  expect(terraform.calls()).toEqual([]);
  terraform.answer({ "force-unlock": refusing("another id") });
  await expect(unlock(session(), "infra", ID, true)).rejects.toThrow(
    "The state of infra is still locked:\n\n  another id",
  );
});

it("writes what an apply could not, and says how to go on if it is interrupted", async () => {
  const unwritten = ({ path }: Call) => {
    writeFileSync(join(path, "errored.tfstate"), "{}");
    return {};
  };
  terraform.answer({ "app init": unwritten, state: notes });
  expect(await pushStates(session())).toBe(0);
  expect(terraform.calls()).toEqual(["infra init", "app init", "app state"]);
  expect(printed).toEqual(["The state of app is written."]);
  expect(said).toEqual([
    "A state that was not written is still in its file. To continue: npx wbot state push --env prod",
  ]);
});
