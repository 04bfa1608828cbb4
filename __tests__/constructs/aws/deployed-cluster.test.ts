import { synth } from "../../synth";

describe.each(["dev", "staging", "prod"])("the cluster that app of %s finds", (name) => {
  const { app } = synth(name);

  it("must have been made, or the plan ends with the command that does", () => {
    expect(app.one("data.aws_eks_clusters").body["lifecycle"].postcondition).toEqual([
      {
        condition: `\${contains(self.names, "wbot-${name}")}`,
        error_message:
          `There is no EKS cluster wbot-${name} in us-east-1: the stack infra of environment ${name} must be deployed first. Run:\n\n` +
          `  WBOT_ENV=${name} npx cdktf deploy infra\n`,
      },
    ]);
  });

  it("is read by its name, not from infra's state, which holds the Redis password", () => {
    expect(app.one("data.aws_eks_cluster").body["name"]).toBe(`wbot-${name}`);
    expect(app.of("data.terraform_remote_state")).toEqual([]);
  });

  it("is the one that the Kubernetes provider talks to", () => {
    const { address } = app.one("data.aws_eks_cluster");
    const [provider] = app.json["provider"].kubernetes;
    expect(provider.host).toBe(`\${${address}.endpoint}`);
    expect(provider.cluster_ca_certificate).toContain(`${address}.certificate_authority[0].data`);
  });
});
