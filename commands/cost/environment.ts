import { EnvironmentError, type Environment } from "../../environments";
import { unpricedRegion } from "../../environments/prices";
import { resourcesOf } from "../../stacks/stack-json";
import { STACKS } from "../../stacks/stack-names";
import { withPrivateFolder } from "../cli/private-folder";
import { Session } from "../session/session";
import { costOf, type Cost } from "./cost";
import type { Priced } from "./uses";

/** The one thing that costs and that no stack makes. */
const APP_SECRET: Priced = {
  type: "aws_secretsmanager_secret",
  address: "",
  path: "the app secret (npx wbot secrets)",
  body: {},
};

/** What both stacks of an environment would cost. Refuses a region without prices, and pods that don't fit. */
export async function costOfEnvironment(environment: Environment): Promise<Cost> {
  const stacks = await withPrivateFolder((folder) => new Session(environment, folder).stacks());
  const resources = STACKS.flatMap((stack) => resourcesOf(stacks[stack].json));
  const cost = costOf([...resources, APP_SECRET], environment);
  if (cost === undefined) throw new EnvironmentError(`${unpricedRegion(environment.region)}.`);
  return cost;
}
