import { DeleteBucketCommand, GetBucketVersioningCommand, S3Client } from "@aws-sdk/client-s3";
import { clientConfig } from "../../../commands/cli/aws";
import { initState } from "../../../commands/state/init";
import { loadEnvironment } from "../../../environments";
import { withEmulator } from "../../emulator";

withEmulator("state init, against an emulator", () => {
  const environment = loadEnvironment("rehearsal");
  const bucket = `wbot-test-${process.pid}`;
  let client: S3Client;
  let told: string[];
  beforeAll(() => {
    client = new S3Client({ ...clientConfig(environment.region), forcePathStyle: true });
  });
  beforeEach(() => {
    told = [];
    jest.spyOn(console, "log").mockImplementation((line: string) => told.push(line));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  });

  const init = async () => {
    expect(await initState(environment, { bucket, json: true })).toBe(0);
    return JSON.parse(told.join("\n")) as { made: boolean; settings: { what: string; changed: boolean }[] };
  };

  it("makes and hardens a bucket", async () => {
    const { made, settings } = await init();
    expect(made).toBe(true);
    // A new bucket is closed to the public already.
    expect(settings.filter(({ changed }) => !changed).map(({ what }) => what)).toEqual(["no public access"]);
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    expect(Status).toBe("Enabled");
  });

  it("changes nothing the second time", async () => {
    const { made, settings } = await init();
    expect(made).toBe(false);
    expect(settings.filter(({ changed }) => changed)).toEqual([]);
  });
});
