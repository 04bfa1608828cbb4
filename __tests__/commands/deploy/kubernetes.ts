import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import { SERVICE_KEYS, SERVICES } from "../../../environments/services";

/** A Kubernetes API at this machine that answers what a test puts there, by path or by method and path. */
export interface KubernetesApi {
  answers: Record<string, unknown>;
  /** What was asked, as "PATCH /path?query". */
  readonly asked: string[];
  /** What was sent, as JSON, in the same order; empty where nothing was. */
  readonly sent: string[];
  readonly config: KubeConfig;
  readonly close: () => Promise<void>;
}

export async function kubernetesApi(): Promise<KubernetesApi> {
  const server: Server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const [path = ""] = url.split("?");
    const place = api.asked.push(`${method} ${url}`) - 1;
    void text(request).then((body) => (api.sent[place] = body));
    const answer = api.answers[`${method} ${path}`] ?? api.answers[path];
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const config = new KubeConfig();
  const { port } = server.address() as AddressInfo;
  config.loadFromClusterAndUser(
    { name: "test", server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: "me" },
  );
  const api: KubernetesApi = {
    answers: {},
    asked: [],
    sent: [],
    config,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

const NAMESPACED = "namespaces/wbot";
export const DEPLOYMENTS = `/apis/apps/v1/${NAMESPACED}/deployments`;
export const EXTERNAL_SECRETS = `/apis/external-secrets.io/v1/${NAMESPACED}/externalsecrets`;
export const CERTIFICATE = `/apis/cert-manager.io/v1/${NAMESPACED}/certificates/wbot-tls`;
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
