import { Duplex, PassThrough } from "node:stream";
import { PortForward, type KubeConfig } from "@kubernetes/client-node";

/** Opens a connection to a port of a pod. */
export type Connect = (pod: string, port: number) => Promise<Duplex>;

/** Through the API server and the pod's node: no load balancer and no network policy is on this way. */
export function forwarded(config: KubeConfig, namespace: string): Connect {
  return async (pod, port) => {
    const [sent, received] = [new PassThrough(), new PassThrough()];
    const forward = new PortForward(config).portForward(namespace, pod, [port], received, null, sent);
    // Its types are those of a package that has none.
    const socket = (await forward) as Pick<WebSocket, "addEventListener" | "close">;
    socket.addEventListener("close", () => received.end());
    return Duplex.from({ readable: received, writable: sent }).on("close", () => {
      socket.close();
    });
  };
}
