import type { Environment } from "../../environments";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { confirm, interactive } from "../cli/terminal";
import { deploy } from "../deploy/deploy";
import type { Session } from "../session/session";
import { raiseRotation, rotationFile } from "./rotation-setting";
import { described } from "../app-secret/store";

export interface RotateOptions {
  readonly yes: boolean;
  /** @default - deploys `infra` */
  readonly deployInfra?: (environment: Environment) => Promise<ExitCode>;
}

/**
 * Raises redis.passwordRotation and deploys, once to put a new password into the slot that nobody uses, and once more to
 * give it to the pods. The old one stays valid until the next rotation's first half, so nothing has to be waited for.
 */
export async function rotateRedis(session: Session, options: RotateOptions): Promise<ExitCode> {
  await session.expectedAccount("Nothing was read.");
  const { environment, names } = session;
  const { redisSecret } = names;
  if ((await described(session, redisSecret)) === undefined)
    throw new CommandError(
      `${redisSecret} is not there: there is no Redis to give a password to. Deploy first: ${commandLine("deploy", environment)}`,
    );
  const file = rotationFile(environment.name);
  const steps = stepsAhead(environment);
  console.log(
    `${steps.length === 1 && environment.redis.kind === "elasticache" ? "A rotation was begun: its second half is left. " : ""}This raises redis.passwordRotation to ${steps.at(-1) ?? 0} in ${file} and deploys infra ${steps.length === 1 ? "once" : "twice"}.`,
  );
  if (!options.yes) {
    if (!interactive())
      throw new CommandError(
        "There is no terminal to ask on, and nothing was changed. To rotate without being asked: --yes",
      );
    if (!(await confirm("Rotate the password?"))) throw new CommandError("Nothing was changed: you said no.");
  }
  const deployInfra =
    options.deployInfra ??
    ((changed) =>
      deploy(session.of(changed), {
        stacks: ["infra"],
        yes: true,
        json: false,
        preflight: false,
        verify: false,
      }));
  for (const step of steps) {
    raiseRotation(environment.name, step);
    ifInterrupted(
      `redis.passwordRotation is ${step} in ${file}. To go on from there: ${commandLine("secrets", environment, "rotate-redis")}`,
    );
    const code = await deployInfra({
      ...environment,
      redis: { ...environment.redis, passwordRotation: step },
    });
    if (code !== EXIT.done) return code;
  }
  console.log(
    `Rotated. The pods get the new password within 10 minutes, by External Secrets and Reloader; the old one stays valid. Commit ${file}.`,
  );
  return EXIT.done;
}

/** Two for ElastiCache, whose odd steps are half a rotation; one where the pod is restarted with its password anyway. */
function stepsAhead({ redis }: Environment): number[] {
  const { kind, passwordRotation: step } = redis;
  if (kind === "in-cluster") return [step + 1];
  return step % 2 === 0 ? [step + 1, step + 2] : [step + 1];
}
