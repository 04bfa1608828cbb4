const GROUP = "rbac.authorization.k8s.io";

/** A service account that a role is bound to. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

/** A role and its binding to a service account, as objects of a chart: in one namespace, or in the cluster if none is named. */
export function boundRole(
  metadata: { readonly name: string; readonly namespace?: string },
  account: Account,
  rules: readonly object[],
): object[] {
  const apiVersion = `${GROUP}/v1`;
  const kind = metadata.namespace === undefined ? "ClusterRole" : "Role";
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: GROUP, kind, name: metadata.name },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
  ];
}
