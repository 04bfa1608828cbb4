import { IAMClient } from "@aws-sdk/client-iam";
import type { Environment } from "../../environments";
import { PART_OF } from "../../environments/names";
import { clientConfig } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { Session } from "../session/session";
import { confirm, interactive } from "../cli/terminal";
import { byHand } from "./by-hand";
import {
  lookAtPolicy,
  lookAtProvider,
  lookAtRole,
  type Inspected,
  type WantedPolicy,
  type WantedRole,
} from "./iam";
import { ciBoundary, stackBoundary } from "./policies/boundaries";
import { networkPolicy, platformPolicy, rolesPolicy, servicesPolicy } from "./policies/deploy";
import { scopeOf, type Scope } from "./policies/policy";
import { dataPolicy, readPolicy } from "./policies/read";
import { AUDIENCE, deployTrust, planTrust, providerArn } from "./policies/trust";

export interface InitOptions {
  /** Asks nothing. */
  readonly yes: boolean;
}

/** Hours of a job: a plan takes minutes, a deploy that replaces nodes waits for their streams. */
const PLAN_HOURS = 1;
const DEPLOY_HOURS = 2;

/** Finds or makes GitHub's identity provider and the two roles; what is already so is left alone. */
export async function initCi(environment: Environment, { yes }: InitOptions): Promise<ExitCode> {
  const scope = scopeOf(environment);
  await new Session(environment).expectedAccount("Nothing was made.");
  const all = await lookAtAll(new IAMClient(clientConfig(environment.region)), scope);
  console.log(all.flatMap(lines).join("\n"));
  const changes = all.flatMap((each) => each.changes);
  if (changes.length === 0) console.log("\nEverything is as it should be: nothing was changed.");
  else {
    if (!yes) await agree();
    ifInterrupted(`To make the rest: ${commandLine("ci", environment, "init")}`);
    // One after the other: roles refer to policies, and a role's policies to the role.
    for (const { make } of changes) await make();
    console.log("\nDone.");
  }
  console.log(`\n${byHand(environment, scope.ci)}`);
  return EXIT.done;
}

async function agree(): Promise<void> {
  if (!interactive())
    throw new CommandError(
      "There is no terminal to ask on, and nothing was made. To make it without being asked: --yes",
    );
  if (!(await confirm("Make this so?"))) throw new CommandError("Nothing was made: you said no.");
}

async function lookAtAll(client: IAMClient, scope: Scope): Promise<Inspected[]> {
  const { environment } = scope;
  const wanted = { Project: PART_OF, Environment: environment.name, ManagedBy: "wbot" };
  const tagsOf = (all: Readonly<Record<string, string>>) =>
    Object.entries({ ...all, ...environment.tags }).map(([Key, Value]) => ({ Key, Value }));
  const tags = tagsOf(wanted);
  // The whole account's, not this environment's.
  const provider = { arn: providerArn(scope), audience: AUDIENCE, tags: tagsOf({ ManagedBy: "wbot" }) };
  const all = [await lookAtProvider(client, provider)];
  for (const policy of policiesOf(scope)) all.push(await lookAtPolicy(client, policy, tags));
  for (const role of rolesOf(scope)) all.push(await lookAtRole(client, role, tags));
  return all;
}

const NAMES = ["read", "data", "network", "platform", "services", "roles"] as const;

function arnOf(scope: Scope, name: (typeof NAMES)[number]): string {
  return scope.iam(`policy/${scope.names.prefix}-ci-${name}`);
}

/** Every policy of an environment. */
export function policiesOf(scope: Scope): WantedPolicy[] {
  const documents = {
    read: ["What a plan reads of resources", readPolicy(scope)],
    data: ["The state and the Redis secret, and never the app secret", dataPolicy(scope)],
    network: ["What a deploy changes of the network", networkPolicy(scope)],
    platform: ["What a deploy changes of cluster, cache and load balancer", platformPolicy(scope)],
    services: ["What a deploy changes of logs, alarms, key and state", servicesPolicy(scope)],
    roles: ["Roles that a deploy makes, within their boundary", rolesPolicy(scope)],
  } as const;
  return [
    ...NAMES.map((name) => {
      const [about, document] = documents[name];
      return { arn: arnOf(scope, name), about, document };
    }),
    {
      arn: scope.ci.ciBoundary,
      about: "The most that the CI roles may ever do",
      document: ciBoundary(scope),
    },
    {
      arn: scope.ci.stackBoundary,
      about: "The most that a role which the stacks make may ever do",
      document: stackBoundary(scope),
    },
  ];
}

/** Both roles of an environment. */
export function rolesOf(scope: Scope): WantedRole[] {
  const { ci, environment } = scope;
  return [
    {
      arn: ci.planRole,
      about: `Plans ${environment.name} in GitHub Actions: reads, and changes nothing`,
      trust: planTrust(scope),
      policies: [arnOf(scope, "read"), arnOf(scope, "data")],
      boundary: ci.ciBoundary,
      hours: PLAN_HOURS,
    },
    {
      arn: ci.deployRole,
      about: `Deploys ${environment.name} in GitHub Actions, once its reviewers agree`,
      trust: deployTrust(scope),
      policies: NAMES.map((name) => arnOf(scope, name)),
      boundary: ci.ciBoundary,
      hours: DEPLOY_HOURS,
    },
  ];
}

function lines({ name, changes, besides = [] }: Inspected): string[] {
  return [
    ...(changes.length === 0
      ? [`  already  ${name}`]
      : changes.map(({ what }) => `  to do    ${name}: ${what}`)),
    ...besides.map((each) => `  besides  ${name} has ${each} as well, which is not ours and stays`),
  ];
}
