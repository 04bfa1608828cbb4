import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { Fn } from "cdktf";
import type { EnvironmentStack } from "../environment-stack";

export interface ClusterConnection {
  readonly name: string;
  readonly endpoint: string;
  /** Base64 of the cluster's certificate authority. */
  readonly certificateAuthority: string;
}

/** Points the Kubernetes provider, and where a stack installs charts the Helm provider, at a cluster. */
export function useCluster(
  stack: EnvironmentStack,
  cluster: ClusterConnection,
  options: { helm: boolean },
): void {
  const connection = {
    host: cluster.endpoint,
    clusterCaCertificate: Fn.base64decode(cluster.certificateAuthority),
  };
  // A token in the plan would be dead after 15 minutes, before a first deploy comes to use it.
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token", "--cluster-name", cluster.name, "--region", stack.environment.region],
  };
  const emulated = stack.environment.emulator !== undefined;
  const kubernetes = new KubernetesProvider(stack, "kubernetes", {
    ...connection,
    ...(emulated ? {} : { exec: [exec] }),
  });
  const helm = options.helm
    ? new HelmProvider(stack, "helm", { kubernetes: { ...connection, ...(emulated ? {} : { exec }) } })
    : undefined;
  if (!emulated) return;
  // An emulator's cluster knows tokens by AWS's own host, whatever endpoint the AWS CLI is told to use. As overrides,
  // since cdktf 0.21 writes the names of variables in lower case.
  const { apiVersion: api_version, command, args } = exec;
  const own = { api_version, command, args, env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" } };
  kubernetes.addOverride("exec", [own]);
  helm?.addOverride("kubernetes.exec", own);
}
