import { ECRClient, paginateDescribeImages } from "@aws-sdk/client-ecr";
import { currentEnvironment, environments } from "../../environments";
import { ecrRepository } from "../../environments/ecr-repository";
import { kept, RUNNING } from "../../environments/kept-tags";
import { allOf } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { referenceOf, runningImages } from "../images/running";
import { Session } from "../session/session";
import type { ResourceChange } from "../terraform/plan-json";
import { refuseOtherAccount } from "./refusals";

interface Repository {
  readonly name: string;
  readonly region: string;
}

/** As states have it: those of the AWS provider before version 6 name no region. */
interface RepositoryState {
  readonly name: string;
  readonly region?: string;
}

/** Refuses to delete repositories whose images another environment runs: its next pod could not start. */
export async function refuseImagesInUse(session: Session, gone: readonly ResourceChange[]): Promise<void> {
  const repositories = gone.filter(({ type }) => type === "aws_ecr_repository");
  const users = await Promise.all(
    repositories.map(({ change }) => {
      const { name, region = session.environment.region } = change.before as RepositoryState;
      return usersOf(session, { name, region });
    }),
  );
  const found = users.flat();
  if (found.length === 0) return;
  const unknown = found.flatMap(({ untag }) => (untag === undefined ? [] : [`  ${untag}`]));
  throw new CommandError(
    [
      "Nothing was destroyed: repositories would be deleted whose images other environments run:",
      ...found.map(({ line }) => `  ${line}`),
      "First deploy these environments with images of repositories that stay (settings ai.image and web.image).",
      ...(unknown.length === 0
        ? []
        : ["If one no longer exists, or runs other images by now, remove its tags first:", ...unknown]),
    ].join("\n"),
  );
}

interface User {
  readonly line: string;
  /** Command that removes its tag, if it is known by that alone. */
  readonly untag?: string;
}

/** The environments that run images of a repository, by the tags that their deploys moved (commands/images/keep.ts). */
async function usersOf({ client, environment }: Session, repository: Repository): Promise<User[]> {
  const { name, region } = repository;
  const all = await allOf(
    paginateDescribeImages(
      { client: client(ECRClient, region) },
      { repositoryName: name, filter: { tagStatus: "TAGGED" } },
    ),
    ({ imageDetails }) => imageDetails,
  );
  const tags = all.flatMap(({ imageTags = [] }) => imageTags).filter((tag) => tag.startsWith(RUNNING));
  const users = tags
    .filter((tag) => tag !== kept(RUNNING, environment.name))
    .map(async (tag): Promise<User[]> => {
      const other = tag.slice(RUNNING.length);
      const where = `${name} in ${region}, tagged ${tag}`;
      const runs = await isRunning(other, repository);
      if (runs !== undefined) return runs ? [{ line: `${other} runs ${where}` }] : [];
      const untag = `aws ecr batch-delete-image --repository-name ${name} --image-ids imageTag=${tag} --region ${region}`;
      return [{ line: `${other} may run ${where}`, untag }];
    });
  return (await Promise.all(users)).flat();
}

/** Whether an environment runs an image of a repository, which it may have left since; undefined if it can't be asked. */
async function isRunning(environment: string, { name, region }: Repository): Promise<boolean | undefined> {
  if (!Object.hasOwn(environments, environment)) return undefined;
  try {
    const other = new Session(currentEnvironment({ WBOT_ENV: environment }));
    await refuseOtherAccount(other);
    const images = Object.values(await runningImages(other));
    return images
      .map((image) => ecrRepository(referenceOf(image).repository))
      .some((each) => each?.name === name && each.region === region);
  } catch {
    return undefined;
  }
}
