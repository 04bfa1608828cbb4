/** The project's folder. No other source may use __dirname: all of them run as one file, see bin/typescript.cjs. */
export const PROJECT = __dirname;
