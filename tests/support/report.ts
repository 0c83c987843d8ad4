/** What scenarios measure, for docs/benchmarks.md. */

/** Prints a measured value; `npm run test:network` shows these lines together with the tests. */
export function measured(what: string, value: string): void {
	console.log(`# measured: ${what}: ${value}`);
}

/** Seconds since a time, with one decimal. */
export function seconds(since: number): string {
	return `${((Date.now() - since) / 1_000).toFixed(1)} s`;
}
