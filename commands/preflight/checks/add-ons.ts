import { DescribeAddonCommand, EKSClient, paginateDescribeAddonVersions } from "@aws-sdk/client-eks";
import type { Environment } from "../../../environments";
import { ADD_ON_NAMES, FLOORS, isOlder, type AddOnName } from "../../../environments/add-ons";
import { allOf, unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { fail, many, pass, skip, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

/**
 * Whether EKS has the versions of the settings for the Kubernetes version, and the add-ons are no older than its defaults.
 * EKS applies the defaults on creation, but doesn't upgrade add-ons with the cluster.
 */
export const addOns: Check = async ({ session }) => {
  const { name, cluster } = session.environment;
  const all = await Promise.all(ADD_ON_NAMES.map((addOn) => described(session, addOn)));
  const troubles = all.flatMap(
    (addOn) => notOffered(session.environment, addOn) ?? belowFloor(session.environment, addOn),
  );
  if (troubles.length > 0) return troubles;
  const known = all.filter(({ version }) => version !== undefined);
  if (known.length === 0) return skip("not created yet: EKS creates them at their default versions");
  const outdated = known.filter(
    ({ version, usual }) => version !== undefined && usual !== undefined && isOlder(version, usual),
  );
  if (outdated.length === 0)
    return pass(
      `${many(known.length, "add-on")} at EKS's default versions for Kubernetes ${cluster.version}, or newer ones`,
    );
  const lines = outdated.map(({ addOn, usual = "" }) => `"${addOn}": "${usual}"`);
  return warn(
    `for Kubernetes ${cluster.version} EKS defaults to newer versions of ${outdated.map(({ addOn, version = "" }) => `${addOn} (${version})`).join(", ")}`,
    `cluster: { addOns: { ${lines.join(", ")} } } in environments/${name}.ts`,
  );
};

interface AddOn {
  readonly addOn: AddOnName;
  /** The one of the settings, else the running one; undefined before it is created. */
  readonly version: string | undefined;
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
    version: cluster.addOns[addOn] ?? running?.addon?.addonVersion,
    running: running?.addon?.addonVersion,
    usual: usual?.addonVersion,
    offered: versions.map(({ addonVersion = "" }) => addonVersion),
  };
}

/** EKS refuses it only after the cluster is upgraded. What runs already isn't asked for, even if it is offered no longer. */
function notOffered({ name, cluster }: Environment, found: AddOn): Found | undefined {
  const { addOn, running, offered } = found;
  const version = cluster.addOns[addOn];
  if (version === undefined || version === running || offered.length === 0 || offered.includes(version))
    return undefined;
  return fail(
    `EKS does not offer ${addOn} ${version} (cluster.addOns) for Kubernetes ${cluster.version}`,
    `cluster: { addOns: { "${addOn}": "${advised(found) ?? newest(offered) ?? ""}" } } in environments/${name}.ts`,
  );
}

/** If it is older than what this project needs; before it is created, EKS's default is. */
function belowFloor({ name, cluster }: Environment, found: AddOn): Found[] {
  const { addOn, version, usual } = found;
  const floor = FLOORS[addOn];
  const installed = version ?? usual;
  if (floor === undefined || installed === undefined || !isOlder(installed, floor.version)) return [];
  const why = `${addOn} ${installed} ${version === undefined ? "would be created" : "is installed"}, below ${floor.version}: ${floor.why}`;
  const newer = advised(found);
  return [
    newer === undefined
      ? warn(
          `${why}. EKS offers no newer one for Kubernetes ${cluster.version} yet`,
          "docs/network-policies.md",
        )
      : fail(why, `cluster: { addOns: { "${addOn}": "${newer}" } } in environments/${name}.ts`),
  ];
}

/** The version to set: EKS's default, or its newest if the default is below the floor; undefined if all are. */
function advised({ addOn, usual, offered }: AddOn): string | undefined {
  const floor = FLOORS[addOn]?.version;
  return [usual, newest(offered)].find(
    (each) => each !== undefined && (floor === undefined || !isOlder(each, floor)),
  );
}

function newest(versions: readonly string[]): string | undefined {
  return versions.toSorted((one, other) => (isOlder(one, other) ? 1 : -1))[0];
}
