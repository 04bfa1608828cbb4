import {
  KUBERNETES_VERSIONS,
  refusedStep,
  type KubernetesVersion,
} from "../../environments/kubernetes-versions";

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

it("says of one step back where the way is, and of more that there is none", () => {
  expect(refusedStep("1.36", "1.35")).toEqual({
    why: 'the cluster runs 1.36, and no deploy takes it back to 1.35; only the steps under "Back, within seven days" in docs/runbooks/upgrade.md do',
    instead: "1.36",
  });
  expect(refusedStep("1.37", "1.35")?.why).toBe("the cluster runs 1.37, and EKS can't downgrade it to 1.35");
});
