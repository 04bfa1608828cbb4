import { DescribeAddonCommand, EKSClient, paginateDescribeAddonVersions } from "@aws-sdk/client-eks";
import type { Environment } from "../../../environments";
import { ADD_ON_NAMES, FLOORS, isOlder, type AddOnName } from "../../../environments/add-ons";
import { allOf, unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, many, pass, skip, warn } from "../../cli/finding";
import type { Check, Findings } from "../check";

/**
 * Whether EKS has the versions of the settings for the Kubernetes version, and the add-ons are no older than its defaults.
 * EKS applies the defaults on creation, but doesn't upgrade add-ons with the cluster.
 */
export const addOns: Check = async ({ session }) => {
  const { environment } = session;
  const all = await Promise.all(ADD_ON_NAMES.map((addOn) => described(session, addOn)));
  const troubles = all.flatMap((addOn) => judged(environment, addOn));
  if (troubles.length > 0) return troubles;
  const known = all.filter(({ wanted, running }) => (wanted ?? running) !== undefined);
  if (known.length === 0) return skip("not created yet: EKS creates them at their default versions");
  return pass(
    `${many(known.length, "add-on")} at EKS's default versions for Kubernetes ${environment.cluster.version}, or newer ones`,
  );
};

interface AddOn {
  readonly addOn: AddOnName;
  /** The one of the settings. */
  readonly wanted: string | undefined;
  /** Undefined before it is created. */
  readonly running: string | undefined;
  /** EKS's default. */
  readonly usual: string | undefined;
  readonly offered: readonly string[];
}

async function described(
  { client, environment: { cluster }, names }: Session,
  addOn: AddOnName,
): Promise<AddOn> {
  const eks = client(EKSClient);
  const [running, addons] = await Promise.all([
    unlessMissing(eks.send(new DescribeAddonCommand({ clusterName: names.cluster, addonName: addOn }))),
    allOf(
      paginateDescribeAddonVersions(
        { client: eks },
        { addonName: addOn, kubernetesVersion: cluster.version },
      ),
      ({ addons: page }) => page,
    ),
  ]);
  const versions = addons.flatMap(({ addonVersions = [] }) => addonVersions);
  const usual = versions.find(({ compatibilities = [] }) =>
    compatibilities.some(({ defaultVersion }) => defaultVersion === true),
  );
  return {
    addOn,
    wanted: cluster.addOns[addOn],
    running: running?.addon?.addonVersion,
    usual: usual?.addonVersion,
    offered: versions.map(({ addonVersion = "" }) => addonVersion),
  };
}

/** EKS refuses a version only after the cluster is upgraded, but not what runs already, even if it is offered no longer. */
function judged({ name, cluster }: Environment, found: AddOn): Findings {
  const { addOn, wanted, running, usual, offered } = found;
  const floor = FLOORS[addOn];
  const isBelow = (version: string) => floor !== undefined && isOlder(version, floor.version);
  const [newest] = offered.toSorted((one, other) => (isOlder(one, other) ? 1 : -1));
  const advised = [usual, newest].find((each) => each !== undefined && !isBelow(each));
  const fix = `cluster: { addOns: { "${addOn}": "${advised ?? newest ?? ""}" } } in environments/${name}.ts`;
  const version = wanted ?? running ?? usual;
  if (version === undefined) return [];
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
  if (usual === undefined || !isOlder(version, usual)) return [];
  return warn(
    `${addOn} ${version} is older than ${usual}, EKS's default for Kubernetes ${cluster.version}`,
    fix,
  );
}
