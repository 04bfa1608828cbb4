import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CoreV1Api, KubernetesObjectApi, type KubeConfig } from "@kubernetes/client-node";
import { awsTrouble } from "../../../commands/cli/aws";
import { signedIn } from "../../../commands/cli/kubernetes";
import { whyOf } from "../../../commands/cli/why";
import { forwarded } from "../../../commands/verification/port-forward";
import { loadEnvironment } from "../../../environments";
import { synth } from "../../synth";

/** A Kubernetes API that answers to nothing but the list of nodes. */
let api: Server;
beforeAll(async () => {
  api = createServer(({ url, headers }, response) => {
    if (url !== "/api/v1/nodes") return;
    const items = [{ metadata: { name: headers.authorization } }];
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ items }));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  api.closeAllConnections();
  api.close();
});

function config(timeoutMs?: number): KubeConfig {
  const endpoint = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const found = signedIn(loadEnvironment("dev"), { endpoint, certificateAuthority: { data: "" } }, timeoutMs);
  if (found === undefined) throw new Error("no cluster");
  found.clusters = found.clusters.map((cluster) => ({ ...cluster, skipTLSVerify: true }));
  // Instead of asking AWS for one.
  found.users = [{ name: "aws", token: "a-token" }];
  return found;
}

it("is asked with its user's token", async () => {
  const { items } = await config().makeApiClient(CoreV1Api).listNode();
  expect(items[0]?.metadata?.name).toBe("Bearer a-token");
});

it.each<[string, () => Promise<unknown>]>([
  ["of a kind", () => config(200).makeApiClient(CoreV1Api).listPodForAllNamespaces()],
  ["of any kind", () => KubernetesObjectApi.makeApiClient(config(200)).list("v1", "Pod")],
])("is given up on where no answer comes, asked for objects %s", async (_, ask) => {
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(awsTrouble(error)?.why).toMatch(
    /^a server can't be reached \(.*no answer from Kubernetes within 0\.2 s\)$/,
  );
});

it("is given up on where it opens no stream, whose connection is closed", async () => {
  const closed = new Promise<void>((resolve) =>
    api.once("connection", (socket) => socket.on("close", resolve)),
  );
  const error: unknown = await forwarded(config(200), "a-namespace")("a-pod", 80).catch(
    (thrown: unknown) => thrown,
  );
  expect(whyOf(error)).toBe("Opening handshake has timed out");
  await closed;
});

it("signs in to the cluster by the command line that Terraform uses, which asks for JSON", () => {
  const cluster = { endpoint: "https://cluster.test", certificateAuthority: { data: "" } };
  const exec = signedIn(loadEnvironment("prod"), cluster)?.getCurrentUser()?.exec as { args: string[] };
  expect(exec.args).toEqual(synth("prod").app.json["provider"].kubernetes[0].exec[0].args);
  expect(exec.args.slice(-2)).toEqual(["--output", "json"]);
});
