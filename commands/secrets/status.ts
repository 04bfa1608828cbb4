import { APP_SECRET_KEYS, keysToCheck } from "../../environments/app-secret-keys";
import type { Environment } from "../../environments";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { colour, columns } from "../cli/terminal";
import type { Session } from "../session/session";
import { currentVersion, described } from "../app-secret/store";
import { unknownKeys, wrongShapes } from "../app-secret/values";

/** One key as `status` shows it: never its value, nor anything derived from it. */
interface KeyStatus {
  readonly name: string;
  readonly usedBy: readonly string[];
  readonly needed: boolean;
  readonly state: "set" | "missing" | "wrong";
  readonly why?: string;
}

/** Prints which keys are set; fails if the product could not run with them. */
export async function status(session: Session, json: boolean): Promise<ExitCode> {
  await session.expectedAccount("Nothing was read.");
  const found = await look(session);
  console.log(json ? JSON.stringify(found, null, 2) : shown(session.environment, found).join("\n"));
  return found.complete ? EXIT.done : EXIT.failed;
}

async function look(session: Session) {
  const { appSecret, redisSecret } = session.names;
  const [about, version, redis] = await Promise.all([
    described(session, appSecret),
    currentVersion(session),
    described(session, redisSecret),
  ]);
  const values = version?.values ?? {};
  const wrong = wrongShapes(values);
  const needed = keysToCheck(session.environment).map(({ name }) => name);
  const keys = APP_SECRET_KEYS.map(({ name, usedBy }): KeyStatus => {
    const why = wrong.get(name);
    const state = (values[name] ?? "") === "" ? "missing" : why === undefined ? "set" : "wrong";
    return { name, usedBy, needed: needed.includes(name), state, ...(why === undefined ? {} : { why }) };
  });
  return {
    secret: appSecret,
    exists: version !== undefined,
    changed: about?.LastChangedDate,
    keys,
    unknown: unknownKeys(values),
    redis: { secret: redisSecret, exists: redis !== undefined },
    complete: keys.every(({ state, needed: must }) => state === "set" || (state === "missing" && !must)),
  };
}

const STATES = {
  set: colour.green("set"),
  missing: colour.red("missing"),
  unset: colour.dim("not set"),
  wrong: colour.red("wrong"),
};

function shown(
  environment: Environment,
  { secret, exists, changed, keys, unknown, redis, complete }: Awaited<ReturnType<typeof look>>,
): string[] {
  return [
    exists
      ? `${secret}, last changed ${changed?.toISOString() ?? "at an unknown time"}`
      : `${secret} does not exist yet`,
    ...columns(
      keys.map(({ name, usedBy, needed, state, why }) => [
        name,
        state === "missing" && !needed ? STATES.unset : STATES[state],
        needed ? "required" : "optional",
        usedBy.join(", "),
        why ?? "",
      ]),
      "  ",
    ),
    ...(unknown.length > 0 ? [`  unknown to the product: ${unknown.join(", ")}`] : []),
    `${redis.secret} ${redis.exists ? "exists" : "is created by infra"}`,
    ...(complete
      ? []
      : [
          `To set the missing keys: ${commandLine("secrets", environment, exists ? "edit" : "push app-secret.env")}`,
        ]),
  ];
}
