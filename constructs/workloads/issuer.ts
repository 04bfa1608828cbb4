import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import type { IClusterIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/ClusterIssuer";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../environments";
import { hostsOf, type Host } from "../../environments/hosts";
import { NAMESPACE } from "../../environments/names";
import { TRAEFIK } from "../edge";
import type { EnvironmentStack } from "../environment-stack";
import { CustomResource } from "./custom-resource";

type Solver = NonNullable<NonNullable<IClusterIssuer["spec"]["acme"]>["solvers"]>[number];

const DIRECTORIES = {
  letsencrypt: "https://acme-v02.api.letsencrypt.org/directory",
  "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
};

/** Signs the certificate. */
export class Issuer extends Construct {
  readonly name: string;
  readonly resource: ITerraformDependable;

  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    this.name = stack.environment.tls.issuer;
    this.resource = new CustomResource<IClusterIssuer>(this, "cluster-issuer", {
      component: "tls",
      waitForReady: true,
      manifest: {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: this.name },
        spec: issuerSpec(stack.environment),
      },
    }).resource;
  }
}

function issuerSpec(environment: Environment): IClusterIssuer["spec"] {
  const { tls, region } = environment;
  if (tls.issuer === "selfsigned") return { selfSigned: {} };
  return {
    acme: {
      server: DIRECTORIES[tls.issuer],
      privateKeySecretRef: { name: `${tls.issuer}-account-key` },
      solvers: solvers(hostsOf(environment), region),
    },
  };
}

const HTTP_01: Solver = {
  http01: {
    ingress: {
      ingressClassName: TRAEFIK.ingressClass,
      serviceType: "ClusterIP",
      // Challenges arrive on port 80, or on 443 from a proxy that redirects to HTTPS or connects by it. Without the
      // annotation for TLS, which would close port 80 to them: on 443, the entry point has it.
      ingressTemplate: {
        metadata: { annotations: { "traefik.ingress.kubernetes.io/router.entrypoints": "web,websecure" } },
      },
    },
  },
};

/**
 * DNS-01 for hosts with a hosted zone, HTTP-01 for the others. DNS-01 works before DNS points here, and without port 80; its
 * credentials come from cert-manager's Pod Identity.
 */
function solvers(hosts: readonly Host[], region: string): Solver[] {
  const zones = [...new Set(hosts.flatMap(({ hostedZoneId }) => hostedZoneId ?? []))];
  const inZone = (zone?: string) =>
    hosts.filter(({ hostedZoneId }) => hostedZoneId === zone).map(({ host }) => host);
  return [
    ...zones.map((hostedZoneID) => ({
      selector: { dnsNames: inZone(hostedZoneID) },
      dns01: { route53: { hostedZoneID, region } },
    })),
    ...(inZone(undefined).length > 0 ? [HTTP_01] : []),
  ];
}

export interface CertificateProps {
  readonly issuer: Issuer;
  /** All in one certificate: Let's Encrypt limits the number of certificates, and of duplicates in particular. */
  readonly hosts: readonly string[];
  /** Secret that holds the key pair. */
  readonly secretName: string;
}

/** The product's certificate. Nothing waits for it: with HTTP-01, it is issued only once DNS points here. */
export class Certificate extends Construct {
  constructor(scope: Construct, id: string, props: CertificateProps) {
    super(scope, id);
    new CustomResource<ICertificate>(this, "certificate", {
      component: "tls",
      dependsOn: [props.issuer.resource],
      manifest: {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: props.secretName, namespace: NAMESPACE },
        spec: {
          secretName: props.secretName,
          dnsNames: [...props.hosts],
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: props.issuer.name },
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          revisionHistoryLimit: 2,
        },
      },
    });
  }
}
