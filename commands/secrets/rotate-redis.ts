import { layersOf, type Environment } from "../../environments";
import { resolved } from "../../environments/origins";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { columns } from "../cli/terminal";

const SETTING = "redis.passwordRotation";

/**
 * Shows the remaining steps of a rotation: which number to set, and where, before each deploy of infra. Changes nothing:
 * the number is reviewed and committed like every other setting.
 */
export function rotateRedis(environment: Environment): ExitCode {
  const { passwordRotation: now } = environment.redis;
  const steps = stepsAhead(environment);
  const deploy = commandLine("deploy", environment, "infra");
  console.log(
    [
      `${SETTING} of ${environment.name} is ${now}${steps.length === 1 && environment.redis.kind === "elasticache" ? ": a rotation is half done" : ""}. Set it in ${fileOf(environment)}, and deploy infra each time:`,
      "",
      ...columns(
        steps.map(({ number, about }) => [`redis: { passwordRotation: ${number} }`, deploy, about]),
        "  ",
      ),
      "",
      "Run this again to see the remaining steps.",
    ].join("\n"),
  );
  return EXIT.done;
}

interface Step {
  readonly number: number;
  readonly about: string;
}

/** Two for ElastiCache, where an odd number is half a rotation; one for in-cluster Redis, which restarts anyway. */
function stepsAhead({ redis }: Environment): Step[] {
  const next = redis.passwordRotation + 1;
  const publish = "pods get it within 10 minutes; the old one stays valid";
  if (redis.kind === "in-cluster") return [{ number: next, about: "Redis restarts with a new password" }];
  return next % 2 === 0
    ? [{ number: next, about: publish }]
    : [
        { number: next, about: "creates a password that is not used yet" },
        { number: next + 1, about: publish },
      ];
}

/** The file that sets the number, or else the kind of Redis. */
function fileOf(environment: Environment): string {
  const settings = resolved(environment, layersOf(environment.name));
  const from = [SETTING, "redis.kind"]
    .map((path) => settings.find((each) => each.path === path)?.from)
    .find((each) => each?.startsWith("environments/"));
  return from ?? `environments/${environment.name}.ts`;
}
