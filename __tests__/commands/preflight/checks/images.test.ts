import {
  BatchGetImageCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-ecr";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { mockClient } from "aws-sdk-client-mock";
import { perService, SERVICE_KEYS } from "../../../../environments/services";
import { sdkError } from "../../sdk-error";
import { eks, look } from "../look";

const ecr = mockClient(ECRClient);
beforeEach(() => {
  ecr.reset();
  ecr.on(DescribeRepositoriesCommand).rejects(sdkError("RepositoryNotFoundException"));
});

describe("images", () => {
  const index = (...platforms: string[]) =>
    JSON.stringify({ manifests: platforms.map((architecture) => ({ platform: { architecture } })) });
  const manifest = (text: string) =>
    ecr.on(BatchGetImageCommand).resolves({ images: [{ imageManifest: text }] });

  it("are looked up in the repositories that infra creates, once they exist", async () => {
    ecr.on(BatchGetImageCommand).rejects(sdkError("RepositoryNotFoundException"));
    expect((await look("images"))[0]).toEqual([
      "skip",
      "wbot-ai: infra creates its repository; checked again before app",
    ]);
    expect((await look("images", {}, { stacks: ["app"] }))[0]?.slice(0, 2)).toEqual([
      "fail",
      "the image repository dev/wbot-ai does not exist in us-east-1",
    ]);
  });

  it("must have repositories already where infra creates none", async () => {
    ecr.on(BatchGetImageCommand).rejects(sdkError("RepositoryNotFoundException"));
    expect((await look("images", { registry: { create: false } }))[0]).toEqual([
      "fail",
      "the image repository dev/wbot-ai does not exist in us-east-1",
      'Add "us-east-1" to registry.copies of the environment that creates it, deploy its infra, and push the images there as well',
    ]);
  });

  describe("in an environment whose file is a copy of another's", () => {
    const found = async (overrides = {}) =>
      (await look("images", overrides, {}, "prod")).filter(([status]) => status === "fail");
    const taggedAs = (Value: string, Project = "wbot") =>
      ecr.on(ListTagsForResourceCommand).resolves({
        tags: [
          { Key: "Project", Value: Project },
          { Key: "Environment", Value },
        ],
      });
    beforeEach(() => {
      manifest(index("arm64"));
      ecr.on(DescribeRepositoriesCommand, { repositoryNames: ["wbot-ai"] }).resolves({
        repositories: [{ repositoryArn: "arn:aws:ecr:us-east-1:222233334444:repository/wbot-ai" }],
      });
    });

    it.each([
      ["another environment's", "live", "wbot"],
      ["another project's", "prod", "platform"],
    ])("need one of their own if it is %s", async (_, environment, project) => {
      taggedAs(environment, project);
      expect(await found()).toEqual([
        [
          "fail",
          "this would create image repositories that already belong to something else in us-east-1: wbot-ai",
          'Leave those alone, and create others: registry: { namespace: "<another>" } in environments/prod.ts',
        ],
      ]);
    });

    it("may be there if this environment's own earlier deploy stopped midway", async () => {
      taggedAs("prod");
      expect(await found()).toEqual([]);
    });

    it("may be there if infra creates none, or if its cluster is there", async () => {
      expect(await found({ registry: { create: false } })).toEqual([]);
      eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://example.com" } });
      expect(await found()).toEqual([]);
    });

    it("are found even where another region's may not be looked up", async () => {
      ecr.on(ListTagsForResourceCommand).rejectsOnce(sdkError("AccessDeniedException", "no")).resolves({});
      expect(await look("images", { registry: { copies: ["us-west-2"] } }, {}, "prod")).toEqual(
        expect.arrayContaining([
          ["fail", expect.stringContaining(": wbot-ai"), expect.any(String)],
          ["warn", "could not check: no", expect.any(String)],
        ]),
      );
    });
  });

  it("must exist, and be built for the nodes' architecture", async () => {
    const registry = "222233334444.dkr.ecr.us-east-1.amazonaws.com";
    const repository = `${registry}/dev/wbot-ai`;
    const LOGIN = `aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin ${registry}\n`;
    ecr.on(BatchGetImageCommand).resolves({ images: [] });
    expect((await look("images"))[0]).toEqual([
      "fail",
      `${repository} has no image v0.1.0`,
      `${LOGIN}docker build --platform linux/arm64 --tag ${repository}:v0.1.0 <folder of wbot-ai>\ndocker push ${repository}:v0.1.0`,
    ]);
    manifest(index("amd64", "unknown"));
    expect((await look("images"))[0]).toEqual([
      "fail",
      `${repository}:v0.1.0 is built for amd64, but the nodes are arm64 (nodes.architecture)`,
      `${LOGIN}docker build --platform linux/arm64 --tag ${repository}:<another tag> <folder of wbot-ai>\n` +
        `docker push ${repository}:<another tag>\n` +
        "Then deploy that tag: tags are immutable, so the same one can't be pushed again.",
    ]);
    manifest(index("amd64", "arm64"));
    expect((await look("images"))[0]).toEqual(["pass", `${repository}:v0.1.0, built for arm64`]);
  });

  describe("that are one manifest", () => {
    const shown = "222233334444.dkr.ecr.us-east-1.amazonaws.com/dev/wbot-ai:v0.1.0";
    const URL = "https://layers.test/config";
    const configured = (answer: () => Response) => {
      manifest(JSON.stringify({ config: { digest: "sha256:1" } }));
      ecr
        .on(GetDownloadUrlForLayerCommand, { repositoryName: "dev/wbot-ai", layerDigest: "sha256:1" })
        .resolves({ downloadUrl: URL });
      return { fetch: (url: unknown) => (url === URL ? Promise.resolve(answer()) : Promise.reject(Error())) };
    };

    it.each([
      ["pass", "arm64", `${shown}, built for arm64`],
      ["fail", "amd64", expect.stringContaining(`${shown} is built for amd64`) as string],
    ])("%s by their configuration: %s", async (status, architecture, why) => {
      const outside = configured(() => Response.json({ architecture, os: "linux" }));
      expect((await look("images", {}, { outside })).map((each) => each.slice(0, 2))).toContainEqual([
        status,
        why,
      ]);
    });

    it("are left unchecked where the configuration can't be read, or by a role that may not", async () => {
      const outside = configured(() => new Response(null, { status: 500 }));
      const whys = async () => (await look("images", {}, { outside })).map((each) => each.slice(0, 2));
      const unchecked = (status: string, why: string) => [
        status,
        `${shown}: its architecture was not checked (${why})`,
      ];
      expect(await whys()).toContainEqual(unchecked("warn", "ECR's storage answered 500"));
      manifest("{}");
      expect(await whys()).toContainEqual(unchecked("warn", "it names no configuration"));
      configured(() => new Response());
      ecr.on(GetDownloadUrlForLayerCommand).rejects(sdkError("AccessDeniedException", "no"));
      expect(await whys()).toContainEqual(unchecked("skip", "no"));
    });
  });

  it("are looked up anonymously in other registries", async () => {
    const image = { repository: "ghcr.io/acme/wbot", tag: "v1" };
    const asked: string[] = [];
    const outside = {
      fetch: (url: string, init?: RequestInit) => {
        const authorization = (init?.headers as Record<string, string> | undefined)?.["Authorization"];
        asked.push(`${url}${authorization === undefined ? "" : ` ${authorization}`}`);
        if (url.startsWith("https://ghcr.io/token")) return Promise.resolve(Response.json({ token: "t" }));
        const challenge =
          'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:acme/wbot:pull"';
        return Promise.resolve(
          authorization === undefined
            ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
            : new Response(null, { status: 200 }),
        );
      },
    };
    expect(await look("images", { ...perService(() => ({ image })) }, { outside })).toEqual(
      SERVICE_KEYS.map(() => ["pass", "ghcr.io/acme/wbot:v1"]),
    );
    expect(asked).toContain("https://ghcr.io/v2/acme/wbot/manifests/v1 Bearer t");
    expect(asked).toContain("https://ghcr.io/token?service=ghcr.io&scope=repository%3Aacme%2Fwbot%3Apull");
  });

  describe("in a registry that requires credentials, which pods have only for ECR,", () => {
    const bearer = 'Bearer realm="https://registry.test/token",service="registry.test"';
    const found = async (
      challenge: string,
      token: Response,
      withToken: Response,
      repository = "registry.test/acme/wbot",
    ) => {
      const outside = {
        fetch: (url: string, init?: RequestInit) => {
          if (url.startsWith("https://registry.test/token")) return Promise.resolve(token.clone());
          const headers = init?.headers as Record<string, string> | undefined;
          return Promise.resolve(
            headers?.["Authorization"] === undefined
              ? new Response(null, { status: 401, headers: { "www-authenticate": challenge } })
              : withToken.clone(),
          );
        },
      };
      const image = { repository, tag: "v1" };
      return (await look("images", { ...perService(() => ({ image })) }, { outside }))[0];
    };
    const answer = (status: number) => new Response(null, { status });
    const token = Response.json({ token: "t" });
    const blocked = new Response("<html>", { status: 403, headers: { "content-type": "text/html" } });

    it.each([
      ["by anything else than tokens", 'Basic realm="acme"', token, answer(200)],
      ["for a token: 401", bearer, answer(401), answer(200)],
      ["for a token: 403", bearer, Response.json({ errors: [] }, { status: 403 }), answer(200)],
      ["of more than an anonymous token: 401", bearer, token, answer(401)],
      ["of more than an anonymous token: 403", bearer, token, answer(403)],
    ])("are refused: %s", async (_, challenge, given, withToken) => {
      expect(await found(challenge, given, withToken)).toEqual([
        "fail",
        "registry.test/acme/wbot:v1 can't be pulled without credentials, and pods have them only for ECR",
        "Check its name: a registry gives the same answer if the image doesn't exist. Otherwise make it public, copy it into ECR, or use an ECR pull-through cache of that registry (docs/images.md)",
      ]);
    });

    it.each([
      ["can't be asked for a token through a firewall", blocked, answer(200), "it answered 403"],
      ["refuses more tokens for now", answer(429), answer(200), "it answered 429"],
      ["refuses more requests for now", token, answer(429), "it answered 429"],
    ])("are left unchecked if it %s", async (_, given, withToken, why) => {
      expect(await found(bearer, given, withToken)).toEqual([
        "warn",
        `registry.test/acme/wbot:v1 could not be checked (${why}); the nodes must be able to pull it`,
      ]);
    });

    it("are left unchecked under ECR's other names", async () => {
      const fips = "111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/wbot";
      expect((await found('Basic realm="ecr"', token, answer(200), fips))?.[0]).toBe("warn");
    });
  });

  it("are left unchecked where their registry can't be reached, saying why", async () => {
    const image = { repository: "ghcr.io/acme/wbot", tag: "v1" };
    const outside = {
      fetch: () => Promise.reject(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" })),
    };
    expect((await look("images", { ...perService(() => ({ image })) }, { outside }))[0]).toEqual([
      "warn",
      "ghcr.io/acme/wbot:v1 could not be checked (a server can't be reached (ENOTFOUND)); the nodes must be able to pull it",
    ]);
  });
});
