import { synth } from "../../synth";
import { accepts, allowed, IMPOSTOR, INTERNET, pods, SOLVER, STRANGER } from "../../connections";

const written = synth("prod");
const { app } = written;
const ai = pods(app, "wbot-ai");

describe("wbot-ai", () => {
  it("admits nobody else, whatever their own policies allow", () => {
    for (const from of [STRANGER, SOLVER, ai, IMPOSTOR]) expect(accepts(written, from, ai, 8000)).toBe(false);
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
