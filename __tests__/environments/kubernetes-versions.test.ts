import { KUBERNETES_VERSIONS, type KubernetesVersion } from "../../environments/kubernetes-versions";

const rows: [string, KubernetesVersion][] = Object.entries(KUBERNETES_VERSIONS);

it.each(rows)("runs %s with a cluster-autoscaler of the same minor version", (version, row) => {
  expect(row.clusterAutoscaler).toMatch(new RegExp(`^v${version.replace(".", "\\.")}\\.\\d+$`));
});

it.each(rows)("has a valid date on which the support of %s ends", (_, { standardSupportEnds }) => {
  expect(new Date(standardSupportEnds).toISOString().slice(0, 10)).toBe(standardSupportEnds);
});

it("lists the versions in the order their support ends", () => {
  const ends = rows.map(([, row]) => row.standardSupportEnds);
  expect(ends).toEqual(ends.toSorted());
});
