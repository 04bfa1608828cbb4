/** A chart, pinned. */
export interface Chart {
  readonly name: string;
  readonly version: string;
  /** Its publisher: "https://…" or "oci://…". */
  readonly repository: string;
  /** SHA-256 of the packed chart, in hex: `helm pull` it, then `sha256sum`. @default - not checked */
  readonly digest?: string;
}

/** Every chart that is installed. Renovate proposes newer versions: it looks for name, version and repository, in this order. */
export const CHARTS = {
  certManager: {
    name: "cert-manager",
    version: "v1.21.1",
    repository: "oci://quay.io/jetstack/charts",
  },
  externalSecrets: {
    name: "external-secrets",
    version: "2.9.0",
    repository: "https://charts.external-secrets.io",
  },
  traefik: {
    name: "traefik",
    version: "41.3.0",
    repository: "oci://ghcr.io/traefik/helm",
  },
  clusterAutoscaler: {
    name: "cluster-autoscaler",
    version: "9.59.0",
    repository: "https://kubernetes.github.io/autoscaler",
  },
  reloader: {
    name: "reloader",
    version: "2.2.16",
    repository: "https://stakater.github.io/stakater-charts",
  },
} satisfies Readonly<Record<string, Chart>>;
