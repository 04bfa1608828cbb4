import { z } from "zod";
import { duration, cpu, memory, oneOf, optionalGroup, sequence, text, whole } from "./schema-fields";
import { looksSecret } from "./secret-shapes";
import { type Http, type ServiceRow } from "./services";
import { refusedVariable } from "./variables";

/** Settings of a service that serves HTTP. */
const answering = ({ probe }: Http) => ({
  healthPath: text(/^\/[\w./~-]*$/, 'a path, such as "/health"')
    .default(probe.path)
    .describe(
      "Path of the liveness and readiness probes: the service must answer it without rendering a page or calling the database or another service (docs/images.md). The backend must answer users' `/health`, too, which deploys and the uptime check request",
    ),
  startup: duration("30s", "10m")
    .default("5m")
    .describe("How long a pod may take to answer for the first time; liveness probes start only then"),
});

/**
 * A host, which may have a port, and path components.
 *
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
const IMAGE_REPOSITORY =
  /^(?=.{1,255}$)(([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?(:\d{1,5})?\/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

/** What a process can be given: C's strings end at a NUL. */
const plain = () =>
  z
    .string({ error: "text, in quotes" })
    .regex(/^[^\0]*$/, { error: "text without NUL characters", abort: true });

/** Settings of a service. */
export const workload = ({ name, about, http, runtime, ...defaults }: ServiceRow) =>
  optionalGroup({
    // A worker has none of these: only what has the row's `http` reads them.
    ...((http ? answering(http) : {}) as ReturnType<typeof answering>),
    image: optionalGroup({
      repository: text(
        IMAGE_REPOSITORY,
        'an image repository in lower case, without scheme, tag and digest, such as "111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ai"',
      )
        .optional()
        .describe(
          `Image repository: in ECR, in any account, or a public one, because pods have credentials only for ECR. Default: this environment's own ECR repository \`${name}\``,
        ),
      tag: text(
        /^(?!latest$)[\w][\w.-]{0,127}$/,
        'an image tag other than "latest", preferably the commit it was built from',
      )
        .optional()
        .describe(
          "Image tag; never `latest`, which doesn't say what is running. Default: keep the running image; `npx wbot deploy --image-tag` sets another",
        ),
      digest: text(/^sha256:[0-9a-f]{64}$/, 'an image digest, "sha256:" and 64 hexadecimal digits')
        .optional()
        .describe("Image digest; overrides the tag"),
    }).describe("The image to run: a tag, a digest, or both; with neither, keep the running image"),
    replicas: optionalGroup({
      min: whole(1, 100, "pods").default(2).describe("Minimum number of pods"),
      max: whole(1, 100, "pods").default(10).describe("Maximum number of pods"),
    }).describe("Bounds of the autoscaler, which chooses the number of pods"),
    targetCpuPercent: whole(10, 95, "percent of the requested CPU")
      .default(70)
      .describe("CPU utilization that the autoscaler aims for, in percent of the request"),
    targetMemoryPercent: whole(10, 95, "percent of the requested memory")
      .optional()
      .describe(
        "Memory utilization that the autoscaler also aims for, in percent of the request. Default: memory is ignored",
      ),
    cpu: optionalGroup({
      request: cpu().default(defaults.cpu.request).describe("CPU reserved for a pod"),
      limit: cpu().default(defaults.cpu.limit).describe("CPU a pod may use"),
    }),
    memory: optionalGroup({
      request: memory().default(defaults.memory.request).describe("Memory reserved for a pod"),
      limit: memory().default(defaults.memory.limit).describe("Memory at which a pod is killed"),
      tmp: memory()
        .default(defaults.memory.tmp)
        .describe(
          "Size of /tmp, the only writable path. It is memory and counts as such: when it is full, writes fail, but the pod survives",
        ),
    }),
    capacity: oneOf(["on-demand", "prefer-spot", "any"])
      .default("on-demand")
      .describe("Nodes it may run on: on-demand only, spot if there is room, or any"),
    command: sequence(
      plain().refine((word) => !looksSecret(word), {
        error: "without secrets, which everyone who may read a Deployment would see",
      }),
      1,
      20,
      "words",
    )
      .optional()
      .describe("Command that the container runs, as a list of words. Default: the image's own"),
    variables: z
      .record(text(/^[A-Z][A-Z0-9_]{0,252}$/, "a name in upper case, of at most 253 characters"), plain(), {
        error: "an object of names and strings",
      })
      .default({})
      .superRefine((variables, context) => {
        for (const [name, value] of Object.entries(variables)) {
          const message = refusedVariable(name, value, runtime);
          if (message !== undefined) context.addIssue({ code: "custom", message, path: [name] });
        }
      })
      .describe(
        "Additional environment variables: no secrets, and none that the project or another setting sets, except the caches HF_HOME and TIKTOKEN_CACHE_DIR, UVICORN_ACCESS_LOG, OpenTelemetry's, and those in environments/services.ts other than HOST",
      ),
  }).describe(`${name}, ${about}`);
