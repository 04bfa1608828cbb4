import type { Environment } from "../../../environments";
import { KUBERNETES_VERSIONS } from "../../../environments/kubernetes-versions";
import { fail, pass, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";
import { stillUpdating } from "../still-updating";

const DAY_MS = 86_400_000;
const WARN_DAYS = 120;
const FAIL_DAYS = 60;

/** How long EKS supports the version, and whether EKS is still updating the cluster. */
export const kubernetes: Check = async ({ session }) => {
  const { environment, names } = session;
  const { region } = environment;
  const { status } = (await session.cluster()) ?? {};
  return [
    support(environment),
    ...(status === "UPDATING"
      ? [
          stillUpdating(
            [names.cluster],
            (name) => `aws eks wait cluster-active --name ${name} --region ${region}`,
          ),
        ]
      : []),
  ];
};

function support({ name, cluster }: Environment): Found {
  const { version } = cluster;
  const { standardSupportEnds } = KUBERNETES_VERSIONS[version];
  const days = Math.floor((Date.parse(standardSupportEnds) - Date.now()) / DAY_MS);
  const why =
    days < 0
      ? `EKS's support for Kubernetes ${version} ended on ${standardSupportEnds}: AWS upgrades the cluster itself`
      : `EKS supports Kubernetes ${version} until ${standardSupportEnds}, ${days} days`;
  const fix = `cluster: { version: "<the next minor>" } in environments/${name}.ts`;
  if (days <= FAIL_DAYS) return fail(why, fix);
  return days <= WARN_DAYS ? warn(why, fix) : pass(why);
}
