import { EMULATED_ACCOUNT } from "./emulator";
import type { SettingsInput } from "./schema";
import { perService, SERVICE_KEYS, SERVICES, type ServiceKey } from "./services";

/** Paths requested by probes and by the checks after a deploy. */
const PATHS = [
  ...new Set([
    ...["/", "/health"],
    ...SERVICE_KEYS.flatMap((key) => {
      const probe = SERVICES[key].http?.probe;
      return probe === undefined ? [] : [probe.path, probe.startupPath ?? probe.path];
    }),
  ]),
];

/**
 * Stand-in for HTTP services: answers these paths, and a short stream of events. Standard library only, so that it runs
 * in a public image and as any user.
 */
const SERVER = `
import os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        stream = self.path == "/api/stream"
        self.send_response(200 if stream or self.path in (${PATHS.map((path) => JSON.stringify(path)).join(", ")}) else 404)
        self.send_header("Content-Type", "text/event-stream" if stream else "text/plain")
        if not stream:
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"ok\\n")
            return
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(5):
            self.wfile.write(b"data: %d\\n\\n" % number)
            self.wfile.flush()
            time.sleep(0.3)

ThreadingHTTPServer(("", int(os.environ["PORT"])), Answer).serve_forever()
`;

/** Stand-in for workers: waits for SIGTERM. */
const WORKER = `
import signal, sys

signal.signal(signal.SIGTERM, lambda *_: sys.exit())
signal.pause()
`;

const standIn = (key: ServiceKey): SettingsInput[ServiceKey] => ({
  image: { repository: "public.ecr.aws/docker/library/python", tag: "3.13-alpine" },
  command: ["python3", "-c", SERVICES[key].http ? SERVER : WORKER],
  replicas: { min: 1, max: 2 },
  capacity: "any",
});

/** For `npx wbot rehearse`: dev's shape in an emulator's account, with stand-ins for the product's images. */
export const rehearsal: SettingsInput = {
  tier: "development",
  region: "us-east-1",
  account: EMULATED_ACCOUNT,
  zones: ["us-east-1a", "us-east-1b"],
  emulator: { endpoint: "http://host.docker.internal:4566" },
  domain: { host: "rehearsal.wbot.test" },
  tls: { issuer: "selfsigned" },
  access: { admins: [`arn:aws:iam::${EMULATED_ACCOUNT}:root`], privateCidrs: ["10.0.0.0/16"] },
  network: { nat: "single", flowLogRetentionDays: 1 },
  cluster: { logs: ["audit"], logRetentionDays: 1 },
  nodes: {
    onDemand: { instanceTypes: ["t4g.medium"], min: 1, max: 2 },
    spot: { instanceTypes: ["t4g.medium", "c7g.large", "c6g.large", "c6gd.large"], min: 1, max: 4 },
  },
  redis: { kind: "elasticache", nodeType: "cache.t4g.micro", replicas: 0, snapshotRetentionDays: 0 },
  platform: { replicas: 1, traefikReplicas: 1, traefikMemory: "256Mi", capacity: "any" },
  registry: { namespace: "rehearsal" },
  ...perService(standIn),
  supabase: { url: "https://supabase.wbot.test" },
  streaming: { drain: "30s", checkPath: "/api/stream" },
};
