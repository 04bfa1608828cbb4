/** Annotation by which Reloader knows whose pods to roll when a Secret changes: names, joined by commas. */
export const RELOAD_ON = "secret.reloader.stakater.com/reload";

/** What Reloader writes into the pods to roll them: the next apply would take it out again, and roll them back. */
export const IGNORE_RELOAD =
  'spec[0].template[0].metadata[0].annotations["reloader.stakater.com/last-reloaded-from"]';
