import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { isOlder } from "../../../environments/add-ons";
import { nodeGroups } from "../../session/node-groups";
import type { Session } from "../../session/session";
import { fail, pass, skip, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Architectures, as Bottlerocket's images have them in their names. */
const IN_NAMES = { arm64: "aarch64", x86_64: "x86_64" } as const;

/**
 * Whether the nodes run Bottlerocket's newest release: EKS raises none by itself, whatever it fixes. And whether EKS takes
 * the one of the settings, which a deploy finds out only when it comes to the node groups.
 */
export const nodes: Check = async ({ session }) => {
  const { name, cluster, nodes: settings } = session.environment;
  const [running, published] = await Promise.all([session.once(nodeGroups), publishedReleases(session)]);
  const [newest] = published;
  if (newest === undefined) return skip(`no Bottlerocket image found for Kubernetes ${cluster.version}`);
  const wanted = settings.release;
  const newer = running.find(({ release }) => wanted !== undefined && isOlder(wanted, release));
  if (newer !== undefined)
    return fail(
      `nodes.release is ${wanted ?? ""}, but ${newer.group} runs ${newer.release}, and EKS can't downgrade a node group`,
      `nodes: { release: "${newer.release}" } in environments/${name}.ts`,
    );
  if (wanted !== undefined && !published.some(({ release }) => release === wanted))
    return fail(
      `nodes.release is ${wanted}, which has no image for Kubernetes ${cluster.version} on ${settings.architecture}`,
      `nodes: { release: "${newest.release}" } in environments/${name}.ts`,
    );
  // Terraform's provider sends EKS the release only if it changes, and otherwise EKS takes the newest.
  const beyond = running.find(({ release, version }) => release === wanted && version !== cluster.version);
  if (beyond !== undefined && isOlder(beyond.release, newest.release))
    return fail(
      `nodes.release stays ${beyond.release} while ${beyond.group} goes from Kubernetes ${beyond.version} to ${cluster.version}: EKS would take the newest release instead, and can't downgrade a node group`,
      `nodes: { release: "${newest.release}" } in environments/${name}.ts`,
    );
  // With another Kubernetes version, EKS takes the newest, unless the settings name another.
  const after = running.map(({ group, release, version }) => ({
    group,
    release: wanted ?? (version === cluster.version ? release : newest.release),
  }));
  // Before the groups are there, too.
  if (after.length === 0 && wanted !== undefined) after.push({ group: "nodes.release", release: wanted });
  const old = after.filter(({ release }) => isOlder(release, newest.release));
  if (old.length === 0) return pass(`Bottlerocket ${newest.release}, its newest release`);
  return warn(
    `Bottlerocket ${newest.release} was released on ${newest.day}; older: ${old.map(({ group, release }) => `${group} (${release})`).join(", ")}`,
    `nodes: { release: "${newest.release}" } in environments/${name}.ts, then a deploy of infra replaces the nodes, a third at a time (docs/runbooks/upgrade.md)`,
  );
};

/**
 * Bottlerocket's releases for the environment's Kubernetes version and architecture, the newest first: by the images' names,
 * such as "bottlerocket-aws-k8s-1.36-aarch64-v1.49.0-713f44ce".
 */
async function publishedReleases({
  client,
  environment,
}: Session): Promise<{ release: string; day: string }[]> {
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
