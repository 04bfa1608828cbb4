import { KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { describedCluster } from "./cluster";

/** The environment's cluster, signed in to as Terraform does: by `aws eks get-token`. Undefined where there is none. */
export async function clusterOf(environment: Environment): Promise<KubeConfig | undefined> {
  const { region } = environment;
  const name = namesOf(environment).cluster;
  const cluster = await describedCluster(environment);
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
