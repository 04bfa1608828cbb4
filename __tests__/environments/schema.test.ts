import { loadEnvironment } from "../../environments";

it("takes a workload without an image, for which what runs is kept", () => {
  const { ai, web } = loadEnvironment("dev");
  expect([ai.image, web.image]).toEqual([{}, {}]);
});

it.each([
  ["https://github.com/example/wbot", false],
  ["example/wbot:*", false],
  ["example/*", false],
  ["example@12/wbot", false],
  ["example/wbot@34", false],
  ["example/wbot.on_aws-1", true],
  ["example@12/wbot@34", true],
])("takes a repository as GitHub's tokens name it, and no pattern: %s, %p", (repository, allowed) => {
  const load = () =>
    loadEnvironment("dev", {
      overrides: {
        account: "111122223333",
        state: { kind: "s3", bucket: "wbot-state" },
        ci: { repository, runner: "wbot" },
      },
    });
  if (allowed) expect(load().ci?.repository).toBe(repository);
  else
    expect(load).toThrow(
      `ci.repository is ${JSON.stringify(repository)}: it must be a GitHub repository as its tokens name it: "owner/name", or with ids "owner@1234/name@5678"`,
    );
});
