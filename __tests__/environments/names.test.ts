import { loadEnvironment } from "../../environments";
import { namesOf } from "../../environments/names";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";

const shipped = ["dev", "staging", "prod"].map((name) => namesOf(loadEnvironment(name)));

it("puts the registry's namespace before a repository's name, if there is one", () => {
  expect(namesOf({ name: "qa", registry: {} }).repository("wbot-ai")).toBe("wbot-ai");
  const inTeam = { name: "qa", registry: { namespace: "team/qa" } };
  expect(namesOf(inTeam).repository("wbot-web")).toBe("team/qa/wbot-web");
});

it("lets the shipped environments live in one account without sharing a name", () => {
  const named = shipped.flatMap((names) => [
    names.cluster,
    names.appSecret,
    names.redisSecret,
    ...SERVICE_KEYS.map((key) => names.repository(SERVICES[key].name)),
  ]);
  expect(new Set(named).size).toBe(3 * (3 + SERVICE_KEYS.length));
});
