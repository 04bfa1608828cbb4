import { currentEnvironment, environments, type Environment } from "../../environments";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { requiredCi } from "../../environments/ci";

/**
 * Prints the settings that workflows need, as lines for $GITHUB_OUTPUT: a JSON object for each environment with `ci`, and
 * the list of these. Does not call AWS.
 */
export function settings(name?: string): ExitCode {
  // With their local files, like a deploy, but without this process's image tags, which are for one environment.
  const named = (each: string) => currentEnvironment({ WBOT_ENV: each });
  const found =
    name === undefined
      ? Object.keys(environments)
          .map(named)
          .filter(({ ci }) => ci !== undefined)
      : [named(name)];
  for (const environment of found)
    console.log(`${environment.name}=${JSON.stringify(workflowOutputs(environment))}`);
  console.log(`environments=${JSON.stringify(found.map((environment) => environment.name))}`);
  return EXIT.done;
}

function workflowOutputs(environment: Environment) {
  const ci = requiredCi(environment);
  return {
    region: environment.region,
    "plan-role": ci.planRole,
    "deploy-role": ci.deployRole,
    runner: ci.runner,
    url: `https://${environment.domain.host}`,
  };
}
