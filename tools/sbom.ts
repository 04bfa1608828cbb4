import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, EXIT } from "../commands/cli/exit-codes";

/**
 * `npm run sbom`: CycloneDX's list of the packages that the project runs with. npm writes it of all packages;
 * `npm sbom --omit dev` leaves out those that any package is also developed with, cdktf among them.
 */

const PROJECT = join(__dirname, "..");
const DEVELOPMENT = "cdx:npm:package:development";

interface Component {
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly scope?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

export interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** package-lock.json, as far as it is used. */
export interface PackageLock {
  readonly packages: Readonly<
    Record<
      string,
      {
        /** Only where it is installed under another one. */
        readonly name?: string;
        readonly version?: string;
        readonly dev?: boolean;
        readonly devOptional?: boolean;
      }
    >
  >;
}

/** Without the packages that only development needs: the lock file says which. */
export function production(bom: Bom, { packages }: PackageLock): Bom {
  const installed = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== "" && dev !== true && devOptional !== true,
  );
  const own = new Set(
    installed.map(
      ([path, { name, version = "" }]) => `${name ?? path.split("node_modules/").at(-1) ?? path}@${version}`,
    ),
  );
  const components = bom.components.filter(({ name, version }) => own.has(`${name}@${version}`));
  const kept = new Set([bom.metadata.component["bom-ref"], ...components.map((each) => each["bom-ref"])]);
  return {
    ...bom,
    // One that is needed in both ways has npm's mark of the other.
    components: components.map(({ properties = [], ...component }) => ({
      ...component,
      properties: properties.filter(({ name }) => name !== DEVELOPMENT),
    })),
    dependencies: bom.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) })),
  };
}

function sbom(): Bom {
  const { status, stdout, stderr } = spawnSync(
    "npm",
    ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"],
    { cwd: PROJECT, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new CommandError(`npm sbom failed:\n\n${stderr.trim()}`);
  const lock = JSON.parse(readFileSync(join(PROJECT, "package-lock.json"), "utf8")) as PackageLock;
  return production(JSON.parse(stdout) as Bom, lock);
}

export function printSbom(): number {
  console.log(JSON.stringify(sbom(), null, 2));
  return EXIT.done;
}
