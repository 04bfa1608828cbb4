import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { policiesOf } from "../constructs/ci/ci-roles";
import { ciTargetOf } from "../constructs/ci/policies/policy";
import { asTags, withImages } from "../commands/images/running";
import { shownImage, wanted } from "../commands/images/wanted";
import { skipsOf } from "../tools/policy-skips";
import { WRITTEN } from "../tools/settings-table";
import { workloadsIn } from "../commands/terraform/awaited";
import { program } from "../commands/wbot";
import { streamTimes } from "../environments/stream-times";
import { currentEnvironment, environments, loadEnvironment, type Overrides } from "../environments";
import { capacityOf } from "../stacks/capacity";
import { SERVICE_KEYS, type ServiceKey } from "../environments/services";
import { PROJECT } from "../project";
import type { StackJson } from "../stacks/stack-json";
import { synthesize } from "../stacks/synthesize";

/**
 * What a copy of the project says of its services, where "ingest" is one of them: loaded out of the copy by
 * add-a-service.test.ts.
 */

export interface Facts {
  readonly services: readonly string[];
  /** What is too small, in any shipped environment, for all pods to fit on the nodes. */
  readonly shortfalls: readonly string[];
  readonly parts: readonly string[];
  /** What preflight looks for where `--image-tag ingest=3f2c1e9` is given. */
  readonly wanted: string;
  /** Its tag that `--roll-back` deploys again: the one that ran before. */
  readonly rolledBack: string | undefined;
  /** Names for `--image-tag` what runs. */
  readonly tags: string;
  readonly help: string;
  readonly workloads: readonly string[];
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
type Services = Readonly<Record<string, { readonly command?: readonly string[] }>>;

const KEY = "ingest" as ServiceKey;
const NAME = "wbot-ingest";

/** Also writes prod's stacks into a folder; and dev's, and brings the copy's documents up to date, if `all` is wanted. */
export function built(folder: string, all: boolean): Facts {
  if (all) for (const { file, content } of WRITTEN) writeFileSync(join(PROJECT, file), content());
  for (const [name, overrides] of all ? [DEV, PROD] : [PROD])
    synthesize(loadEnvironment(name, { overrides }), folder);
  const prod = loadEnvironment("prod");
  const app = readFileSync(join(folder, "prod", "stacks", "app", "cdk.tf.json"), "utf8");
  const env = { WBOT_ENV: "prod", WBOT_IMAGE_TAG: "ingest=3f2c1e9" };
  const wantedImage = wanted(currentEnvironment(env), KEY, "111122223333");
  const running = Object.fromEntries(SERVICE_KEYS.map((key) => [key, `registry.test/${key}:v1`]));
  const rehearsed = loadEnvironment("rehearsal") as unknown as Services;
  const times: Readonly<Record<string, { termination: number }>> = streamTimes(prod).pods;
  const documents = policiesOf(ciTargetOf(loadEnvironment("prod", { overrides: CI })));
  return {
    services: SERVICE_KEYS,
    shortfalls: Object.keys(environments).flatMap((each) =>
      capacityOf(loadEnvironment(each)).shortfalls.map(({ path }) => `${each}: ${path}`),
    ),
    parts: capacityOf(prod).parts.map((part) => part.name),
    wanted: wantedImage === undefined ? "" : shownImage(wantedImage),
    rolledBack: withImages(prod, running)[KEY].image.tag,
    tags: asTags(running),
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
    skips: skipsOf(loadEnvironment("prod"))
      .filter(({ path }) => path === `app/${NAME}/deployment`)
      .map(({ check }) => check),
    termination: times["ingest"]?.termination ?? 0,
    standIn: rehearsed["ingest"]?.command?.at(-1) ?? "",
  };
}
