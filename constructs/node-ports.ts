/** Traefik's node ports, which the load balancer's target groups send to. */
export const NODE_PORTS = { http: 30080, https: 30443, ping: 30081 } as const;
