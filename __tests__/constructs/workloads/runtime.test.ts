import { SERVICES, type Http } from "../../../environments/services";
import { runtimeVariables, type Limits } from "../../../constructs/workloads/runtime";

const limits = (runtime: "python" | "node", overrides: Partial<Limits> = {}): Limits => ({
  row: { runtime, http: SERVICES.ai.http as Http },
  traffic: { maxHeaderKiB: 64 },
  memory: { request: "256Mi", limit: "1Gi", tmp: "64Mi" },
  times: { drain: 300 },
  ...overrides,
});

/** Bytes above Traefik's limit, so that its own answer comes first. */
const above = (bytes: number) => {
  expect(bytes).toBeGreaterThan(64 * 1024);
};

describe("Node.js", () => {
  const options = (overrides?: Partial<Limits>) =>
    new Map(
      (runtimeVariables(limits("node", overrides))["NODE_OPTIONS"] ?? "").split(" ").map((option) => {
        const [name = "", value] = option.split("=");
        return [name, Number(value)] as const;
      }),
    );

  it("uses three quarters of the memory that /tmp leaves, instead of half of all", () => {
    expect(options().get("--max-old-space-size")).toBe(720);
    const memory = { request: "256Mi", limit: "2Gi", tmp: "1Gi" };
    expect(options({ memory }).get("--max-old-space-size")).toBe(768);
  });

  it("takes headers as large as Traefik does", () => {
    above(options().get("--max-http-header-size") ?? 0);
    const traffic = { maxHeaderKiB: 128 };
    expect(options({ traffic }).get("--max-http-header-size")).toBeGreaterThan(128 * 1024);
  });

  it("finishes open requests under srvx, Nitro's server", () => {
    expect(runtimeVariables(limits("node"))["SERVER_SHUTDOWN_TIMEOUT"]).toBe("300");
    const worker = { runtime: "node" } as const;
    expect(runtimeVariables(limits("node", { row: worker }))).not.toHaveProperty("SERVER_SHUTDOWN_TIMEOUT");
  });
});

describe("Python", () => {
  const variables = runtimeVariables(limits("python"));

  it("takes headers as large as Traefik does, under uvicorn with h11", () => {
    above(Number(variables["UVICORN_H11_MAX_INCOMPLETE_EVENT_SIZE"]));
  });

  it("drains its streams, under uvicorn and under gunicorn", () => {
    expect(variables).toMatchObject({
      UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: "300",
      GUNICORN_CMD_ARGS: "--graceful-timeout=300",
    });
  });

  it("believes the address and scheme that Traefik says", () => {
    expect(variables["FORWARDED_ALLOW_IPS"]).toBe("*");
  });
});

it.each(["python", "node"] as const)("%s caches in /tmp alone", (runtime) => {
  const variables = runtimeVariables(limits(runtime));
  const caches = Object.entries(variables).filter(([name]) => /^HOME$|_HOME$|_CACHE|CACHE_DIR$/.test(name));
  expect(caches.length).toBeGreaterThanOrEqual(3);
  for (const [, place] of caches) expect(place).toMatch(/^\/tmp(\/|$)/);
});
