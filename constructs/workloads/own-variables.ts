import type { Environment } from "../../environments";
import { seconds } from "../../environments/quantity";
import { namesOf } from "../../environments/names";
import { addressOf, type ServiceKey } from "../../environments/services";
import { corsOrigins } from "./browser-headers";

/** Environment variables of one service alone that follow from the settings; those that are the same everywhere are in its row. */
export const OWN_VARIABLES: Readonly<
  Partial<Record<ServiceKey, (environment: Environment) => Readonly<Record<string, string>>>>
> = {
  ai: (environment) => {
    const { langsmith, streaming } = environment;
    return {
      CORS_ORIGINS: corsOrigins(environment).join(","),
      LANGSMITH_TRACING: String(langsmith.enabled),
      LANGSMITH_PROJECT: langsmith.project ?? namesOf(environment).prefix,
      LANGSMITH_ENDPOINT: langsmith.endpoint,
      STREAM_HEARTBEAT_SECONDS: String(seconds(streaming.heartbeat)),
    };
  },
  web: () => {
    const { name, port } = addressOf("ai");
    return { API_URL: `http://${name}:${port}` };
  },
};
