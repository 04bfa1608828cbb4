import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bucketTrouble, stateBucketClient } from "../../../commands/cli/state-bucket";

/** What S3 answers, at an endpoint on this machine: the SDK alone decides what becomes of it. */
let answer: { readonly status: number; readonly headers?: Record<string, string> };
/** The account that a bucket must belong to, as S3 is told. */
let owner: unknown;
const server = createServer(({ headers }, response) => {
  owner = headers["x-amz-expected-bucket-owner"];
  response.writeHead(answer.status, answer.headers).end();
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  jest.replaceProperty(process, "env", {
    ...process.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
});
afterAll(() => {
  jest.restoreAllMocks();
  server.close();
  server.closeAllConnections();
});

const OWN = { Bucket: "a-bucket", ExpectedBucketOwner: "111122223333" };
const looked = () => bucketTrouble(stateBucketClient("us-east-1"), OWN);

it.each([
  [200, {}, undefined],
  [404, {}, "missing"],
  [403, {}, "denied"],
  [301, { "x-amz-bucket-region": "eu-west-1" }, { region: "eu-west-1" }],
  [301, {}, { region: "another region" }],
])(
  "knows what keeps a bucket from being used by an answer without a body: %d %j",
  async (...[status, headers, trouble]) => {
    answer = { status, headers };
    expect(await looked()).toEqual(trouble);
    expect(owner).toBe("111122223333");
  },
);

it("passes on any other error", async () => {
  answer = { status: 400 };
  await expect(looked()).rejects.toMatchObject({ name: "Unknown", $metadata: { httpStatusCode: 400 } });
});
