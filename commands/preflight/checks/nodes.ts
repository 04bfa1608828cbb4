import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeNodegroupCommand, EKSClient, paginateListNodegroups } from "@aws-sdk/client-eks";
import { isOlder } from "../../../environments/add-ons";
import { emulator } from "../../../environments/emulator";
import { allOf } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Architectures, as Bottlerocket's images have them in their names. */
const IN_NAMES = { arm64: "aarch64", x86_64: "x86_64" } as const;

/**
 * Whether the nodes run Bottlerocket's newest release: EKS raises none by itself, whatever it fixes. And whether EKS takes
 * the one of the settings, which a deploy finds out only when it comes to the node groups.
 */
export const nodes: Check = async ({ session, stacks }) => {
  if (emulator() !== undefined) return skip("an emulator has no Bottlerocket releases");
  const { name, cluster, nodes: settings } = session.environment;
  const [running, published] = await Promise.all([releases(session), publishedReleases(session)]);
  const [newest] = published;
  if (newest === undefined) return skip(`no Bottlerocket image found for Kubernetes ${cluster.version}`);
  const wanted = stacks.includes("infra") ? settings.release : undefined;
  const newer = running.find(({ release }) => wanted !== undefined && isOlder(wanted, release));
  if (newer !== undefined)
    return fail(
      `nodes.release is ${wanted ?? ""}, but ${newer.group} runs ${newer.release}, and EKS can't downgrade a node group`,
      `nodes: { release: "${newer.release}" } in environments/${name}.ts`,
    );
  if (wanted !== undefined && !published.some(({ release }) => release === wanted))
    return fail(
      `nodes.release is ${wanted}, of which there is no image for Kubernetes ${cluster.version} on ${settings.architecture}`,
      `nodes: { release: "${newest.release}" } in environments/${name}.ts`,
    );
  const after = running.map(({ group, release }) => ({ group, release: wanted ?? release }));
  // Before the groups are there, EKS takes the newest, unless the settings name another.
  if (after.length === 0 && wanted !== undefined) after.push({ group: "nodes.release", release: wanted });
  const old = after.filter(({ release }) => isOlder(release, newest.release));
  if (old.length === 0) return pass(`Bottlerocket ${newest.release}, its newest release`);
  return warn(
    `Bottlerocket ${newest.release} was released on ${newest.day}; older: ${old.map(({ group, release }) => `${group} (${release})`).join(", ")}`,
    `nodes: { release: "${newest.release}" } in environments/${name}.ts, then a deploy of infra replaces the nodes, a third at a time (docs/runbooks/upgrade.md)`,
  );
};

/** The node groups and what they run; none before there is a cluster. */
async function releases(session: Session) {
  if ((await session.cluster()) === undefined) return [];
  const client = session.client(EKSClient);
  const clusterName = session.names.cluster;
  const pages = paginateListNodegroups({ client }, { clusterName });
  const names = await allOf(pages, ({ nodegroups }) => nodegroups);
  return Promise.all(
    names.map(async (nodegroupName) => {
      const { nodegroup } = await client.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
      return { group: nodegroupName, release: nodegroup?.releaseVersion ?? "" };
    }),
  );
}

/** The newest first, by the images' names: "bottlerocket-aws-k8s-1.36-aarch64-v1.49.0-713f44ce". */
async function publishedReleases({ client, environment }: Session) {
  const { cluster, nodes: settings } = environment;
  const start = `bottlerocket-aws-k8s-${cluster.version}-${IN_NAMES[settings.architecture]}-v`;
  const { Images = [] } = await client(EC2Client).send(
    new DescribeImagesCommand({
      Owners: ["amazon"],
      Filters: [{ Name: "name", Values: [`${start}*`] }],
      IncludeDeprecated: true,
    }),
  );
  const found = Images.map(({ Name = "", CreationDate = "" }) => ({
    release: Name.slice(start.length),
    day: CreationDate.slice(0, 10),
  }));
  return found.sort((a, b) => (isOlder(a.release, b.release) ? 1 : -1));
}
