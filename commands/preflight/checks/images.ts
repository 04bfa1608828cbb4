import { DescribeRepositoriesCommand, ECRClient, ListTagsForResourceCommand } from "@aws-sdk/client-ecr";
import { nameImages, nothingRuns } from "../../../environments/hints";
import type { Environment } from "../../../environments";
import { emulator } from "../../../environments/emulator";
import {
  EVERY_TAG,
  perService,
  SERVICE_KEYS,
  SERVICES,
  type ServiceKey,
} from "../../../environments/services";
import { ecrRepository, PLATFORM, type EcrRepository } from "../../../environments/image";
import { awsTrouble, isAwsError, isOwn, unlessMissing } from "../../cli/aws";
import { whyOf } from "../../cli/why";
import { commandLine } from "../../cli/options";
import { referenceOf, runningImage, sameImage, withImages } from "../../images/running";
import { ecrArchitecture, ecrImage, shownImage, wanted, type Wanted } from "../../images/wanted";
import { findManifest, NeedsCredentials } from "../../registry/registry";
import { nodeGroups } from "../../session/node-groups";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import { tried, type Check, type Findings, type PreflightContext } from "../check";

/**
 * Whether the images exist where the pods will pull them, built for the nodes' architecture, which also goes for what runs,
 * and whether their repositories can be created.
 */
export const images: Check = async (context) => {
  const { stacks } = context;
  const found = [
    ...(stacks.includes("app") ? await ofApp(context) : []),
    ...(stacks.includes("infra") ? await ofInfra(context) : []),
  ];
  return found.length > 0 ? found : skip("app is not part of this deploy");
};

async function ofApp(context: PreflightContext): Promise<Found[]> {
  const { session } = context;
  const { account } = await session.identity();
  const found = SERVICE_KEYS.map((key) => {
    const image = wanted(session.environment, key, account);
    return tried(() => (image === undefined ? keepsRunning(session, key) : imageFound(context, image)));
  });
  // One that may not be looked up must not hide another that isn't there.
  const old = SERVICE_KEYS.map((key) => tried(() => missingRunningImages(session, key, account)));
  return (await Promise.all([...found, ...old])).flat();
}

async function ofInfra(context: PreflightContext): Promise<Found[]> {
  const { region, registry } = context.session.environment;
  const taken = [region, ...registry.copies].map((place) => () => takenRepositories(context.session, place));
  const looks = [() => onOtherNodes(context), ...taken];
  return (await Promise.all(looks.map(tried))).flat();
}

/**
 * Repositories that a first deploy would create, but that are somebody else's, or another environment's, as in a copy of its
 * file. Beside a cluster they may have been taken over: their tags change with the next deploy.
 */
async function takenRepositories(session: Session, region: string): Promise<Findings> {
  const { client, environment, names } = session;
  if (!environment.registry.create || (await session.cluster()) !== undefined) return [];
  const ecr = client(ECRClient, region);
  const found = SERVICE_KEYS.map(async (key) => {
    const name = names.repository(SERVICES[key].name);
    const there = await unlessMissing(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [name] })));
    const resourceArn = there?.repositories?.[0]?.repositoryArn;
    if (resourceArn === undefined) return [];
    const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn }));
    return isOwn(tags, environment) ? [] : name;
  });
  const taken = (await Promise.all(found)).flat();
  if (taken.length === 0) return [];
  return fail(
    `this would create image repositories that already belong to something else in ${region}: ${taken.join(", ")}`,
    `Leave those alone, and create others: registry: { namespace: "<another>" } in environments/${environment.name}.ts`,
  );
}

/** Other names of ECR's registries, such as FIPS's, which nodes sign in to as well. */
const ECR_TOO = /^\d{12}\.dkr[.-]ecr/;

const running = (session: Session) => perService((key) => runningImage(session, key));

/** If no image is set, the running one is kept: there must be one. */
async function keepsRunning(session: Session, key: ServiceKey): Promise<Found> {
  const service = SERVICES[key].name;
  try {
    const image = await session.once(running)[key];
    return image === undefined
      ? fail(nothingRuns(service), nameImages(session.environment))
      : pass(`${service}: keeps ${image}`);
  } catch (error) {
    return warn(`${service}: keeps the running image, which could not be read (${whyOf(error)})`);
  }
}

/** Images that run, but are no longer in their repository: pods go on until one of them must be started again. */
async function missingRunningImages(session: Session, key: ServiceKey, account: string): Promise<Findings> {
  const image = await session.once(running)[key].catch(() => undefined);
  if (image === undefined) return [];
  const { repository, digest, tag = "" } = referenceOf(image);
  const ecr = ecrRepository(repository);
  if (ecr === undefined) return [];
  const stored = await unlessMissing(ecrImage(session, ecr, digest ?? tag));
  if (stored !== undefined) return [];
  const why = `${SERVICES[key].name} runs ${image}, which is no longer in its repository: it can't start on a new node, and you can't roll back to it`;
  const next = wanted(session.environment, key, account);
  return next !== undefined && !sameImage(shownImage(next), image)
    ? warn(`${why}; a deploy replaces it`)
    : fail(
        why,
        `Push it again from where it was built, or deploy another image: ${nameImages(session.environment)}`,
      );
}

/** If nodes.architecture changes: infra replaces all nodes before app, so what runs must start on the new ones. */
async function onOtherNodes(context: PreflightContext): Promise<Found[]> {
  const { session } = context;
  const { environment } = session;
  // An emulator has this machine's architecture, whatever its node groups say.
  if (emulator() !== undefined) return [];
  const groups = await session.once(nodeGroups);
  if (groups.every(({ architecture }) => architecture === environment.nodes.architecture)) return [];
  const { account } = await session.identity();
  const fix = [
    "Deploy app first, with images for both:",
    "docker buildx build --platform linux/amd64,linux/arm64 --push --tag <repository>:<another tag> <folder of the service>",
    commandLine("deploy", environment, `app --image-tag ${EVERY_TAG}`),
  ].join("\n");
  const platform = PLATFORM[environment.nodes.architecture];
  const unknown = warn(
    `infra replaces all nodes with ${platform} ones (nodes.architecture) before app is deployed: running images must also be built for ${platform}`,
    fix,
  );
  const found = SERVICE_KEYS.map(async (key) => {
    const image = await session.once(running)[key];
    if (image === undefined) return [];
    const there = wanted(withImages(environment, { [key]: image }), key, account);
    if (there?.ecr === undefined) return unknown;
    const { status, why } = await imageFound(context, there);
    if (status === "fail") return fail(`the running image can't start on the new nodes: ${why}`, fix);
    return status === "pass" ? [] : unknown;
  });
  const all = await Promise.all(found.map((each) => each.catch(() => unknown)));
  return [...new Set(all.flat())];
}

function imageFound(context: PreflightContext, image: Wanted): Promise<Found> {
  return image.ecr === undefined ? inAnotherRegistry(image) : inEcr(context, image, image.ecr);
}

async function inAnotherRegistry(image: Wanted): Promise<Found> {
  const { repository, reference } = image;
  const shown = shownImage(image);
  try {
    return (await findManifest(repository, reference)) === undefined
      ? fail(`${repository} has no image ${reference}`, "Push it, or name another: --image-tag")
      : pass(shown);
  } catch (error) {
    return error instanceof NeedsCredentials && !ECR_TOO.test(repository)
      ? fail(
          `${shown} can't be pulled without credentials, and pods have them only for ECR`,
          "Check its name: a registry gives the same answer if the image doesn't exist. Otherwise make it public, copy it into ECR, or use an ECR pull-through cache of that registry (docs/images.md)",
        )
      : warn(`${shown} could not be checked (${whyOf(error)}); the nodes must be able to pull it`);
  }
}

async function inEcr(
  { session, stacks }: PreflightContext,
  image: Wanted,
  ecr: EcrRepository,
): Promise<Found> {
  const { environment } = session;
  const shown = shownImage(image);
  let found: Awaited<ReturnType<typeof ecrImage>>;
  try {
    found = await ecrImage(session, ecr, image.reference);
  } catch (error) {
    if (!isAwsError(error, "RepositoryNotFoundException")) throw error;
    const missing = `the image repository ${ecr.name} does not exist in ${ecr.region}`;
    if (!environment.registry.create)
      return fail(
        missing,
        `Add "${ecr.region}" to registry.copies of the environment that creates it, deploy its infra, and push the images there as well`,
      );
    return stacks.includes("infra")
      ? skip(`${image.service}: infra creates its repository; checked again before app`)
      : fail(missing, `npx wbot deploy --env ${environment.name} infra`);
  }
  if (found === undefined)
    return fail(`${image.repository} has no image ${image.reference}`, pushCommands(environment, image));
  let platforms: string[];
  try {
    platforms = await ecrPlatforms(session, ecr, found.manifest);
  } catch (error) {
    // CI's plan role reads no image; its deploy role does.
    const say = awsTrouble(error)?.kind === "denied" ? skip : warn;
    return say(`${shown}: its architecture was not checked (${whyOf(error)})`);
  }
  const platform = PLATFORM[environment.nodes.architecture];
  if (platforms.includes(platform)) return pass(`${shown}, built for ${platform}`);
  return fail(
    `${shown} is built for ${platforms.join(", ")}, but the nodes are ${platform} (nodes.architecture)`,
    `${pushCommands(environment, image, "<another tag>")}\nThen deploy that tag: tags are immutable, so the same one can't be pushed again.`,
  );
}

/** Those in an image index, or else that of a single image, whose manifest doesn't name it. */
async function ecrPlatforms(session: Session, ecr: EcrRepository, manifest: string): Promise<string[]> {
  const { manifests = [] } = JSON.parse(manifest) as {
    manifests?: readonly { platform?: { architecture?: string } }[];
  };
  const listed = manifests
    .flatMap(({ platform }) => platform?.architecture ?? [])
    // That of attestations.
    .filter((architecture) => architecture !== "unknown");
  return listed.length > 0 ? listed : [await ecrArchitecture(session, ecr, manifest)];
}

/** Commands that push an image to where it is expected. */
function pushCommands(
  environment: Environment,
  { repository, reference, ecr, service }: Wanted,
  tag = reference.startsWith("sha256:") ? "<tag>" : reference,
): string {
  const host = repository.split("/")[0] ?? "";
  return [
    `aws ecr get-login-password --region ${ecr?.region ?? environment.region} | docker login --username AWS --password-stdin ${host}`,
    `docker build --platform linux/${PLATFORM[environment.nodes.architecture]} --tag ${repository}:${tag} <folder of ${service}>`,
    `docker push ${repository}:${tag}`,
  ].join("\n");
}
