import { layersOf, type Environment } from "../../environments";
import { resolved } from "../../environments/origins";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { columns } from "../cli/terminal";

const SETTING = "redis.passwordRotation";

/**
 * Says what is left of a rotation: which number to write, and where, before each deploy of infra. Nothing is changed, since
 * the number is reviewed and committed like every other setting.
 */
export function rotateRedis(environment: Environment): ExitCode {
  const { passwordRotation: now } = environment.redis;
  const steps = stepsAhead(environment);
  const deploy = commandLine("deploy", environment, "infra");
  console.log(
    [
      `${SETTING} of ${environment.name} is ${now}${steps.length === 1 && environment.redis.kind === "elasticache" ? ": the second half of a rotation is left" : ""}. Set it in ${fileOf(environment)}, and deploy infra each time:`,
      "",
      ...columns(
        steps.map(({ number, about }) => [`redis: { passwordRotation: ${number} }`, deploy, about]),
        "  ",
      ),
      "",
      "To see what is left, run this again.",
    ].join("\n"),
  );
  return EXIT.done;
}

interface Step {
  readonly number: number;
  readonly about: string;
}

/** Two for ElastiCache, whose odd numbers are half a rotation; one where the pod is restarted with its password anyway. */
function stepsAhead({ redis }: Environment): Step[] {
  const next = redis.passwordRotation + 1;
  const publish = "pods get it within 10 minutes; the old one stays valid";
  if (redis.kind === "in-cluster") return [{ number: next, about: "Redis restarts with a new password" }];
  return next % 2 === 0
    ? [{ number: next, about: publish }]
    : [
        { number: next, about: "makes a password that nobody uses yet" },
        { number: next + 1, about: publish },
      ];
}

/** Where the number is written, or else the kind of Redis that it is about. */
function fileOf(environment: Environment): string {
  const settings = resolved(environment, layersOf(environment.name));
  const from = [SETTING, "redis.kind"]
    .map((path) => settings.find((each) => each.path === path)?.from)
    .find((each) => each?.startsWith("environments/"));
  return from ?? `environments/${environment.name}.ts`;
}
