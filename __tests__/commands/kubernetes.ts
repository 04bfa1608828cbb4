import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import { Session } from "../../commands/session/session";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";

/** A Kubernetes API on this machine that answers what a test puts there, by path or by method and path. */
export class KubernetesApi {
  answers: Record<string, unknown> = {};
  /** What was asked, as "PATCH /path?query". */
  readonly asked: string[] = [];
  /** What was sent, as JSON, in the same order; empty where nothing was. */
  readonly sent: string[] = [];
  readonly config = new KubeConfig();
  private readonly server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const [path = ""] = url.split("?");
    const place = this.asked.push(`${method} ${url}`) - 1;
    void text(request).then((body) => (this.sent[place] = body));
    const answer = this.answers[`${method} ${path}`] ?? this.answers[path];
    if (typeof answer === "string") response.writeHead(200, { "Content-Type": "text/plain" }).end(answer);
    else if (typeof answer === "number") status(answer);
    else if (answer === undefined) status(404);
    else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));

    function status(code: number): void {
      response
        .writeHead(code, { "Content-Type": "application/json" })
        .end(JSON.stringify({ kind: "Status", code, message: `Kubernetes says ${code}` }));
    }
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const { port } = this.server.address() as AddressInfo;
    this.config.loadFromClusterAndUser(
      { name: "test", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: "me" },
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A Kubernetes API for all tests of a file, with these answers before each. */
export function kubernetesApi(answers: () => Record<string, unknown> = running): KubernetesApi {
  const kubernetes = new KubernetesApi();
  beforeAll(() => kubernetes.listen());
  afterAll(() => kubernetes.close());
  beforeEach(() => {
    kubernetes.answers = answers();
    kubernetes.asked.length = 0;
    kubernetes.sent.length = 0;
  });
  return kubernetes;
}

/** The same, and every session finds it as its cluster. */
export function kubernetesCluster(answers?: () => Record<string, unknown>): KubernetesApi {
  const kubernetes = kubernetesApi(answers);
  beforeEach(() => {
    clusterIs(kubernetes.config);
  });
  return kubernetes;
}

/** The cluster that every session finds from now on, until mocks are restored; undefined: none. */
export function clusterIs(config: KubeConfig | undefined) {
  return jest.spyOn(Session.prototype, "kubernetes").mockResolvedValue(config);
}

const NAMESPACED = "namespaces/wbot";
export const DEPLOYMENTS = `/apis/apps/v1/${NAMESPACED}/deployments`;
export const REPLICA_SETS = `/apis/apps/v1/${NAMESPACED}/replicasets`;
export const EXTERNAL_SECRETS = `/apis/external-secrets.io/v1/${NAMESPACED}/externalsecrets`;
export const CERTIFICATE = `/apis/cert-manager.io/v1/${NAMESPACED}/certificates/wbot-tls`;
export const ALL_DEPLOYMENTS = "/apis/apps/v1/deployments";
export const ALL_PODS = "/api/v1/pods";
export const PODS = `/api/v1/${NAMESPACED}/pods`;
export const EVENTS = `/api/v1/${NAMESPACED}/events`;

const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };

/** A product in which everything runs. */
export function running(): Record<string, unknown> {
  const deployment = (name: string) => ({
    metadata: { name, generation: 1 },
    spec: {
      replicas: 1,
      template: { spec: { containers: [{ name, image: `registry.test/${name}:v0` }] } },
    },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
  });
  return {
    ...Object.fromEntries(
      SERVICE_KEYS.map((key) => [`${DEPLOYMENTS}/${SERVICES[key].name}`, deployment(SERVICES[key].name)]),
    ),
    [ALL_DEPLOYMENTS]: { items: [] },
    [DEPLOYMENTS]: { items: [] },
    [REPLICA_SETS]: { items: [] },
    [EXTERNAL_SECRETS]: { items: [ready, ready] },
    [CERTIFICATE]: ready,
    [PODS]: { items: [] },
    [EVENTS]: { items: [] },
  };
}

/** A pod of which one container waits for a reason. */
export function waitingPod(name: string, reason: string, message: string): object {
  const state = { waiting: { reason, message } };
  return {
    metadata: { name, namespace: "wbot", uid: name, labels: { "app.kubernetes.io/name": "wbot-ai" } },
    status: { containerStatuses: [{ name: "c", restartCount: 0, state }] },
  };
}
