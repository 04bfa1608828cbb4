import { REDIS } from "../../environments/names";
import { SERVICES } from "../../environments/services";

/** A row of the manifests that this project replaces: CPU in thousandths of a core, memory in MiB. */
interface Row {
  readonly name: string;
  readonly pods: number;
  readonly request: { readonly cpu: number; readonly memory: number };
  readonly limit: { readonly cpu: number; readonly memory: number };
}

/** The rows as written there. */
export const ORIGINAL: readonly Row[] = [
  { name: REDIS, pods: 1, request: { cpu: 100, memory: 128 }, limit: { cpu: 500, memory: 512 } },
  { name: SERVICES.ai.name, pods: 2, request: { cpu: 500, memory: 512 }, limit: { cpu: 2000, memory: 2048 } },
  {
    name: SERVICES.web.name,
    pods: 2,
    request: { cpu: 100, memory: 256 },
    limit: { cpu: 1000, memory: 1024 },
  },
];

/** The sum of their requests, as stated below them. */
export const ORIGINAL_TOTAL = "2.4 CPU and 2.3 Gi";
