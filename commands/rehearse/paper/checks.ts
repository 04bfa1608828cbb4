import { setImmediate } from "node:timers/promises";
import { currentEnvironment, EnvironmentError, type Environment } from "../../../environments";
import { contradictionLine } from "../../../environments/setting-errors";
import { unknownTypes } from "../../../environments/instance-types";
import { TERRAFORM_VERSION } from "../../../environments/terraform-version";
import { ciRights, nameIn } from "../../../stacks/bootstrap";
import { capacityOf, type Capacity } from "../../../stacks/capacity";
import { releasesOf } from "../../charts/package";
import { many } from "../../cli/finding";
import { whyOf } from "../../cli/why";
import { BOOTSTRAP, STACKS, type StackName } from "../../../stacks/stack-names";
import { stackFolders, type StackFolders } from "../../terraform/stack-folder";
import { validate as validateStacks } from "../../terraform/validate";
import { valueProblems } from "./chart-values";
import { orderOf, type Order } from "./order";
import { podSecurityProblems } from "./pod-security";
import { checkedPolicies, jsonProblems } from "./policies";
import type { Problem, Violation } from "./problem";
import { SCHEMAS_OF, schemaProblems } from "./schemas";
import { objectsIn } from "../../terraform/typed-object";

export interface Synthesized {
  readonly environment: Environment;
  readonly stacks: StackFolders;
  readonly orders: Readonly<Record<StackName, Order>>;
  /** Undefined on nodes whose size only AWS knows. */
  readonly capacity: Capacity | undefined;
}

export interface Result {
  /** What was checked, such as "57 objects", or why nothing was. */
  readonly why: string;
  /** @default - none */
  readonly violations?: readonly Violation[];
  /** What could not be checked. @default - nothing */
  readonly missing?: readonly string[];
  /** What the check would need. @default - it was run */
  readonly fix?: string;
}

interface Surroundings {
  /** The environments. */
  readonly names: readonly string[];
  /** The folder that contains all stacks, and nothing else. */
  readonly root: string;
  /** Reports the progress of a long check. */
  readonly say: (line: string) => void;
}

export interface Check {
  /** Names its row in the table at the end. */
  readonly name: string;
  readonly title: string;
  readonly look: (all: Synthesized[], surroundings: Surroundings) => Result | Promise<Result>;
}

/** Longest wait for providers, of which one is a 200 MB download: all else is done long before. */
const PROVIDERS_MS = 30_000;

/** The first synthesizes what the others check. */
export const CHECKS: readonly Check[] = [
  { name: "stacks", title: "Synthesize the stacks", look: stacks },
  // A cycle is found as the stacks are synthesized, which then fails.
  {
    name: "order",
    title: "Work out the order of creation",
    look: () => ({ why: "no stack above has a cycle" }),
  },
  { name: "capacity", title: "Fit the pods onto the nodes", look: capacity },
  { name: "schemas", title: "Check Kubernetes objects against their schemas", look: schemas },
  { name: "pod-security", title: "Check pods against restricted pod security", look: podSecurity },
  { name: "iam", title: "Parse the IAM policies", look: iam },
  { name: "chart-values", title: "Check chart values against their schemas", look: chartValues },
  { name: "validate", title: "Run terraform validate", look: validate },
];

/** Synthesizes environments, with `environments/<name>.local.json` and the process's environment variables applied. */
async function stacks(all: Synthesized[], { names, root, say }: Surroundings): Promise<Result> {
  const violations: Violation[] = [];
  for (const name of names) {
    say(name);
    // Synthesis blocks: what was said is shown, and Ctrl-C heard, before it.
    await setImmediate();
    try {
      const environment = currentEnvironment({ ...process.env, WBOT_ENV: name });
      const folders = stackFolders(environment, {}, root);
      const { infra, app } = folders;
      all.push({
        environment,
        stacks: folders,
        orders: { infra: orderOf("infra", infra.json), app: orderOf("app", app.json) },
        capacity: unknownTypes(environment).length === 0 ? capacityOf(environment) : undefined,
      });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      violations.push({ environment: name, path: "", problem: error.message });
    }
  }
  return { why: `infra and app of ${names.join(", ")}`, violations };
}

/** Where a problem was found. */
type Place = Omit<Violation, keyof Problem>;

function at(place: Place, problems: readonly Problem[]): Violation[] {
  return problems.map((problem) => ({ ...place, ...problem }));
}

function eachStack(all: readonly Pick<Synthesized, "environment" | "stacks">[]) {
  return all.flatMap(({ environment, stacks }) =>
    STACKS.map((stack) => ({ ...stacks[stack], place: { environment: environment.name, stack } })),
  );
}

export function capacity(all: readonly Pick<Synthesized, "environment" | "capacity">[]): Result {
  const scenarios = all.flatMap((each) => each.capacity?.outcomes ?? []);
  const missing = all
    .filter((each) => each.capacity === undefined)
    .map(({ environment }) => `${environment.name} on ${unknownTypes(environment).join(", ")}`);
  if (missing.length === all.length)
    return {
      why: `only EC2 knows the nodes' size: ${missing.join(", ")}`,
      fix: "npx wbot preflight --env <name> --only instances, which asks EC2",
    };
  const violations = all.flatMap(({ environment, capacity: found }) =>
    (found?.shortfalls ?? []).map((shortfall) => ({
      environment: environment.name,
      path: "",
      problem: contradictionLine(environment, shortfall),
    })),
  );
  return {
    why: `${scenarios.length} scenarios: at the minimum and maximum, in a rollout, after losing a node`,
    violations,
    missing,
  };
}

function objectsOf(all: readonly Synthesized[]) {
  return eachStack(all).flatMap(({ json, place }) =>
    objectsIn(json).map(({ resource, object }) => ({
      place: { ...place, construct: resource.path },
      object,
    })),
  );
}

async function schemas(all: readonly Synthesized[]): Promise<Result> {
  const objects = objectsOf(all);
  const violations: Violation[] = [];
  for (const { place, object } of objects) violations.push(...at(place, await schemaProblems(object)));
  const kinds = new Set(objects.map(({ object }) => object.kind));
  return {
    why: `${objects.length} objects of ${kinds.size} kinds, against ${SCHEMAS_OF} and the CRDs`,
    violations,
  };
}

function podSecurity(all: readonly Synthesized[]): Result {
  const pods = objectsOf(all).flatMap(({ place, object }) => {
    const problems = podSecurityProblems(object);
    return problems === undefined ? [] : [at(place, problems)];
  });
  return {
    why: `${pods.length} pod templates; pods that charts render are not checked`,
    violations: pods.flat(),
  };
}

export function iam(all: readonly Pick<Synthesized, "environment" | "stacks">[]): Result {
  const ofStacks = eachStack(all).flatMap(({ json, place }) =>
    checkedPolicies(json).map(({ path, problems }) => at({ ...place, construct: path }, problems)),
  );
  // Which bootstrap deploys.
  const ofCi = all.flatMap(({ environment }) => {
    if (environment.ci === undefined) return [];
    const { roles, policies } = ciRights(environment);
    return [...policies, ...roles.map(({ arn, trust }) => ({ arn, document: trust }))].map(
      ({ arn, document }) =>
        at(
          { environment: environment.name, stack: BOOTSTRAP, construct: nameIn(arn) },
          jsonProblems(document),
        ),
    );
  });
  const policies = [...ofStacks, ...ofCi];
  return { why: `${policies.length} policies`, violations: policies.flat() };
}

async function chartValues(all: readonly Synthesized[], { say }: Surroundings): Promise<Result> {
  if (all.every(({ environment }) => environment.chartMirror === undefined))
    return {
      why: "CHART_MIRROR is not set",
      fix: "export CHART_MIRROR=<a folder of charts from helm pull, or an oci:// registry>",
    };
  const withoutSchema = new Set<string>();
  const missing = new Set<string>();
  const checked: Violation[][] = [];
  for (const { json, place } of eachStack(all))
    for (const release of releasesOf(json)) {
      say(`${release.path} of ${place.environment}`);
      try {
        const problems = await valueProblems(release);
        if (problems === undefined) withoutSchema.add(release.path);
        else checked.push(at({ ...place, construct: release.path }, problems));
      } catch (error) {
        missing.add(`${release.path} (${whyOf(error)})`);
      }
    }
  const note =
    withoutSchema.size === 0 ? "" : `; no schema in the charts of ${[...withoutSchema].join(", ")}`;
  return { why: `${checked.length} releases${note}`, violations: checked.flat(), missing: [...missing] };
}

async function validate(all: readonly Synthesized[], { root, say }: Surroundings): Promise<Result> {
  const stacks = eachStack(all);
  const { invalid, missing } = await validateStacks(root, stacks, { initMs: PROVIDERS_MS, say });
  if (missing !== undefined)
    return {
      why: missing,
      fix: `install Terraform ${TERRAFORM_VERSION} or newer, with access to registry.terraform.io or to a mirror of it (TF_CLI_CONFIG_FILE)`,
    };
  return {
    why: many(stacks.length, "stack"),
    violations: invalid.flatMap(({ stack: { place, nameOf }, address, problem }) =>
      at({ ...place, ...(address && { construct: nameOf(address) }) }, [{ path: "", problem }]),
    ),
  };
}
