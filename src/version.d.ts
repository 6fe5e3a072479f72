/** The version in package.json, put in by the build. */
declare const __NB2MOD_VERSION__: string;
