import type { Cluster } from "@aws-sdk/client-eks";
import { ApiException, KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { proxyOf } from "./network";

/** A cluster, signed in to as Terraform does: by `aws eks get-token`. Undefined while it is being made. */
export function signedIn(environment: Environment, cluster: Cluster): KubeConfig | undefined {
  const { region } = environment;
  const name = namesOf(environment).cluster;
  if (cluster.endpoint === undefined || cluster.certificateAuthority?.data === undefined) return undefined;
  const config = new KubeConfig();
  const proxyUrl = proxyOf(cluster.endpoint);
  config.loadFromClusterAndUser(
    {
      name,
      server: cluster.endpoint,
      caData: cluster.certificateAuthority.data,
      skipTLSVerify: false,
      ...(proxyUrl === undefined ? {} : { proxyUrl }),
    },
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

/** An answer, or undefined where Kubernetes says that there is no such object. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
