import { ECRClient, paginateDescribeImages } from "@aws-sdk/client-ecr";
import { movingTag, RUNNING } from "../../environments/image";
import { allOf } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import type { Session } from "../session/session";
import type { ResourceChange } from "../terraform/plan-json";

interface Repository {
  readonly name: string;
  readonly region: string;
}

/**
 * Refuses to delete or replace repositories whose images another environment runs: its next pod could not start.
 *
 * @param changes What is planned; AWS is queried only if a repository is deleted.
 * @param refused What was not done, as the message begins.
 */
export async function refuseImagesInUse(
  session: Session,
  changes: readonly ResourceChange[],
  refused: string,
): Promise<void> {
  const repositories = changes.filter(
    ({ type, change }) => type === "aws_ecr_repository" && change.actions.includes("delete"),
  );
  const users = await Promise.all(
    repositories.map(({ change }) => usersOf(session, change.before as Repository)),
  );
  const found = users.flat();
  if (found.length === 0) return;
  throw new CommandError(
    [
      `${refused}: this would delete repositories whose images other environments may run:`,
      ...found,
      `First deploy those environments with images from repositories that stay (settings ai.image and web.image), or remove these repositories from ${session.environment.name}'s state, which keeps them: docs/recovery.md, "Retiring prod", step 2.`,
      "If one no longer exists, or now runs other images, remove each of its tags first:",
      "  aws ecr batch-delete-image --repository-name <repository> --image-ids imageTag=<tag> --region <region>",
    ].join("\n"),
  );
}

/** The environments that run images of a repository, by the tags that their deploys moved (keep.ts). */
async function usersOf({ client, environment }: Session, { name, region }: Repository): Promise<string[]> {
  const all = await allOf(
    paginateDescribeImages(
      { client: client(ECRClient, region) },
      { repositoryName: name, filter: { tagStatus: "TAGGED" } },
    ),
    ({ imageDetails }) => imageDetails,
  );
  const tags = all.flatMap(({ imageTags = [] }) => imageTags).filter((tag) => tag.startsWith(RUNNING));
  return tags
    .filter((tag) => tag !== movingTag(RUNNING, environment.name))
    .map((tag) => `  ${tag.slice(RUNNING.length)} may run ${name} in ${region}, tagged ${tag}`);
}
