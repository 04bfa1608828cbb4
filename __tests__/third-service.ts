import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { policiesOf } from "../constructs/ci/ci-roles";
import { ciTargetOf } from "../constructs/ci/policies/policy";
import { asTags } from "../commands/images/running";
import { SKIPS } from "../tools/policy-skips";
import { WRITTEN } from "../tools/settings-table";
import { workloadsIn } from "../commands/terraform/awaited";
import { program } from "../commands/wbot";
import { streamTimes } from "../environments/stream-times";
import { currentEnvironment, environments, loadEnvironment, type Overrides } from "../environments";
import { capacityOf } from "../stacks/capacity";
import { SERVICE_KEYS } from "../environments/services";
import { PROJECT } from "../project";
import type { StackJson } from "../stacks/stack-json";
import { synthesize } from "../stacks/synthesize";

/**
 * What a copy of the project says of its services, where "ingest" is one of them: loaded out of the copy by
 * add-a-service.test.ts.
 */

export interface Facts {
  readonly services: readonly string[];
  /** Whether every shipped environment holds all pods: if not, loading it is an error. */
  readonly environments: readonly string[];
  readonly parts: readonly string[];
  /** The image of "ingest" where `--image-tag ingest=3f2c1e9` is given. */
  readonly image: { readonly tag?: string | undefined };
  /** Names for `--image-tag` what runs. */
  readonly tags: string;
  readonly help: string;
  readonly workloads: readonly string[];
  /** Whether `--roll-back` goes back where its rollout fails. */
  /** ARNs that CI's roles have rights on, by their policy. */
  readonly rights: Readonly<Record<string, readonly string[]>>;
  /** Checks that its Deployment fails on purpose. */
  readonly skips: readonly string[];
  readonly termination: number;
  /** Program that stands in for it in a rehearsal. */
  readonly standIn: string;
}

const PROD: readonly [string, Overrides] = ["prod", {}];
const DEV: readonly [string, Overrides] = ["dev", { redis: { kind: "in-cluster" } }];
const CI: Overrides = {
  account: "111122223333",
  state: { kind: "s3", bucket: "wbot-state" },
  ci: { repository: "example/wbot-on-aws", runner: "wbot-prod" },
};

/** The copy's types have it, this project's don't. */
type Services = Readonly<
  Record<string, { readonly image: Facts["image"]; readonly command?: readonly string[] }>
>;

const NAME = "wbot-ingest";

/** Also writes prod's stacks into a folder; and dev's, and brings the copy's documents up to date, if `all` is wanted. */
export function built(folder: string, all: boolean): Facts {
  if (all) for (const { file, content } of WRITTEN) writeFileSync(join(PROJECT, file), content());
  for (const [name, overrides] of all ? [DEV, PROD] : [PROD])
    synthesize(loadEnvironment(name, { overrides }), folder);
  const prod = loadEnvironment("prod");
  const app = readFileSync(join(folder, "prod", "stacks", "app", "cdk.tf.json"), "utf8");
  const env = { WBOT_ENV: "prod", WBOT_IMAGE_TAG: "ingest=3f2c1e9" };
  const tagged = currentEnvironment(env) as unknown as Services;
  const rehearsed = loadEnvironment("rehearsal") as unknown as Services;
  const times: Readonly<Record<string, { termination: number }>> = streamTimes(prod).pods;
  const documents = policiesOf(ciTargetOf(loadEnvironment("prod", { overrides: CI })));
  return {
    services: SERVICE_KEYS,
    environments: Object.keys(environments).map((each) => loadEnvironment(each).name),
    parts: capacityOf(prod).parts.map((part) => part.name),
    image: tagged["ingest"]?.image ?? {},
    tags: asTags(Object.fromEntries(SERVICE_KEYS.map((key) => [key, `registry.test/${key}:v1`]))),
    help:
      program()
        .commands.find((each) => each.name() === "deploy")
        ?.helpInformation() ?? "",
    workloads: workloadsIn(JSON.parse(app) as StackJson).map((each) => `${each.type} ${each.name}`),
    rights: Object.fromEntries(
      documents.map(({ arn, document }) => [
        arn.split("/")[1] ?? "",
        document.Statement.flatMap(({ Resource = [] }) => Resource),
      ]),
    ),
    skips: SKIPS.filter(({ path }) => path === `app/${NAME}/deployment`).map(({ check }) => check),
    termination: times["ingest"]?.termination ?? 0,
    standIn: rehearsed["ingest"]?.command?.at(-1) ?? "",
  };
}
