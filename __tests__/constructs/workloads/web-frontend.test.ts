import { custom, synth } from "../../synth";
import {
  accepts,
  allowed,
  IMPOSTOR,
  INTERNET,
  METADATA,
  POD_IDENTITY,
  pods,
  STRANGER,
  TRAEFIK,
  VPC,
  type End,
} from "../../connections";

const written = synth("prod");
const { app } = written;
const ai = pods(app, "wbot-ai");
const web = pods(app, "wbot-web");
const CACHE: End = { address: "10.0.128.5" };

describe("wbot-web", () => {
  it.each<[string, number, boolean, End]>([
    ["Traefik", 3000, true, TRAEFIK],
    ["Traefik", 80, false, TRAEFIK],
    ["the AI", 3000, false, ai],
    ["another pod", 3000, false, STRANGER],
    ["a node", 3000, false, VPC],
    ["the internet", 3000, false, INTERNET],
  ])("is reached by %s at port %i: %s", (_, port, expected, from) => {
    expect(allowed(written, from, web, port)).toBe(expected);
  });

  it("admits nobody else, whatever their own policies allow", () => {
    for (const from of [STRANGER, ai, web, IMPOSTOR]) expect(accepts(written, from, web, 3000)).toBe(false);
  });

  it.each<[string, number, boolean, End]>([
    ["the AI", 8000, true, ai],
    ["the AI", 443, false, ai],
    ["the internet", 443, true, INTERNET],
    ["the internet", 5432, false, INTERNET],
    ["the internet", 80, false, INTERNET],
    ["the cache", 6379, false, CACHE],
    ["the VPC", 443, false, VPC],
    ["the nodes' metadata", 80, false, METADATA],
    ["the nodes' metadata", 443, false, METADATA],
    ["Pod Identity", 80, false, POD_IDENTITY],
    ["another pod", 8000, false, STRANGER],
  ])("reaches %s at port %i: %s", (_, port, expected, to) => {
    expect(allowed(written, web, to, port)).toBe(expected);
  });

  it("gets the address of the AI's Service, inside the cluster", () => {
    const { API_URL } = app.one("kubernetes_config_map_v1", "wbot-web").body["data"];
    const { metadata, spec } = custom(app, "Service", "wbot-ai").body["manifest"];
    expect(API_URL).toBe(`http://${String(metadata.name)}:${String(spec.ports[0].port)}`);
  });

  it("listens at the port that its Service sends to, on all addresses", () => {
    const { PORT, HOST } = app.one("kubernetes_config_map_v1", "wbot-web").body["data"];
    const [container] = app.one("kubernetes_deployment_v1", "wbot-web").body["spec"].template.spec.container;
    expect([PORT, HOST]).toEqual([String(container.port[0].container_port), "0.0.0.0"]);
  });
});
