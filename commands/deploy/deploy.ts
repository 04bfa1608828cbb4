import type { Environment, Service } from "../../environments";
import { missingCluster } from "../../constructs/aws/deployed-cluster";
import { awsTrouble, told } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { failed, shown, tally, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { clusterOf } from "../cli/kubernetes";
import { commandLine } from "../cli/options";
import { progress } from "../cli/progress";
import { columns, duration } from "../cli/terminal";
import { refuseUnmovedState, refuseVersionStep } from "../guard";
import { pin } from "../images/pin";
import { runningImages, tagged, type Images } from "../images/running";
import { preflight } from "../preflight/preflight";
import type { StackName } from "../stack-names";
import { outcome } from "../terraform/shown-plan";
import { writeStacks } from "../terraform/stack-folder";
import { loadBalancer } from "../verification/load-balancer";
import { unseen } from "../verification/unseen";
import { looks, type Look } from "../verification/verification";
import { reviewedDiff } from "./reviewed";
import { imagesBefore, rollBack, unverified } from "./roll-back";
import { deployStack, type StackOutcome } from "./stack";

export interface DeployOptions {
  /** In the order of deployment. */
  readonly stacks: readonly StackName[];
  /** Asks nothing. */
  readonly yes: boolean;
  /** Prints one JSON object and nothing else; asks nothing either, so it needs `yes`. */
  readonly json: boolean;
  readonly preflight: boolean;
  readonly verify: boolean;
  /** The diff.json that somebody has reviewed: nothing else is done. @default - whatever is planned */
  readonly reviewed?: string;
  /** Services whose images were named for this deploy: their digests are looked up and pinned. @default - none */
  readonly pin?: readonly Service[];
  /** Deploys the images that ran before where `app` fails. @default false */
  readonly rollBack?: boolean;
}

/** Time that one part took, for the report at the end. */
interface Part {
  readonly name: string;
  readonly what: string;
  readonly milliseconds: number;
}

/** Preflight, each stack in its order, verification, and a report. */
export async function deploy(given: Environment, options: DeployOptions): Promise<ExitCode> {
  const { stacks, json } = options;
  const named = options.pin ?? [];
  let environment = given;
  if (json && !options.yes) throw new CommandError("--json can't ask: add --yes.", EXIT.usage);
  if (options.rollBack === true && !stacks.includes("app"))
    throw new CommandError("--roll-back is for app: deploy it too, or leave --roll-back out.", EXIT.usage);
  refuseUnmovedState(environment);
  refuseVersionStep(environment);
  const reviewed =
    options.reviewed === undefined ? undefined : reviewedDiff(options.reviewed, environment, stacks);
  const parts: Part[] = [];
  const timed = async <T>(name: string, work: () => Promise<T>, what: (result: T) => string): Promise<T> => {
    const start = performance.now();
    const result = await work();
    parts.push({ name, what: what(result), milliseconds: performance.now() - start });
    return result;
  };
  const again = namedAgain(environment, named);
  ifInterrupted(`Nothing was changed. To start again: ${commandLine("deploy", environment, again)}`);
  // Before the checks, so that they look at what will run.
  let pinned = await pin(environment, named);
  environment = pinned.environment;

  if (options.preflight) {
    const findings = await timed("preflight", () => preflight(environment, { stacks, silent: json }), tally);
    if (!json) for (const line of findings.filter(isTold).map(shown)) console.log(line);
    if (failed(findings))
      throw new CommandError(
        `Nothing was deployed to ${environment.name}: mend what failed above, or skip these checks with --no-preflight.`,
      );
  }
  if (!stacks.includes("infra") && (await clusterOf(environment)) === undefined)
    throw new CommandError(missingCluster(environment));

  let folders = writeStacks(environment);
  let before: Images = {};
  let begun = false;
  const undo = (failure: string) =>
    rollBack(environment, before, failure, {
      silent: json,
      verify: options.verify ? () => verify(environment, json) : undefined,
    });
  const outcomes: StackOutcome[] = [];
  for (const stack of stacks) {
    if (stack === "app") {
      if (stacks.includes("infra")) {
        // A first deploy has only now made the repositories.
        pinned = await pin(environment, named);
        environment = pinned.environment;
        await checkImages(environment, options, again);
        folders = writeStacks(environment);
      }
      if (!json) for (const line of pinned.warnings.map(shown)) console.log(line);
      if (options.rollBack === true) before = await imagesBefore(environment);
    }
    const done = await timed(
      stack,
      () =>
        deployStack(environment, folders[stack], {
          yes: options.yes,
          silent: json,
          reviewed,
          again,
          begun: () => (begun = stack === "app"),
        }),
      ({ changes }) => outcome(changes),
    ).catch((error: unknown) => {
      const stopped = error instanceof CommandError && error.exitCode === EXIT.interrupted;
      if (options.rollBack !== true || !begun || stopped) throw error;
      return undo((told(error) as Error).message);
    });
    outcomes.push(done);
  }

  ifInterrupted(
    `Everything is deployed, but not all of it verified. To verify it: ${commandLine("deploy", environment, "app")}`,
  );
  const findings =
    options.verify && stacks.includes("app")
      ? await timed("verification", () => verify(environment, json), tally)
      : [];
  if (options.rollBack === true && failed(findings)) await undo(unverified(findings));
  const urls = await urlsOf(environment);
  if (json) {
    console.log(
      JSON.stringify(
        {
          environment: environment.name,
          stacks: outcomes,
          ...(stacks.includes("app") ? { images: await imagesOf(environment) } : {}),
          verification: findings,
          urls,
        },
        null,
        2,
      ),
    );
  } else report(environment, parts, urls);
  return failed(findings) ? EXIT.unverified : EXIT.done;
}

/** Those that passed are counted by the tally. */
function isTold({ status }: Finding): boolean {
  return status === "warn" || status === "fail";
}

/** On a first deploy the repositories are new: an empty one would only let the rollout time out. */
async function checkImages(
  environment: Environment,
  { json, preflight: wanted }: DeployOptions,
  again: string,
): Promise<void> {
  if (!wanted) return;
  const findings = await preflight(environment, { stacks: ["app"], only: ["images"], silent: true });
  if (!json) for (const line of findings.filter(isTold).map(shown)) console.log(line);
  if (!failed(findings)) return;
  throw new CommandError(
    `infra is deployed, and app waits for its images. Push them as shown above, then go on: ${commandLine("deploy", environment, `app ${again}`.trim())}`,
  );
}

/** The option that names the same images again. */
function namedAgain(environment: Environment, named: readonly Service[]): string {
  if (named.length === 0) return "";
  return `--image-tag ${named.map((key) => tagged(key, environment[key].image)).join(",")}`;
}

/** What runs now; whoever may not look has deployed all the same. */
async function imagesOf(environment: Environment): Promise<Images> {
  return runningImages(environment).catch((): Images => ({}));
}

async function verify(environment: Environment, silent: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  // Everything is deployed: what can't be looked at now makes it unverified, and no failed deploy.
  const all = await looksOf(environment).catch((error: unknown): Look[] => [
    { title: "the product", look: () => Promise.resolve(unseen("the product", error)) },
  ]);
  const steps = all.map(({ title, look }) => ({
    title: `Verifying ${title}`,
    work: async () => {
      const finding = await look();
      findings.push(finding);
      return shown(finding);
    },
  }));
  // Side by side: what is not ready yet is waited for only once.
  await progress({}, steps, { together: true, silent });
  return findings;
}

async function looksOf(environment: Environment): Promise<Look[]> {
  const config = await clusterOf(environment);
  if (config === undefined) throw new CommandError(missingCluster(environment));
  return looks(environment, config);
}

async function urlsOf(environment: Environment): Promise<Record<string, string>> {
  const address = await loadBalancer(environment).catch((error: unknown) => {
    if (awsTrouble(error) === undefined) throw error;
    // Whoever may not look for it has deployed all the same.
    return undefined;
  });
  return {
    product: `https://${environment.domain.host}`,
    ...(address === undefined ? {} : { loadBalancer: address }),
  };
}

function report(
  environment: Environment,
  parts: readonly Part[],
  urls: Readonly<Record<string, string>>,
): void {
  const total = parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(
    [
      "",
      ...columns([
        ...parts.map(({ name, what, milliseconds }) => [name, duration(milliseconds), what]),
        ["total", duration(total), ""],
      ]),
      "",
      ...columns(
        Object.entries({
          "The product": urls["product"] ?? "",
          ...(urls["loadBalancer"] === undefined ? {} : { "Load balancer": urls["loadBalancer"] }),
          kubectl: `aws eks update-kubeconfig --region ${environment.region} --name wbot-${environment.name}`,
        }),
      ),
    ].join("\n"),
  );
}
