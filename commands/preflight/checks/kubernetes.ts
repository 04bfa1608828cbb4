import { twinOf, type Environment } from "../../../environments";
import { KUBERNETES_VERSIONS } from "../../../environments/kubernetes-versions";
import { fail, pass, warn, type Found } from "../../cli/finding";
import { nodeGroups } from "../../session/node-groups";
import type { Check } from "../check";

const DAY_MS = 86_400_000;
export const WARN_DAYS = 120;
/**
 * For a new cluster, which can start with a newer version; an existing one may just have been taken back to this one, and a
 * twin's may be needed now.
 */
export const NEW_CLUSTER_DAYS = 60;

/** How long EKS supports the version, and what EKS is still at, as after an interrupted deploy, which it doesn't notice. */
export const kubernetes: Check = async ({ session }) => {
  const { environment, names } = session;
  const [cluster, groups] = await Promise.all([session.cluster(), session.once(nodeGroups)]);
  const of = `${names.cluster} --region ${environment.region}`;
  const waits = [
    ...(cluster?.status === "UPDATING" ? [`aws eks wait cluster-active --name ${of}`] : []),
    ...groups
      .filter(({ updating }) => updating)
      .map(({ group }) => `aws eks wait nodegroup-active --nodegroup-name ${group} --cluster-name ${of}`),
  ];
  const supported = support(environment, cluster === undefined && twinOf(environment.name) === undefined);
  if (waits.length === 0) return supported;
  return [
    supported,
    fail(
      "EKS is still updating the cluster or its node groups, and accepts no other update until that is done",
      waits.join("\n"),
    ),
  ];
};

function support({ name, cluster }: Environment, isNew: boolean): Found {
  const { version } = cluster;
  const { standardSupportEnds } = KUBERNETES_VERSIONS[version];
  const days = Math.floor((Date.parse(standardSupportEnds) - Date.now()) / DAY_MS);
  const why =
    days < 0
      ? `EKS's support for Kubernetes ${version} ended on ${standardSupportEnds}: AWS upgrades the cluster itself`
      : `EKS supports Kubernetes ${version} until ${standardSupportEnds}, ${days} days`;
  const fix = `cluster: { version: "<the next minor>" } in environments/${name}.ts`;
  if (days < 0 || (isNew && days <= NEW_CLUSTER_DAYS)) return fail(why, fix);
  return days <= WARN_DAYS ? warn(why, fix) : pass(why);
}
