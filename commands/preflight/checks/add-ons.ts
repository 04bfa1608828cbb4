import {
  DescribeAddonCommand,
  EKSClient,
  paginateDescribeAddonVersions,
  type AddonVersionInfo,
} from "@aws-sdk/client-eks";
import { ADD_ON_NAMES, FLOORS, isOlder, type AddOnName } from "../../../environments/add-ons";
import { allOf, unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, pass, warn } from "../../cli/finding";
import type { Check, Findings } from "../check";

/**
 * Whether EKS has the versions of the settings for the Kubernetes version, and the add-ons are no older than its defaults.
 * EKS applies the defaults on creation, but doesn't upgrade add-ons with the cluster.
 */
export const addOns: Check = async ({ session }) => {
  const problems = (await Promise.all(ADD_ON_NAMES.map((addOn) => problemsOf(session, addOn)))).flat();
  if (problems.length > 0) return problems;
  const { version } = session.environment.cluster;
  return pass(`add-ons are at EKS's default versions for Kubernetes ${version}, or newer ones`);
};

/** EKS refuses a version only after the cluster is upgraded, but not what runs already, even if it is offered no longer. */
async function problemsOf(session: Session, addOn: AddOnName): Promise<Findings> {
  const { name, cluster } = session.environment;
  const [running, versions] = await Promise.all([runningVersion(session, addOn), versionsOf(session, addOn)]);
  const offered = versions.map(({ addonVersion = "" }) => addonVersion);
  const byDefault = versions.find(({ compatibilities = [] }) =>
    compatibilities.some(({ defaultVersion }) => defaultVersion === true),
  )?.addonVersion;
  const wanted = cluster.addOns[addOn];
  const version = wanted ?? running ?? byDefault;
  if (version === undefined) return [];
  const floor = FLOORS[addOn];
  const isBelow = (each: string) => floor !== undefined && isOlder(each, floor.version);
  const [newest] = offered.toSorted((one, other) => (isOlder(one, other) ? 1 : -1));
  const advised = [byDefault, newest].find((each) => each !== undefined && !isBelow(each));
  const fix = `cluster: { addOns: { "${addOn}": "${advised ?? newest ?? ""}" } } in environments/${name}.ts`;
  if (wanted !== undefined && wanted !== running && offered.length > 0 && !offered.includes(wanted))
    return fail(
      `EKS does not offer ${addOn} ${wanted} (cluster.addOns) for Kubernetes ${cluster.version}`,
      fix,
    );
  if (floor !== undefined && isBelow(version)) {
    const why = `${addOn} ${version} is below ${floor.version}: ${floor.why}`;
    if (advised !== undefined) return fail(why, fix);
    return warn(
      `${why}. EKS offers no newer one for Kubernetes ${cluster.version} yet`,
      "docs/network-policies.md",
    );
  }
  if (byDefault === undefined || !isOlder(version, byDefault)) return [];
  return warn(
    `${addOn} ${version} is older than ${byDefault}, EKS's default for Kubernetes ${cluster.version}`,
    fix,
  );
}

/** Undefined before it is created. */
async function runningVersion({ client, names }: Session, addonName: AddOnName): Promise<string | undefined> {
  const answer = await unlessMissing(
    client(EKSClient).send(new DescribeAddonCommand({ clusterName: names.cluster, addonName })),
  );
  return answer?.addon?.addonVersion;
}

/** Those that EKS offers for the Kubernetes version. */
async function versionsOf(
  { client, environment }: Session,
  addonName: AddOnName,
): Promise<readonly AddonVersionInfo[]> {
  const kubernetesVersion = environment.cluster.version;
  const pages = paginateDescribeAddonVersions(
    { client: client(EKSClient) },
    { addonName, kubernetesVersion },
  );
  const addons = await allOf(pages, (page) => page.addons);
  return addons.flatMap(({ addonVersions = [] }) => addonVersions);
}
