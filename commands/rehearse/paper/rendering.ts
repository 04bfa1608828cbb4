import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRegistry, type Release } from "../../charts/package";
import { withPrivateFolder } from "../../cli/private-folder";
import type { Problem } from "./problem";
import { unescaped } from "../../terraform/references";

/** Stands for what is known only after an apply. */
const LATER = "known-after-apply";

export function hasHelm(): boolean {
  return spawnSync("helm", ["version"], { stdio: "ignore", env: process.env }).status === 0;
}

/** What Helm says of a release that its chart's templates can't render: a schema knows nothing of these. */
export function renderProblems(release: Release, kubernetes: string): Promise<readonly Problem[]> {
  const { name, chart, repository, version, values = [], set = [] } = release;
  const source =
    repository === undefined
      ? [chart]
      : [
          `oci://${inRegistry(repository, chart) ?? ""}`,
          ...(version === undefined ? [] : ["--version", version]),
        ];
  return withPrivateFolder(async (folder) => {
    const files = values.map((text, index) => {
      const file = join(folder, `${index}.yaml`);
      writeFileSync(file, unescaped(text));
      return file;
    });
    const args = [
      ...["template", name, ...source, "--kube-version", kubernetes],
      ...files.flatMap((file) => ["--values", file]),
      ...set.flatMap((each) => ["--set", `${each.name}=${known(each.value)}`]),
    ];
    const trouble = await new Promise<string | undefined>((resolve) => {
      execFile("helm", args, { env: process.env, maxBuffer: 64 * 1024 * 1024 }, (error, _, stderr) => {
        resolve(error === null ? undefined : stderr || error.message);
      });
    });
    return trouble === undefined ? [] : [{ path: "", problem: `Helm can't render it: ${firstOf(trouble)}` }];
  });
}

function known(value: string): string {
  if (!value.includes("${")) return value;
  return value.startsWith("{") ? `{${LATER}}` : LATER;
}

/** Without its hint at an option that isn't ours. */
function firstOf(trouble: string): string {
  const [first = ""] = trouble.split("\n\n");
  return first.replace(/^Error: /, "").trim();
}
