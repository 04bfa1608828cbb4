import { loadEnvironment } from "../../environments";
import { AI, namesOf, WEB } from "../../environments/names";

const shipped = ["dev", "staging", "prod"].map((name) => namesOf(loadEnvironment(name)));

it("names everything after the product and the environment", () => {
  expect(namesOf({ name: "qa", registry: { keepImages: 50 } })).toMatchObject({
    prefix: "wbot-qa",
    cluster: "wbot-qa",
    appSecret: "wbot/qa/app",
    redisSecret: "wbot/qa/redis",
  });
});

it("puts the registry's namespace before a repository's name, if there is one", () => {
  expect(namesOf({ name: "qa", registry: { keepImages: 50 } }).repository(AI)).toBe("wbot-ai");
  expect(namesOf({ name: "qa", registry: { keepImages: 50, namespace: "team/qa" } }).repository(WEB)).toBe(
    "team/qa/wbot-web",
  );
});

it("lets the shipped environments live in one account without sharing a name", () => {
  const named = shipped.flatMap((names) => [
    names.cluster,
    names.appSecret,
    names.redisSecret,
    names.repository(AI),
    names.repository(WEB),
  ]);
  expect(new Set(named).size).toBe(15);
});
