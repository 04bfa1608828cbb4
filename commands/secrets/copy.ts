import { currentEnvironment, twinOf, twins, type Environment } from "../../environments";
import { currentVersion } from "../app-secret/store";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { Session } from "../session/session";
import { offer } from "./offer";

/** Copies the app secret of the environment that `to` is a twin of. */
export async function copyToTwin(to: Session, yes = false): Promise<ExitCode> {
  const { name } = to.environment;
  const twin = twinOf(name);
  if (twin === undefined)
    throw new CommandError(
      `${name} is not a twin, so there is no secret to copy to it. Twins are ${Object.keys(twins).join(", ")} (environments/list.ts).`,
      EXIT.usage,
    );
  return copy(new Session(currentEnvironment({ WBOT_ENV: twin.of })), to, yes);
}

/** Shows which keys change, asks for confirmation, and writes them: in memory, and never as text. */
export async function copy(from: Session, to: Session, yes: boolean): Promise<ExitCode> {
  for (const session of [from, to]) await session.requireAccount("Nothing was read.");
  const source = await currentVersion(from);
  if (source === undefined)
    throw new CommandError(
      `There is nothing to copy: ${from.names.appSecret} does not exist in ${from.environment.region}. To create it: ${commandLine("secrets", from.environment, "push app-secret.env")}`,
    );
  await offer(to, await currentVersion(to), source.values, yes);
  return EXIT.done;
}

/** Prints how to renew the copies in twins, whether or not something changed: an earlier change may not have reached them. */
export function remindToUpdateTwins({ name }: Environment): void {
  for (const [twin, { of }] of Object.entries(twins))
    if (of === name) console.log(`If ${twin} has a copy, renew it: npx wbot secrets copy --env ${twin}`);
}
