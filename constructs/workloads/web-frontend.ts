import type { ITerraformDependable } from "cdktf";
import { WEB, WEB_PORT } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { selector } from "../labels";
import { DNS, HTTPS, internet } from "../peers";
import { TRAEFIK_PODS } from "../platform/traefik";
import { streamTimes } from "../stream-times";
import type { AiBackend } from "./ai-backend";
import type { ExternalSecret } from "./external-secret";
import { Workload } from "./workload";

const SERVICE_PORT = 80;

export interface WebFrontendProps {
  readonly namespace: string;
  readonly repository: string;
  readonly secrets: readonly ExternalSecret[];
  /** It renders pages with what this answers, so it starts after it. */
  readonly ai: AiBackend;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** wbot-web: the TanStack Start server that renders the pages. */
export class WebFrontend extends Workload {
  constructor(stack: EnvironmentStack, id: string, props: WebFrontendProps) {
    const { environment } = stack;
    const { ai } = props;
    super(stack, id, {
      ...props,
      environment,
      name: WEB,
      component: "frontend",
      settings: environment.web,
      port: WEB_PORT,
      servicePort: SERVICE_PORT,
      probe: { path: "/", livenessDelaySeconds: 15, readinessDelaySeconds: 5 },
      times: streamTimes(environment).web,
      variables: {
        ENVIRONMENT: environment.name,
        NODE_ENV: "production",
        HOST: "0.0.0.0",
        PORT: String(WEB_PORT),
        SUPABASE_URL: environment.supabase.url,
        API_URL: `http://${ai.name}:${ai.servicePort}`,
        HOME: "/tmp",
      },
      ingress: [{ peers: [TRAEFIK_PODS], ports: [WEB_PORT] }],
      egress: [
        DNS,
        { peers: [{ pods: selector(ai.name) }], ports: [ai.port] },
        { peers: [internet(environment)], ports: [HTTPS] },
      ],
      dependsOn: [...props.dependsOn, ai.ready],
    });
  }
}
