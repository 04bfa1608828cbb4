import { markdown } from "../../../commands/diff/markdown";
import type { Report, StackReport } from "../../../commands/diff/report";
import { text } from "../../../commands/diff/text";
import type { Change } from "../../../commands/plan/change";

const STACK: StackReport = {
  stack: "infra",
  source: "plan",
  notes: [],
  changes: [],
  outputs: [],
};
const report = (...stacks: readonly Partial<StackReport>[]): Report => ({
  version: 3,
  environment: "dev",
  stacks: stacks.map((stack) => ({ ...STACK, ...stack })),
});
const change = (name: string, more: Partial<Change> = {}): Change => ({
  address: `aws_x.${name}`,
  name,
  type: "aws_x",
  action: "update",
  risk: "low",
  labels: [],
  why: "",
  forcedBy: [],
  differences: [{ path: "a", before: "1", after: "2" }],
  fingerprint: "f",
  ...more,
});

it("begins with the marker by which the workflow finds its comment", () => {
  expect(markdown(report())).toBe("<!-- wbot-diff:dev -->\n**dev: nothing changes.**\n");
  expect(markdown(report({ changes: [change("x")] }))).toMatch(
    /^<!-- wbot-diff:dev -->\n## dev: infra: 1 to update\n/,
  );
});

it("says in one line that nothing changes, naming the stack if there is only one", () => {
  expect(text(report({}, { stack: "app" }))).toBe("dev: nothing changes.");
  expect(text(report({ stack: "app" }))).toBe("dev: nothing changes in app.");
});

it("says in one line what the change costs, above both stacks", () => {
  const cost = { usd: 3.65, because: [{ item: "Public IPv4 addresses", usd: 3.65 }], unpriced: [] };
  const costly = { ...report({ changes: [change("x")] }), cost };
  const line = "Cost: +$3.65 a month (Public IPv4 addresses +$3.65)";
  expect(text(costly)).toContain(`\n\n${line}\n\ninfra: 1 to update`);
  expect(markdown(costly)).toContain(`## dev: infra: 1 to update\n\n${line}\n\n### infra`);
});

it("shows a stack as the text does, riskiest first, below what is not known", () => {
  const gone = change("nlb", {
    action: "replace",
    risk: "high",
    why: "A new address.",
    labels: ["network"],
    createFirst: false,
    forcedBy: ["subnets"],
  });
  const outputs = [{ path: "url", before: '"a"', after: '"b"' }];
  expect(
    markdown(report({ notes: ["Something is unknown."], changes: [gone], outputs }, { stack: "app" })),
  ).toBe(
    [
      "<!-- wbot-diff:dev -->",
      "## dev: infra: 1 to replace; app: nothing to change",
      "",
      "### infra",
      "",
      "> Something is unknown.",
      "",
      "```text",
      "  ± nlb  aws_x: replaced, old one first [high risk, network]",
      "      A new address.",
      "      because of subnets",
      "      a: 1 → 2",
      "",
      "  Outputs:",
      '      url: "a" → "b"',
      "```",
      "",
    ].join("\n"),
  );
});

it("shows why a stack could not be planned", () => {
  expect(markdown(report({ source: "none", error: "No\nsuch key" }))).toContain(
    "## dev: infra: could not be planned\n\n### infra\n\n```text\nNo\nsuch key\n```\n",
  );
});

describe("what plans hold", () => {
  const EVIL = "`` ``` | <img src=x> </details> <!-- @octocat [a](b)\n# heading\u001b[2J\u202e";
  const all = markdown(
    report({
      error: EVIL,
      notes: [EVIL],
      changes: [
        change(EVIL, {
          type: EVIL,
          previousAddress: EVIL,
          importing: EVIL,
          why: EVIL,
          forcedBy: [EVIL],
          differences: [{ path: EVIL, before: EVIL, after: EVIL }],
        }),
      ],
    }),
  );

  it("can't become markup, end a block, mention anyone or move a terminal's cursor", () => {
    // Outside code, where markup has no effect.
    const outside = all.replace(/^(`{3,})text\n[^]*?\n\1$/gm, "");
    expect(outside).not.toMatch(/(?<!\\)<(?!!-- wbot-diff:dev -->\n)/);
    expect(outside).not.toMatch(/(?<!\\)`/);
    expect(outside).not.toContain("@octocat");
    expect(outside).not.toMatch(/(?<!\\)[|[\]]/);
    expect(outside).not.toMatch(/^# heading/m);
    expect(all).not.toMatch(/[\u001b\u202e]/);
  });

  it("can't move a terminal's cursor in the text either", () => {
    const shown = text(
      report({ error: EVIL, notes: [EVIL], changes: [change(EVIL, { importing: EVIL, forcedBy: [EVIL] })] }),
    );
    expect(shown).not.toMatch(/[\u001b\u202e]/);
  });
});

describe("a report that is too long for a comment", () => {
  const LONG = `\u001b@${"<`*ü".repeat(500)}`;
  const changes = Array.from({ length: 300 }, (_, index) => change(`x${index}${LONG}`, { forcedBy: [LONG] }));
  const worst = change("worst", { action: "delete" });
  const all = report(
    {
      error: `${LONG}\n`.repeat(60),
      notes: Array.from({ length: 5 }, () => LONG),
      changes: [worst, ...changes],
    },
    { stack: "app", changes: [worst, ...changes] },
  );

  it("leaves room below GitHub's limit for the workflow's own text, keeps something of each stack, and says where the rest is", () => {
    const cut = markdown(all);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(65_536 - 1_000);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(50_000);
    expect(cut).toContain("- worst  aws_x: destroyed");
    expect(cut.match(/^\*\*The rest: see `diff\.txt` in this run's artifact\.\*\*$/gm)).toHaveLength(2);
    expect(cut.match(/^`{3,}/gm)).toHaveLength(4);
    expect(cut).toMatch(/… \(diff\.txt has all of it\)$/m);
  });

  it("is whole as text", () => {
    expect(text(all).match(/ aws_x: updated/g)).toHaveLength(600);
    expect(
      text(report({ changes: [change("x", { differences: [{ path: "a", before: LONG, after: "1" }] })] })),
    ).toContain("<`*ü".repeat(500));
  });
});
