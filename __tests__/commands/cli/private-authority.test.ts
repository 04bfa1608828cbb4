import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { init } from "../../../commands/terraform/program";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { describeWith, TERRAFORM, type Need } from "../../programs";
import { TYPESCRIPT } from "../../typescript";
import { ssoProfile } from "./sso-profile";

/**
 * A company's proxy that inspects TLS shows certificates of an authority of its own. Here it is a server on this machine that
 * plays AWS, a bucket and a registry, and each client that commands use or start asks it, by the variables it knows.
 */

const PROJECT = join(__dirname, "..", "..", "..");
const OPENSSL: Need = {
  what: "openssl on the PATH",
  isThere: () => spawnSync("openssl", ["version"]).status === 0,
};

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>me</UserId><Account>111122223333</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;
const EMPTY_BUCKET = `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>states</Name></ListBucketResult>`;

const ROLE = JSON.stringify({
  roleCredentials: { accessKeyId: "a", secretAccessKey: "b", sessionToken: "c", expiration: 4e12 },
});
const NO_SUCH_KEY = "<Error><Code>NoSuchKey</Code></Error>";

describeWith([OPENSSL], "behind a private certificate authority", () => {
  let folder: string;
  let server: Server;
  let url: string;
  let env: NodeJS.ProcessEnv;
  const file = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wbot-authority-"));
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
    const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=Inspection",
    );
    openssl("req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost");
    writeFileSync(file("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    const signed = [
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-extfile",
      "names",
      "-days",
      "1",
    ];
    openssl("x509", "-req", "-in", "server.csr", ...signed, "-out", "server.pem");
    const tls = { key: readFileSync(file("server.key")), cert: readFileSync(file("server.pem")) };
    server = createServer(tls, ({ method, url: path = "" }, answer) => {
      if (path.startsWith("/federation/credentials?")) answer.end(ROLE);
      else if (/^\/states\/?(\?|$)/.test(path)) answer.end(EMPTY_BUCKET);
      else if (method === "POST") answer.end(IDENTITY);
      else answer.writeHead(path === "/chart" ? 200 : 404).end(NO_SUCH_KEY);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const { PATH, HOME, CHECKPOINT_DISABLE } = process.env;
    env = {
      PATH,
      HOME,
      CHECKPOINT_DISABLE,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_MAX_ATTEMPTS: "1",
      AWS_ENDPOINT_URL: url,
    };
  });
  afterAll(() => {
    server.close();
  });

  /** What our own clients get, AWS's SDK and fetch, set up as a command does it: in one process by each of some variables. */
  async function own(
    given: NodeJS.ProcessEnv,
    ...later: readonly Readonly<Record<string, string>>[]
  ): Promise<unknown[]> {
    const code = `
      const { GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");
      const { awsTrouble, clientConfig } = require("./commands/cli/aws");
      const { useNetwork } = require("./commands/cli/network");
      const { Agent, setGlobalDispatcher } = require("undici");
      (async () => {
        const got = [];
        for (const variables of ${JSON.stringify([{}, ...later])}) {
          Object.assign(process.env, variables);
          await useNetwork();
          const sts = new STSClient({ ...clientConfig("us-east-1"), maxAttempts: 1 });
          const sdk = await sts.send(new GetCallerIdentityCommand({})).then(({ Account }) => Account, (error) => awsTrouble(error)?.fix);
          const chart = await fetch("${url}/chart").then(({ status }) => status, (error) => error.cause.code);
          got.push({ sdk, fetch: chart });
          for (const name of Object.keys(variables)) delete process.env[name];
          setGlobalDispatcher(new Agent());
        }
        console.log(JSON.stringify(got));
      })();`;
    const { stdout } = await promisify(execFile)(process.execPath, [...TYPESCRIPT, "--eval", code], {
      cwd: PROJECT,
      env: { ...env, ...given },
    });
    return JSON.parse(stdout) as unknown[];
  }
  const trusted = { sdk: "111122223333", fetch: 200 };

  it("our own clients refuse it, and say what to set: they trust what AWS_CA_BUNDLE and SSL_CERT_FILE name, also for an SSO profile's credentials", async () => {
    const ca = file("ca.pem");
    const sso = { AWS_ACCESS_KEY_ID: "", ...ssoProfile(folder) };
    const refused = {
      sdk: expect.stringContaining("export AWS_CA_BUNDLE=<file>.pem"),
      fetch: expect.stringMatching(/^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/),
    };
    expect(
      await own({}, { AWS_CA_BUNDLE: ca }, { SSL_CERT_FILE: ca }, sso, { ...sso, AWS_CA_BUNDLE: ca }),
    ).toEqual([refused, trusted, trusted, refused, trusted]);
  });

  it("our own clients trust what NODE_EXTRA_CA_CERTS names", async () => {
    expect(await own({ NODE_EXTRA_CA_CERTS: file("ca.pem") })).toEqual([trusted]);
  });

  describeWith([TERRAFORM], "Terraform", () => {
    const kept = process.env;
    afterEach(() => {
      process.env = kept;
    });

    /** A stack whose state is at the server, initialized as commands do it. */
    async function initialized(backend: object, given: NodeJS.ProcessEnv): Promise<void> {
      const path = mkdtempSync(join(folder, "stack-"));
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "cdk.tf.json"), JSON.stringify({ terraform: { backend } }));
      process.env = { ...env, ...given };
      await init({ stack: "infra", path } as unknown as StackFolder);
    }
    const bucket = () => ({
      s3: {
        bucket: "states",
        key: "state",
        region: "us-east-1",
        use_path_style: true,
        endpoints: { s3: url, sts: url },
        skip_requesting_account_id: true,
        max_retries: 0,
      },
    });

    it("trusts for AWS what AWS_CA_BUNDLE names", async () => {
      await expect(initialized(bucket(), { AWS_CA_BUNDLE: file("ca.pem") })).resolves.toBeUndefined();
    }, 60_000);

    it("refuses it otherwise, and says what to set", async () => {
      await expect(initialized(bucket(), {})).rejects.toThrow(
        /x509[\s\S]*For AWS: export AWS_CA_BUNDLE=<file>\.pem\. For provider and chart registries: export SSL_CERT_FILE=<file>\.pem/,
      );
    }, 60_000);

    // Go reads the variable on Linux alone.
    (process.platform === "linux" ? it : it.skip)(
      "trusts elsewhere what SSL_CERT_FILE names",
      async () => {
        const backend = { http: { address: `${url}/state` } };
        await expect(initialized(backend, { SSL_CERT_FILE: file("ca.pem") })).resolves.toBeUndefined();
      },
      60_000,
    );
  });
});
