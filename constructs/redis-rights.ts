/**
 * What clients of Redis may do, in the language of its ACLs: everything but commands that affect the whole server (KEYS,
 * FLUSHALL, CONFIG, INFO, …). The same wherever Redis runs, so that what works in development works in production.
 */
export const REDIS_RIGHTS = "on ~* +@all -@dangerous";
