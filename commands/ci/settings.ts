import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { currentEnvironment, environments, EnvironmentError, type Environment } from "../../environments";
import { PROJECT } from "../../project";
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
  refuseUndelivered(found);
  for (const environment of found) console.log(`${environment.name}=${JSON.stringify(told(environment))}`);
  console.log(`environments=${JSON.stringify(found.map((environment) => environment.name))}`);
  return EXIT.done;
}

const WORKFLOW = join(PROJECT, ".github", "workflows", "settings.yml");

/** GitHub's workflows can't list environments at run time: each is a job of its own, with its approval. */
function refuseUndelivered(found: readonly Environment[]): void {
  const { jobs } = load(readFileSync(WORKFLOW, "utf8")) as {
    readonly jobs: { readonly settings: { readonly outputs: object } };
  };
  const missing = found.find(
    ({ name, ci }) => ci !== undefined && !Object.hasOwn(jobs.settings.outputs, name),
  );
  if (missing === undefined) return;
  throw new EnvironmentError(
    `The environment "${missing.name}" has the setting ci, but no workflow deploys it. Add it to settings.yml, deploy.yml and image.yml (.github/workflows) and to .github/scripts/local-settings.sh, like prod, or remove ci.`,
  );
}

function told(environment: Environment) {
  const ci = requiredCi(environment);
  return {
    region: environment.region,
    "plan-role": ci.planRole,
    "deploy-role": ci.deployRole,
    runner: ci.runner,
    url: `https://${environment.domain.host}`,
  };
}
