import type { PlannedChanges } from "../../../commands/plan/change";
import { planLines } from "../../../commands/plan/text";
import type { ResourceChange } from "../../../commands/terraform/plan-json";
import { changesOf, FOLDER, plan, replace, resource, update } from "./plans";

const lines = (all: readonly ResourceChange[], more: Partial<PlannedChanges> = {}) =>
  planLines({ changes: changesOf(FOLDER, plan(...all)), outputs: [], ...more });

it("shows deletions, then changes, then creations, with risk and differences", () => {
  expect(
    lines([
      resource("aws_eip.new", ["create"], null, {}),
      update("kubernetes_stateful_set_v1.s", { image: "a" }, { image: "b" }),
      replace("aws_lb.nlb", "subnets"),
    ]),
  ).toEqual([
    "",
    "  ± aws_lb.nlb  aws_lb: replaced, old one first [high risk, network]",
    "      Its address changes: nobody can reach the product until DNS follows; update your own CNAME by hand.",
    "      because of subnets",
    '      subnets: "a" → "b"',
    "",
    "  ~ kubernetes_stateful_set_v1.s  kubernetes_stateful_set_v1: updated",
    "      Its pod restarts and is down for seconds.",
    '      image: "a" → "b"',
    "",
    "  + aws_eip.new  aws_eip [network]",
  ]);
});

it("shows changes that only affect the state", () => {
  expect(
    lines([
      resource("aws_x.new", ["no-op"], {}, {}, { previous_address: "aws_x.old" }),
      resource("aws_x.in", ["no-op"], {}, {}, { change: { importing: { id: "i-1" } } }),
      resource("aws_x.out", ["forget"], {}, null),
    ]).filter((line) => /^ {2}\S/.test(line)),
  ).toEqual([
    "  ○ aws_x.out  aws_x: forgotten, not destroyed",
    "  ← aws_x.in  aws_x: imported, from i-1",
    "  → aws_x.new  aws_x: moved, from aws_x.old",
  ]);
});

it("shows outputs last", () => {
  expect(
    lines([], {
      outputs: [{ path: "url", before: '"a"', after: '"b"' }],
    }),
  ).toEqual(["", "  Outputs:", '      url: "a" → "b"']);
});
