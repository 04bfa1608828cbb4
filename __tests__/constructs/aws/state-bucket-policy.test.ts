import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BucketStatement } from "../../../constructs/aws/closed-bucket";
import { bucketStatements } from "../../../constructs/aws/state-bucket";
import { describeWith, TERRAFORM } from "../../programs";
import { synth } from "../../synth";

/** No emulator enforces a bucket's policy: here it is enforced on what Terraform really sends. */

const BUCKET = "wbot-state";
const ENCRYPTION = "x-amz-server-side-encryption";

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const OPERATORS: Readonly<Record<string, (actual: string | undefined, wanted: string) => boolean>> = {
  Bool: (actual, wanted) => actual === wanted,
  NumericLessThan: (actual, wanted) => actual !== undefined && Number(actual) < Number(wanted),
  StringNotEqualsIfExists: (actual, wanted) => actual === undefined || actual !== wanted,
  Null: (actual, wanted) => String(actual === undefined) === wanted,
};

/** Which statements deny a request, whose headers are condition keys as S3 has them. */
function denials(policy: readonly BucketStatement[], headers: IncomingMessage["headers"]): string[] {
  const context: Readonly<Record<string, string | undefined>> = {
    "aws:SecureTransport": "true",
    "s3:TlsVersion": "1.3",
    [`s3:${ENCRYPTION}`]: headers[ENCRYPTION] as string | undefined,
  };
  const holds = (operator: string, keys: Readonly<Record<string, string>>) => {
    const compare = OPERATORS[operator];
    if (!compare) throw new Error(`This evaluator does not know ${operator}`);
    return Object.entries(keys).every(([key, wanted]) => compare(context[key], wanted));
  };
  return policy
    .filter(({ Action }) => Action === "s3:PutObject" || Action === "s3:*")
    .filter(({ Condition }) => Object.entries(Condition).every(([operator, keys]) => holds(operator, keys)))
    .map(({ Sid }) => Sid);
}

it("denies everybody what comes without TLS 1.2, and objects of another encryption than KMS", () => {
  const everybody = { Effect: "Deny", Principal: "*" };
  const objects = "arn:aws:s3:::wbot-state/*";
  const all = { ...everybody, Action: "s3:*", Resource: ["arn:aws:s3:::wbot-state", objects] };
  expect(bucketStatements(BUCKET, "aws")).toEqual([
    { ...all, Sid: "WbotTlsOnly", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    { ...all, Sid: "WbotTls12", Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
    {
      ...everybody,
      Sid: "WbotKmsOnly",
      Action: "s3:PutObject",
      Resource: [objects],
      Condition: {
        StringNotEqualsIfExists: { [`s3:${ENCRYPTION}`]: "aws:kms" },
        Null: { [`s3:${ENCRYPTION}`]: "false" },
      },
    },
  ]);
});

describeWith([TERRAFORM], "the policy of the state's bucket, enforced on what Terraform sends", () => {
  let server: Server;
  let folder: string;
  /** "PUT <key> <encryption that it asks for>", with what denied it. */
  let puts: string[];
  beforeEach(async () => {
    puts = [];
    folder = mkdtempSync(join(tmpdir(), "wbot-bucket-"));
    const objects = new Map<string, Buffer>();
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        answer(request, Buffer.concat(chunks), response, objects);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** As much of S3 as Terraform's backend uses. */
  function answer(
    { method, url = "", headers }: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    objects: Map<string, Buffer>,
  ): void {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const key = pathname.slice(`/${BUCKET}/`.length);
    const error = (status: number, code: string) => {
      response.writeHead(status, { "Content-Type": "application/xml" });
      response.end(method === "HEAD" ? undefined : `<Error><Code>${code}</Code></Error>`);
    };
    if (method === "PUT") {
      const denied = denials(bucketStatements(BUCKET, "aws"), headers);
      const encryption = (headers[ENCRYPTION] ?? "none named") as string;
      puts.push([key, encryption, ...denied].join(": "));
      if (denied.length > 0) error(403, "AccessDenied");
      else {
        objects.set(key, body);
        response.end();
      }
    } else if (method === "DELETE") {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (searchParams.has("list-type")) {
      response.writeHead(200, { "Content-Type": "application/xml" });
      response.end("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
    } else {
      const object = objects.get(key);
      if (object) response.end(object);
      else error(404, "NoSuchKey");
    }
  }

  function terraform(...args: string[]): Promise<{ code: number | null; stderr: string }> {
    const child = spawn("terraform", args, {
      cwd: folder,
      env: {
        ...process.env,
        AWS_PROFILE: undefined,
        AWS_ENDPOINT_URL: undefined,
        AWS_ACCESS_KEY_ID: "nobody",
        AWS_SECRET_ACCESS_KEY: "nothing",
      },
    });
    let stderr = "";
    child.stdout.resume();
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stderr });
      });
    });
  }

  /** A folder whose state is in the bucket; `backend` as a stack of ours has it. */
  async function initialized(backend: object): Promise<void> {
    const { port } = server.address() as AddressInfo;
    const s3 = {
      ...backend,
      endpoints: { s3: `http://127.0.0.1:${port}` },
      use_path_style: true,
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: true,
    };
    const resource = { terraform_data: { x: { input: "x" } } };
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ terraform: { backend: { s3 } }, resource }));
    expect(await terraform("init", "-input=false", "-no-color")).toMatchObject({ code: 0 });
  }

  const backendOf = (state: object): object =>
    synth("dev", { state: { kind: "s3", bucket: BUCKET, ...state } }).app.json["terraform"].backend.s3;

  it.each([
    ["without a key of one's own", {}, "none named"],
    ["with one", { kmsKeyId: "alias/wbot-state" }, "aws:kms"],
  ])(
    "admits state and lock %s",
    async (_, state, encryption) => {
      await initialized(backendOf(state));
      expect(await terraform("apply", "-auto-approve", "-no-color")).toMatchObject({ code: 0 });
      const empty = { version: 4, terraform_version: "1.11.0", serial: 99, lineage: "", resources: [] };
      writeFileSync(join(folder, "moved"), JSON.stringify(empty));
      expect(await terraform("state", "push", "-force", "moved")).toMatchObject({ code: 0 });
      const key = "wbot/dev/app.tfstate";
      const once = [`${key}.tflock: ${encryption}`, `${key}: ${encryption}`];
      expect(puts).toEqual([...once, ...once]);
    },
    60_000,
  );

  it("refuses AES256, which Terraform asks for where it is only told to encrypt", async () => {
    await initialized({ ...backendOf({}), encrypt: true });
    const { code, stderr } = await terraform("apply", "-auto-approve", "-no-color");
    expect(code).toBe(1);
    expect(stderr).toContain("AccessDenied");
    expect(puts).toEqual(["wbot/dev/app.tfstate.tflock: AES256: WbotKmsOnly"]);
  }, 60_000);
});
