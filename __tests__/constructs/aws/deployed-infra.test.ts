import { loadEnvironment } from "../../../environments";
import { missingCluster } from "../../../environments/hints";
import { synth } from "../../synth";

describe.each(["dev", "staging", "prod"])("the cluster that app of %s looks up", (name) => {
  const { app } = synth(name);

  it("must exist, or the plan fails with the command that deploys it", () => {
    expect(app.one("data.aws_eks_clusters").body["lifecycle"].postcondition).toEqual([
      {
        condition: `\${contains(self.names, "wbot-${name}")}`,
        error_message: missingCluster(loadEnvironment(name)),
      },
    ]);
  });

  it("is read by its name, not from infra's state, which holds the Redis password", () => {
    expect(app.one("data.aws_eks_cluster").body["name"]).toBe(`wbot-${name}`);
    expect(app.of("data.terraform_remote_state")).toEqual([]);
  });

  it("is the one that the Kubernetes provider uses", () => {
    const { address } = app.one("data.aws_eks_cluster");
    const [provider] = app.json["provider"].kubernetes;
    expect(provider.host).toBe(`\${${address}.endpoint}`);
    expect(provider.cluster_ca_certificate).toContain(`${address}.certificate_authority[0].data`);
  });
});
