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

/** Points the Kubernetes provider at a cluster, and the Helm provider if the stack installs charts. */
export function useCluster(
  stack: EnvironmentStack,
  cluster: ClusterConnection,
  options: { helm: boolean },
): void {
  const connection = {
    host: cluster.endpoint,
    clusterCaCertificate: Fn.base64decode(cluster.certificateAuthority),
  };
  const { region } = stack.environment;
  // A token in the plan would expire after 15 minutes, before a first deploy gets to use it.
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    // The AWS CLI may be configured to print another format, which the providers can't read.
    args: ["eks", "get-token", "--cluster-name", cluster.name, "--region", region, "--output", "json"],
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
  // An emulator's cluster accepts only tokens signed for AWS's own host, whatever endpoint the AWS CLI is set to use.
  // Overrides, because cdktf 0.21 lowercases the names of environment variables.
  const { apiVersion: api_version, command, args } = exec;
  const own = { api_version, command, args, env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" } };
  kubernetes.addOverride("exec", [own]);
  helm?.addOverride("kubernetes.exec", own);
}
