import { resolve4, resolve6, resolveNs } from "node:dns/promises";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { secretValues } from "../../environments/app-secret-keys";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { callerIdentity, type Identity } from "../cli/account";
import { clientConfig, unlessMissing } from "../cli/aws";
import { describedTypes, type InstanceType } from "../cli/instance-types";
import { runningImages, type Images } from "../images/running";
import type { StackJson } from "../../stacks/stack-json";
import { withSynthesized } from "../terraform/synthesized";
import type { StackName } from "../../stacks/stack-names";

/** What is asked of the network outside AWS's API; a test puts its own here. */
export interface Outside {
  readonly resolve4: (host: string) => Promise<string[]>;
  readonly resolve6: (host: string) => Promise<string[]>;
  readonly resolveNs: (host: string) => Promise<string[]>;
  readonly fetch: typeof fetch;
}

const OUTSIDE: Outside = { resolve4, resolve6, resolveNs, fetch: (...args) => fetch(...args) };

/** What every check is told; what several of them ask for is asked once. */
export interface PreflightContext {
  readonly environment: Environment;
  /** What is to be deployed. */
  readonly stacks: readonly StackName[];
  readonly now: Date;
  readonly outside: Outside;
  readonly identity: () => Promise<Identity>;
  /** The nodes' instance types, as EC2 describes them. */
  readonly instanceTypes: () => Promise<ReadonlyMap<string, InstanceType>>;
  /** What runs in the cluster. */
  readonly running: () => Promise<Images>;
  /** Keys and values of the app secret; undefined where there is no secret. Values are never told. */
  readonly appSecret: () => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** `infra` as Terraform would read it. */
  readonly infra: () => StackJson;
}

export interface ContextOptions {
  readonly environment: Environment;
  readonly stacks: readonly StackName[];
  /** @default - now */
  readonly now?: Date;
  /** @default - the real network */
  readonly outside?: Partial<Outside>;
}

export function contextOf({ environment, stacks, now, outside }: ContextOptions): PreflightContext {
  return {
    environment,
    stacks,
    now: now ?? new Date(),
    outside: { ...OUTSIDE, ...outside },
    identity: once(() => callerIdentity(environment)),
    instanceTypes: once(() => describedTypes(environment)),
    running: once(() => runningImages(environment)),
    appSecret: once(() => appSecretOf(environment)),
    infra: once(() => withSynthesized(environment, ({ infra }) => infra)),
  };
}

function once<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined;
  return () => (answer ??= { value: ask() }).value;
}

async function appSecretOf(environment: Environment): Promise<Readonly<Record<string, unknown>> | undefined> {
  const client = new SecretsManagerClient(clientConfig(environment.region));
  const answer = await unlessMissing(
    client.send(new GetSecretValueCommand({ SecretId: namesOf(environment).appSecret })),
    "ResourceNotFoundException",
  );
  return answer && secretValues(answer.SecretString ?? "");
}
