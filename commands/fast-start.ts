/**
 * Imported first, for its effect: tsx has Node read the source map of every module it loads, which takes a quarter of a
 * synth, and which only a stack trace needs. To have traces with lines: NODE_OPTIONS=--enable-source-maps
 */
if (!(process.env["NODE_OPTIONS"] ?? "").includes("--enable-source-maps"))
  process.setSourceMapsEnabled(false);
