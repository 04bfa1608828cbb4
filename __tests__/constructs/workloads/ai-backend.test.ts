import { synth } from "../../synth";
import {
  accepts,
  allowed,
  IMPOSTOR,
  INTERNET,
  KUBE_DNS,
  METADATA,
  POD_IDENTITY,
  pods,
  SOLVER,
  STRANGER,
  TRAEFIK,
  VPC,
  type End,
} from "../../connections";

const written = synth("prod");
const { app } = written;
const ai = pods(app, "wbot-ai");
const web = pods(app, "wbot-web");
/** An address in the first of ElastiCache's subnets, and one just behind the last. */
const CACHE: End = { address: "10.0.128.5" };
const BESIDE_CACHE: End = { address: "10.0.131.5" };

describe("wbot-ai", () => {
  it.each<[string, number, boolean, End]>([
    ["Traefik", 8000, true, TRAEFIK],
    ["Traefik", 8001, false, TRAEFIK],
    ["the web", 8000, true, web],
    ["the web", 22, false, web],
    ["another pod", 8000, false, STRANGER],
    ["a challenge's solver", 8000, false, SOLVER],
    ["a node", 8000, false, VPC],
    ["the internet", 8000, false, INTERNET],
  ])("is reached by %s at port %i: %s", (_, port, expected, from) => {
    expect(allowed(written, from, ai, port)).toBe(expected);
  });

  it("admits nobody else, whatever their own policies allow", () => {
    for (const from of [STRANGER, SOLVER, ai, IMPOSTOR]) expect(accepts(written, from, ai, 8000)).toBe(false);
  });

  it.each<[string, number, boolean, End]>([
    ["the cache", 6379, true, CACHE],
    ["the cache", 443, false, CACHE],
    ["the address behind the cache's", 6379, false, BESIDE_CACHE],
    ["the internet", 443, true, INTERNET],
    ["the internet", 5432, true, INTERNET],
    ["the internet", 6543, true, INTERNET],
    ["the internet", 80, false, INTERNET],
    ["the internet", 6379, false, INTERNET],
    ["the nodes' metadata", 80, false, METADATA],
    ["the nodes' metadata", 443, false, METADATA],
    ["Pod Identity", 80, false, POD_IDENTITY],
    ["Pod Identity", 443, false, POD_IDENTITY],
    ["the VPC", 443, false, VPC],
    ["the VPC", 5432, false, VPC],
    ["Traefik", 443, false, TRAEFIK],
    ["CoreDNS", 443, false, KUBE_DNS],
    ["the web", 3000, false, web],
  ])("reaches %s at port %i: %s", (_, port, expected, to) => {
    expect(allowed(written, ai, to, port)).toBe(expected);
  });

  it("reaches the database only at the configured ports", () => {
    const moved = synth("dev", {
      database: { ports: [6432] },
      langsmith: { enabled: true, project: "evals" },
    });
    const ai = pods(moved.app, "wbot-ai");
    expect(allowed(moved, ai, INTERNET, 6432)).toBe(true);
    expect(allowed(moved, ai, INTERNET, 5432)).toBe(false);
    expect(allowed(moved, ai, INTERNET, 443)).toBe(true);
    expect(moved.app.one("kubernetes_config_map_v1", "wbot-ai").body["data"]).toMatchObject({
      LANGSMITH_TRACING: "true",
      LANGSMITH_PROJECT: "evals",
    });
  });

  it("gets its environment and allowed origins, with tracing off", () => {
    expect(app.one("kubernetes_config_map_v1", "wbot-ai").body["data"]).toMatchObject({
      ENVIRONMENT: "prod",
      PORT: "8000",
      CORS_ORIGINS: "https://chat.example.com",
      LANGSMITH_TRACING: "false",
      LANGSMITH_PROJECT: "wbot-prod",
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      // Its share of the database's connections.
      DATABASE_POOL_SIZE: "4",
    });
  });
});
