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
  drift: [],
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
  expect(text(costly)).toContain(`dev: what a deploy would change\n\n${line}\n\ninfra: 1 to update`);
  expect(markdown(costly)).toContain(`## dev: infra: 1 to update\n\n${line}\n\n### infra`);
});

it("shortens long values to where they differ, and says so; the text has them whole", () => {
  const long = (middle: string) => `"${"x".repeat(500)}${middle}${"y".repeat(500)}"`;
  const differences = [{ path: "a", before: long("1"), after: long("2") }];
  const drift = [{ address: "a", name: "n", type: "t", deleted: false, differences }];
  const said =
    /a: …x{20}1y+… → …x{20}2y+…\n```\n\nLong values are shortened here: `diff\.txt` has all of them\./;
  for (const each of [{ changes: [change("x", { differences })] }, { drift, changes: [change("x")] }]) {
    expect(markdown(report(each))).toMatch(said);
    expect(text(report(each))).toContain(`a: ${long("1")} → ${long("2")}`);
  }
  expect(markdown(report({ changes: [change("x")] }))).not.toContain("shortened");
});

it("shows who gets a new permission, and only counts many creations", () => {
  const to = { differences: [{ path: "principal_arn", before: "(none)", after: '"arn:me"' }] };
  const entry = (name: string) => change(name, { action: "create", labels: ["iam"], ...to });
  const said = 'principal_arn: (none) → "arn:me"';
  expect(markdown(report({ changes: [entry("a")] }))).toContain(said);
  expect(text(report({ changes: [entry("a")] }))).toContain(said);
  const many = Array.from({ length: 13 }, (_, index) => entry(`a${index}`));
  const counted = markdown(report({ changes: many }));
  expect(counted).not.toContain(said);
  expect(counted).toMatch(/^- 13 × .* and 1 more: see `diff\.txt`$/m);
});

it("lists changes with their risk and reason, and folds the details", () => {
  const gone = change("nlb", {
    action: "replace",
    risk: "high",
    why: "A new address.",
    labels: ["network"],
    createFirst: false,
    forcedBy: ["subnets"],
  });
  expect(markdown(report({ changes: [gone] }))).toBe(
    [
      "<!-- wbot-diff:dev -->",
      "## dev: infra: 1 to replace",
      "",
      "### infra: 1 to replace",
      "",
      "- `nlb` `aws_x` `high risk` `network`: **replaced, old one first** A new address. Because of `subnets`.",
      "",
      "<details>",
      "<summary>What differs</summary>",
      "",
      "`nlb` (`aws_x.nlb`)",
      "",
      "```text",
      "a: 1 → 2",
      "```",
      "",
      "</details>",
      "",
    ].join("\n"),
  );
});

it("folds outputs too, and says if nothing else changes", () => {
  const outputs = [{ path: "url", before: '"a"', after: '"b"' }];
  expect(markdown(report({ outputs }))).toBe(
    [
      "<!-- wbot-diff:dev -->",
      "## dev: infra: only outputs to change",
      "",
      "### infra: only outputs to change",
      "",
      "<details>",
      "<summary>What differs</summary>",
      "",
      "Outputs",
      "",
      "```text",
      'url: "a" → "b"',
      "```",
      "",
      "</details>",
      "",
    ].join("\n"),
  );
  expect(text(report({ outputs }))).toContain('\n  Outputs:\n      url: "a" → "b"');
});

it("counts many new resources by kind, and names them", () => {
  const created = Array.from({ length: 13 }, (_, index) =>
    change(`s${index}`, { action: "create", differences: [] }),
  );
  expect(markdown(report({ changes: created }))).toContain("\n- 13 × `aws_x`: **created** `s0`, `s1`,");
  expect(text(report({ changes: created })).match(/^ {2}\+ s\d+/gm)).toHaveLength(13);
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
      drift: [{ address: "a", name: EVIL, type: EVIL, deleted: true, differences: [] }],
    }),
  );

  it("can't become markup, end a block, mention anyone or move a terminal's cursor", () => {
    // Outside code, where markup has no effect.
    const outside = all
      .replace(/^(`{3,})text\n[^]*?\n\1$/gm, "")
      .replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "");
    expect(outside).not.toMatch(/(?<!\\)<(?!!-- wbot-diff:dev -->\n|\/?details>|\/?summary>)/);
    expect(outside).not.toContain("@octocat");
    expect(outside).not.toMatch(/(?<!\\)[|[\]]/);
    expect(outside).not.toMatch(/^# heading/m);
    expect(all).not.toMatch(/[\u001b\u202e]/);
    expect(all.match(/^<details>$/gm)).toHaveLength(1);
    expect(all.match(/^<\/details>$/gm)).toHaveLength(1);
  });

  it("can't move a terminal's cursor in the text either", () => {
    const shown = text(report({ error: EVIL, notes: [EVIL], changes: [change(EVIL, { importing: EVIL })] }));
    expect(shown).not.toMatch(/[\u001b\u202e]/);
  });
});

describe("a report that is too long for a comment", () => {
  const differences = Array.from({ length: 30 }, (_, index) => ({
    path: `argument_${index}`,
    before: "ü".repeat(100),
    after: "ä".repeat(100),
  }));
  const many = Array.from({ length: 300 }, (_, index) => change(`x${index}`, { differences }));
  const worst = change("worst", { action: "delete", differences: [] });
  const long = report({ changes: many }, { stack: "app", changes: [worst] });

  it("stays below GitHub's limit, keeps blocks whole, and says that something is left out and where to find it", () => {
    const cut = markdown(long);
    expect(Buffer.byteLength(cut)).toBeLessThan(65_536);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(50_000);
    expect(cut.match(/^```/gm)?.length ?? 1).toBe(2 * (cut.match(/^```text$/gm)?.length ?? 0));
    expect(cut.match(/^<details>$/gm)?.length).toBe(cut.match(/^<\/details>$/gm)?.length);
    expect(cut).toContain("## dev: infra: 300 to update; app: 1 to delete");
    expect(cut).toMatch(/\n\n\*\*The rest is left out, .*: see `diff\.txt` in this run's artifact\.\*\*\n$/);
  });

  it("drops details first, then creations, then other changes", () => {
    const created = Array.from({ length: 12 }, (_, index) =>
      change(`new-${index}-${"n".repeat(300)}`, { action: "create", differences: [] }),
    );
    const cut = markdown(report({ changes: [worst, ...created] }, { stack: "app", changes: [worst] }), 1_500);
    expect(cut.match(/`worst`/g)).toHaveLength(2);
    expect(cut).toContain("**The rest is left out");
    expect(cut).not.toContain("new-11-");
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_500);
  });

  describe("of which everything is exaggerated", () => {
    const long = `\u001b@${"<`*ü".repeat(500)}`;
    const every = <T>(of: (index: number) => T) => Array.from({ length: 60 }, (_, index) => of(index));
    const exaggerated: Partial<StackReport> = {
      error: every(() => long).join("\n"),
      notes: every(() => long),
      changes: every((index) =>
        change(`${index}${long}`, {
          action: (["delete", "replace", "update", "create"] as const)[index % 4] ?? "update",
          type: long,
          previousAddress: long,
          forcedBy: every(() => long),
          differences: every(() => ({ path: long, before: long, after: long })),
        }),
      ),
      drift: every(() => ({
        address: "a",
        name: long,
        type: long,
        deleted: false,
        differences: [{ path: long, before: long, after: long }],
      })),
    };
    const all = report(exaggerated, { ...exaggerated, stack: "app" });

    it("leaves room below GitHub's limit for the workflow's own text, and keeps something of each stack", () => {
      const cut = markdown(all);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(65_536 - 1_000);
      expect(cut).toContain("\n… and 40 more: see diff.txt\n");
      expect(cut).toContain("\n> … and 50 more: see diff.txt\n");
      expect(cut).toContain("Changed outside Terraform:");
      expect(cut.match(/\*\*destroyed, moved from/g)?.length).toBeGreaterThan(1);
      expect(cut).toContain("**The rest is left out");
      expect(cut.match(/^`{3,}/gm)?.length ?? 1).toBe(2 * (cut.match(/^`{3,}text$/gm)?.length ?? 0));
    });

    it.each([200, 1_000, 3_000, 10_000, 40_000])("never gets longer than %i", (limit) => {
      expect(Buffer.byteLength(markdown(all, limit))).toBeLessThanOrEqual(limit);
    });
  });

  it("shortens a long error, which is whole as text", () => {
    const error = Array.from({ length: 5_000 }, (_, index) => `line ${index}`).join("\n");
    const cut = markdown(report({ error }));
    expect(Buffer.byteLength(cut)).toBeLessThan(10_000);
    expect(cut).toContain("\n… and 4980 more: see diff.txt\n");
    expect(text(report({ error }))).toContain("line 4999");
    expect(text(long).match(/argument_29/g)).toHaveLength(300);
  });
});
