import { metadata, synth } from "../synth";

it("is what a claim gets that names no class: encrypted, in its pod's zone", () => {
  for (const name of ["dev", "staging", "prod"]) {
    const { infra } = synth(name);
    const classes = infra.of("kubernetes_storage_class_v1");
    const defaults = classes.filter(
      (each) => metadata(each)["annotations"]?.["storageclass.kubernetes.io/is-default-class"] === "true",
    );
    expect(defaults.map((each) => metadata(each)["name"] as string)).toEqual(["encrypted-gp3"]);
    expect(defaults[0]?.body).toMatchObject({
      storage_provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      volume_binding_mode: "WaitForFirstConsumer",
    });
  }
});

it("comes once the driver and the access to the cluster are there", () => {
  const { infra } = synth("prod");
  const made = infra.one("kubernetes_storage_class_v1", "default-storage");
  expect(infra.isAfter(made, infra.one("aws_eks_addon", "aws-ebs-csi-driver"))).toBe(true);
  for (const entry of infra.of("aws_eks_access_policy_association"))
    if (entry.path.includes("admin")) expect(infra.isAfter(made, entry)).toBe(true);
});
