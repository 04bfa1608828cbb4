import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { clientConfig, isAwsError } from "./aws";

/** The environment's cluster, signed in to as Terraform does: by `aws eks get-token`. Undefined where there is none. */
export async function clusterOf(environment: Environment): Promise<KubeConfig | undefined> {
  const { region } = environment;
  const name = namesOf(environment).cluster;
  const cluster = await new EKSClient(clientConfig(region))
    .send(new DescribeClusterCommand({ name }))
    .then((answer) => answer.cluster)
    .catch((error: unknown) => {
      if (isAwsError(error, "ResourceNotFoundException")) return undefined;
      throw error;
    });
  if (cluster?.endpoint === undefined || cluster.certificateAuthority?.data === undefined) return undefined;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name, server: cluster.endpoint, caData: cluster.certificateAuthority.data, skipTLSVerify: false },
    {
      name: "aws",
      exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "aws",
        args: ["eks", "get-token", "--cluster-name", name, "--region", region],
        interactiveMode: "Never",
        // As the providers do: see constructs/platform/cluster-providers.ts.
        ...(environment.emulator === undefined
          ? {}
          : { env: [{ name: "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", value: "true" }] }),
      },
    },
  );
  return config;
}
