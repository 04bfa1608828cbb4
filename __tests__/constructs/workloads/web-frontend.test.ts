import { custom, synth } from "../../synth";
import { accepts, IMPOSTOR, pods, STRANGER } from "../../connections";

const written = synth("prod");
const { app } = written;
const ai = pods(app, "wbot-ai");
const web = pods(app, "wbot-web");

describe("wbot-web", () => {
  it("admits nobody else, whatever their own policies allow", () => {
    for (const from of [STRANGER, ai, web, IMPOSTOR]) expect(accepts(written, from, web, 3000)).toBe(false);
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
