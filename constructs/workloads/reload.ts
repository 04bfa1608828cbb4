/** Annotation that lists the Secrets, separated by commas, whose changes make Reloader roll the pods. */
export const RELOAD_ON = "secret.reloader.stakater.com/reload";

/** What Reloader adds to the pod template to roll the pods: the next apply must not remove it and roll them again. */
export const IGNORE_RELOAD =
  'spec[0].template[0].metadata[0].annotations["reloader.stakater.com/last-reloaded-from"]';
