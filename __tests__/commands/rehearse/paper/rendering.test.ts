import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasHelm, renderProblems } from "../../../../commands/rehearse/paper/rendering";

/** A stand-in for Helm: notes its arguments and the values that it is given, and fails where a release is named "broken". */
const HELM = `#!/bin/sh
[ "$1" = version ] && exit 0
for each; do case $each in *.yaml) cat "$each" ;; *) printf '%s\\n' "$each" ;; esac; done >"\${0%/*}/calls"
[ "$2" != broken ] && exit 0
printf 'Error: YAML parse error on alloy/templates/rbac.yaml: line 21\\n\\nUse --debug flag to render out invalid YAML\\n' >&2
exit 1
`;
const folder = mkdtempSync(join(tmpdir(), "wbot-helm-"));
const { PATH: path } = process.env;
beforeAll(() => {
  writeFileSync(join(folder, "helm"), HELM);
  chmodSync(join(folder, "helm"), 0o755);
});
beforeEach(() => {
  process.env["PATH"] = `${folder}:${path ?? ""}`;
});
afterEach(() => {
  process.env["PATH"] = path;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const release = { path: "alloy/release", name: "alloy", chart: "/charts/alloy-1.11.1.tgz" };

it("gives Helm a release's values without Terraform's escapes, and a word for what only an apply knows", async () => {
  const values = ['{"content": "$${NAME} %%{ if }"}\n'];
  const set = [
    { name: "url", value: "https://example.com" },
    { name: "arn", value: "${aws_lb_target_group.web.arn}" },
    { name: "ranges", value: '{${join(",", data.aws_ec2_managed_prefix_list.cloudfront.entries)}}' },
  ];
  expect(await renderProblems({ ...release, values, set }, "1.36")).toEqual([]);
  expect(readFileSync(join(folder, "calls"), "utf8").trim().split("\n")).toEqual([
    ...["template", "alloy", "/charts/alloy-1.11.1.tgz", "--kube-version", "1.36"],
    ...["--values", '{"content": "${NAME} %{ if }"}'],
    ...["--set", "url=https://example.com", "--set", "arn=known-after-apply"],
    ...["--set", "ranges={known-after-apply}"],
  ]);
});

it("gets a chart of a registry by its version", async () => {
  const chart = {
    ...release,
    chart: "alloy",
    repository: "oci://registry.example.com/charts",
    version: "1.11.1",
  };
  await renderProblems(chart, "1.36");
  expect(readFileSync(join(folder, "calls"), "utf8")).toContain(
    "alloy\noci://registry.example.com/charts/alloy\n--version\n1.11.1\n",
  );
});

it("passes on what Helm says of templates that it can't render", async () => {
  expect(await renderProblems({ ...release, name: "broken" }, "1.36")).toEqual([
    {
      path: "",
      problem: "Helm can't render it: YAML parse error on alloy/templates/rbac.yaml: line 21",
    },
  ]);
});

it("is left out where there is no Helm", () => {
  expect(hasHelm()).toBe(true);
  process.env["PATH"] = tmpdir();
  expect(hasHelm()).toBe(false);
});
