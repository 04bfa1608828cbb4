import { EnvironmentError, type Environment } from "../../environments";
import { unpricedRegion } from "../../environments/prices";
import { refuseShortfalls } from "../../stacks/capacity";
import { resourcesOf, type Resource } from "../../stacks/stack-json";
import { STACKS } from "../../stacks/stack-names";
import { stacksToRead } from "../terraform/stack-folder";
import { costOf, type Cost } from "./cost";

/** The one thing that costs and that no stack makes. */
const APP_SECRET: Resource = {
  type: "aws_secretsmanager_secret",
  address: "",
  path: "the app secret (npx wbot secrets)",
  body: {},
};

/** What both stacks of an environment would cost. Refuses a region without prices, and pods that don't fit. */
export function costOfEnvironment(environment: Environment): Cost {
  refuseShortfalls(environment);
  const stacks = stacksToRead(environment);
  const resources = STACKS.flatMap((stack) => resourcesOf(stacks[stack].json));
  const cost = costOf([...resources, APP_SECRET], environment);
  if (cost === undefined) throw new EnvironmentError(`${unpricedRegion(environment.region)}.`);
  return cost;
}
