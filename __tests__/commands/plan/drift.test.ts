import { drift } from "../../../commands/plan/drift";
import { FOLDER, plan, resource, update } from "./plans";

const tags = (value: string, replicas = 2) => ({ tags: { a: value }, replicas });

it("reports outside changes that the plan reverts", () => {
  const json = {
    ...plan(update("aws_x.x", tags("theirs", 7), tags("ours", 7))),
    resource_drift: [update("aws_x.x", tags("ours", 2), tags("theirs", 7))],
  };
  // The autoscaler sets the number of pods, and the plan leaves it alone.
  expect(drift(FOLDER, json)).toEqual([
    {
      address: "aws_x.x",
      name: "aws_x.x",
      type: "aws_x",
      deleted: false,
      differences: [{ path: "tags.a", before: '"ours"', after: '"theirs"' }],
    },
  ]);
});

it("reports a whole group that was set outside, of which the plan reverts a part", () => {
  const json = {
    ...plan(update("aws_x.x", tags("theirs"), tags("ours"))),
    resource_drift: [update("aws_x.x", { tags: null, replicas: 2 }, tags("theirs"))],
  };
  expect(drift(FOLDER, json)).toMatchObject([{ address: "aws_x.x", differences: [{ path: "tags" }] }]);
});

it("reports what was deleted and is created again", () => {
  const json = {
    ...plan(resource("aws_x.x", ["create"], null, tags("ours"))),
    resource_drift: [resource("aws_x.x", ["delete"], tags("ours"), null)],
  };
  expect(drift(FOLDER, json)).toMatchObject([{ address: "aws_x.x", deleted: true, differences: [] }]);
});

it("reports what the plan's changes derive from", () => {
  const json = {
    ...plan(update("aws_y.y", { of: "theirs" }, { of: "ours" })),
    resource_drift: [update("aws_x.x", tags("ours"), tags("theirs", 7))],
    relevant_attributes: [{ resource: "aws_x.x", attribute: ["tags"] }],
  };
  expect(drift(FOLDER, json)).toMatchObject([{ address: "aws_x.x", differences: [{ path: "tags.a" }] }]);
});

it("ignores drift that no change depends on", () => {
  const json = {
    ...plan(update("aws_y.y", { a: 1 }, { a: 2 }), resource("aws_x.x", ["no-op"], {}, {})),
    resource_drift: [update("aws_x.x", tags("a"), tags("b")), resource("aws_z.z", ["delete"], {}, null)],
  };
  expect(drift(FOLDER, json)).toEqual([]);
});
