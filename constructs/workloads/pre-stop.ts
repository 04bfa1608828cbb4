import type { Runtime } from "../../environments/services";

/** How long a terminating pod's service may take to answer before it counts as hung (seconds). */
const PATIENCE_SECONDS = 20;

/**
 * Requests a path from the service, and kills all processes of the pod if not a single byte comes back; always takes as many
 * seconds as the first argument says. Refused connections, errors and bad statuses are left to SIGTERM. `-1` spares the
 * caller and process 1, which is the pause container's: the pod shares its process namespace.
 */
const ASK: Readonly<Record<Runtime, readonly string[]>> = {
  python: [
    "python3",
    "-c",
    `
import os, socket, sys, time
wait, patience, path = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
end = time.monotonic() + wait
try:
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"])), patience) as server:
        server.sendall(("GET " + path + " HTTP/1.0\\r\\n\\r\\n").encode())
        server.recv(1)
except socket.timeout:
    os.kill(-1, 9)
except OSError:
    pass
time.sleep(max(0, end - time.monotonic()))
`,
  ],
  node: [
    "node",
    "-e",
    `
const [wait, patience, path] = process.argv.slice(1);
const server = require("net").connect(Number(process.env.PORT), "127.0.0.1");
const done = () => server.destroy();
server.setTimeout(1000 * patience, () => {
  process.kill(-1, "SIGKILL");
  done();
});
server.once("data", done).once("end", done).once("error", done);
server.write("GET " + path + " HTTP/1.0\\r\\n\\r\\n");
setTimeout(() => {}, 1000 * wait);
`,
  ],
};

/**
 * The `preStop` hook of a service that serves HTTP: waits until callers know that the pod is terminating, and kills a hung
 * one.
 *
 * A pod that fails its liveness probe gets the same grace period as one that drains, up to 9 minutes, during which a hung
 * process ignores SIGTERM. The probe's own, shorter grace period is a field that the Terraform provider doesn't support; but
 * the hook runs in both cases, and can tell them apart.
 *
 * @param seconds how long callers need
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#probe-level-terminationgraceperiodseconds
 */
export function preStop(runtime: Runtime, healthPath: string, seconds: number) {
  const ask = [...ASK[runtime], String(seconds), String(PATIENCE_SECONDS), healthPath];
  // If the runtime isn't in the image's PATH, only the wait remains.
  return { exec: { command: ["sh", "-c", `"$@" || sleep ${seconds}`, "pre-stop", ...ask] } };
}
