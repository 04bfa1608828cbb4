import { custom, synth, type WrittenStack } from "../../synth";

const listed = ["https://chat.acme.com", "http://localhost:3000"];

describe("the origins that browsers may call the API from", () => {
  const atTraefik = (app: WrittenStack) =>
    custom(app, "Middleware", "cors").body["manifest"].spec.headers.accessControlAllowOriginList as string[];
  const atBackend = (app: WrittenStack) =>
    app.one("kubernetes_config_map_v1", "wbot-ai").body["data"].CORS_ORIGINS as string;

  it.each([
    ["dev", "https://dev.chat.example.com"],
    ["staging", "https://staging.chat.example.com"],
    ["prod", "https://chat.example.com"],
  ])("are the product's own in %s", (name, origin) => {
    expect(atTraefik(synth(name).app)).toEqual([origin]);
    expect(atBackend(synth(name).app)).toBe(origin);
  });

  it("are those that the environment lists, the same at Traefik and at the backend", () => {
    const { app } = synth("dev", { traffic: { corsOrigins: listed } });
    expect(atTraefik(app)).toEqual(listed);
    expect(atBackend(app)).toBe(listed.join(","));
  });

  it("are never all of them", () => {
    expect(() => synth("dev", { traffic: { corsOrigins: ["*"] } })).toThrow(
      /traffic\.corsOrigins\.0 is "\*": it must be a web origin/,
    );
  });
});
