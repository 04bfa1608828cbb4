import { loadEnvironment } from "../environments";
import { SERVICE_KEYS } from "../environments/services";
import { EXIT } from "../commands/cli/exit-codes";
import { objectsIn, type KubernetesObject } from "../commands/terraform/typed-object";
import { stacksToRead } from "../commands/terraform/stack-folder";
import type { StackJson } from "../stacks/stack-json";
import { runGo, type GoProgram } from "./programs";
import { isShippedProd, reportVerdict, type Finding } from "./findings";
import { POD_SKIPS } from "./pod-skips";

/**
 * `npm run pods`: runs kube-score on the Kubernetes objects of prod's `app`, offline. Every check that fails must be in
 * pod-skips.ts. What charts render in `infra` is not looked at.
 */

const KUBE_SCORE: GoProgram = {
  module: "github.com/zegl/kube-score",
  version: "v1.20.0",
  folder: "cmd/kube-score",
};
/** A check that is well passed; a warning has 5, a failure 1. */
const PASSED = 10;

/** An object as kube-score reports it. */
export interface Scored {
  readonly object_meta: { readonly name: string };
  readonly type_meta: { readonly kind: string };
  readonly checks: readonly {
    readonly check: { readonly id: string; readonly name: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly summary: string }[] | null;
  }[];
}

/** The objects of a stack, with the names that its references stand for; what only an apply knows is "unknown". */
export function objectsOf(json: StackJson): KubernetesObject[] {
  const objects = objectsIn(json);
  const names = new Map(
    objects.map(({ resource, object }) => [
      `${resource.address}.metadata[0].name`,
      (object["metadata"] as { readonly name?: string }).name ?? "unknown",
    ]),
  );
  const known = (text: string) =>
    text.replaceAll(/\$\{([^{}]*)\}/g, (_, expression: string) => names.get(expression) ?? "unknown");
  return objects.map(({ object }) => JSON.parse(known(JSON.stringify(object))) as KubernetesObject);
}

/** Checks that fail, at an object such as "Deployment/wbot-ai". */
export function failedOf(scored: readonly Scored[]): Finding[] {
  return scored.flatMap(({ object_meta, type_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < PASSED)
      .map(({ check, comments }) => ({
        check: check.id,
        name: (comments ?? []).map(({ summary }) => summary).join(", ") || check.name,
        path: `${type_meta.kind}/${object_meta.name}`,
      })),
  );
}

export function pods(): number {
  // The images of a deploy are named: what prod's settings leave to its command line.
  const overrides = Object.fromEntries(SERVICE_KEYS.map((key) => [key, { image: { tag: "v1" } }]));
  const environment = loadEnvironment("prod", { overrides });
  const { app } = stacksToRead(environment);
  const input = objectsOf(app.json)
    .map((object) => JSON.stringify(object))
    .join("\n---\n");
  const options = ["--kubernetes-version", `v${environment.cluster.version}`, "--output-format", "json"];
  const { stdout, stderr } = runGo("pods", KUBE_SCORE, ["score", ...options, "-"], input);
  if (!stdout.startsWith("[")) {
    console.error(`pods: kube-score printed no report:\n${stderr}`);
    return EXIT.failed;
  }
  const scored = JSON.parse(stdout) as Scored[];
  const checks = scored.flatMap((each) => each.checks);
  const passed = checks.filter(({ grade, skipped }) => !skipped && grade >= PASSED);
  const results = { passed: passed.length, findings: failedOf(scored) };
  const isClean = reportVerdict(`${scored.length} objects of app`, results, POD_SKIPS, {
    file: "tools/pod-skips.ts",
    staleFails: isShippedProd(),
  });
  return isClean ? EXIT.done : EXIT.failed;
}
