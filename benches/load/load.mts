/**
 * Starts nodes, puts them under load with `semblance-load`, and stops them; run it by `npm run bench:load` in `tests/`.
 *
 * Arguments name what is run, all of it if there are none. REPORTS names the folder for the reports (benches/load/reports),
 * SECONDS the length of each load (120).
 */

import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chain } from '../../tests/support/chain.ts';
import { Node, startNetwork } from '../../tests/support/node.ts';
import { program, run as finish, Service, sleep, tail, temporaryFolder } from '../../tests/support/processes.ts';
import { groundwork } from '../../tests/support/story.ts';
import { Worker } from '../../tests/support/worker.ts';

const REPORTS = path.resolve(process.env.REPORTS ?? path.join(path.dirname(fileURLToPath(import.meta.url)), 'reports'));
const SECONDS = Number(process.env.SECONDS ?? 120);
const HOSPITALS = ['Alice', 'Bob', 'Charlie', 'Dave'];
/** Consents that show how time and room grow. */
const GROWTH = Number(process.env.CONSENTS ?? 200_000);
const GROWTH_RATE = 5_000;
/** Patients of the dataset whose jobs are run. */
const PATIENTS = 200;
/** Exit code of `semblance-load` for a missed mark. */
const MISSED = 3;

interface Place {
	folder: string;
	nodes: Node[];
}

/** What can be run, and the marks that it has to reach. */
const RUNS: Record<string, (name: string) => Promise<number>> = {
	captures: (name) =>
		onNetwork((place) =>
			load(name, place, HOSPITALS, ['--captures', '310', ...length(), ...marks(300, 6)]),
		),
	batches: (name) =>
		onNetwork((place) =>
			load(name, place, HOSPITALS, ['--batches', '3200', '--batch-size', '400', ...length(), ...marks(3_000, 6)]),
		),
	instant: (name) =>
		onInstant((place) => load(name, place, ['Alice'], ['--captures', '850', '--accounts', '4', ...length(), ...marks(800)])),
	growth: (name) =>
		onInstant((place) =>
			load(name, place, ['Alice'], [
				...['--batches', `${GROWTH_RATE}`, '--batch-size', '500', '--seconds', `${GROWTH / GROWTH_RATE}`, '--patience', '600'],
				...['--database', path.join(place.folder, 'alice')],
			]),
		),
	jobs: async (name) => {
		const folder = temporaryFolder('load-jobs');
		const worker = await Worker.init(folder, 2);
		return onNetwork(async (place) => {
			const [alice, bob] = place.nodes as [Node, Node];
			await worker.start(bob.ws);
			const chain = await Chain.connect(alice.ws);
			try {
				const ground = await groundwork({ chain, worker, steward: 'Bob' }, folder, PATIENTS);
				return await load(name, place, HOSPITALS, [
					...['--captures', '50', '--applications', '5', '--jobs', '0.2', '--researcher', '//Researcher'],
					...['--dataset', `${ground.dataset.id}`, '--agreement', `${ground.agreement}`],
					...['--generator', `${ground.generator}`, ...length()],
				]);
			} finally {
				await chain.close();
				await worker.stop();
			}
		}, worker, folder);
	},
};

function length(): string[] {
	return ['--seconds', `${SECONDS}`];
}

/** Memory is flat if it grows by at most a tenth from the second quarter of the load to the last. */
function marks(rate: number, finality?: number): string[] {
	return ['--expect-rate', `${rate}`, '--expect-growth', '10', ...(finality ? ['--expect-finality', `${finality}`] : [])];
}

async function onNetwork(
	measure: (place: Place) => Promise<number>,
	worker?: Worker,
	folder = temporaryFolder('load'),
): Promise<number> {
	return stopping({ folder, nodes: await startNetwork(folder, worker) }, measure);
}

async function onInstant(measure: (place: Place) => Promise<number>): Promise<number> {
	const folder = temporaryFolder('load-instant');
	const node = await Node.start({ folder, chain: 'dev', authority: 'alice', instant: true });
	return stopping({ folder, nodes: [node] }, measure);
}

async function stopping(place: Place, measure: (place: Place) => Promise<number>): Promise<number> {
	try {
		return await measure(place);
	} finally {
		await Promise.all(place.nodes.map((node) => node.service.stop()));
		rmSync(place.folder, { recursive: true, force: true });
	}
}

/** Runs the load; returns its exit code. */
async function load(name: string, { folder, nodes }: Place, stewards: string[], args: string[]): Promise<number> {
	const out = path.join(REPORTS, name);
	mkdirSync(out, { recursive: true });
	const log = path.join(out, 'load.log');
	rmSync(log, { force: true });
	const service = new Service('semblance-load', program('semblance-load'), [
		...nodes.flatMap((node, index) => ['--node', node.ws, '--pid', `${HOSPITALS[index]}=${node.service.pid}`]),
		...stewards.flatMap((person) => ['--steward', `//${person}`]),
		...['--title', name, '--out', out],
		...args,
	], log);
	service.start();
	while (service.isRunning) await sleep(500);
	console.log(`${tail(log, 60)}\n`);
	const size = await finish('du', ['-sm', folder]);
	console.log(`databases and logs of all nodes: ${size.stdout.split('\t')[0]} MiB\n`);
	return service.exitCode ?? 1;
}

let worst = 0;
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(RUNS)) {
	const measure = RUNS[name];
	if (!measure) throw new Error(`there is no run ${name}; name some of ${Object.keys(RUNS).join(', ')}`);
	console.log(`## ${name}\n`);
	const code = await measure(name);
	if (code !== 0) console.log(code === MISSED ? `${name}: a mark was missed\n` : `${name}: ended with ${code}\n`);
	worst = Math.max(worst, code);
}
process.exitCode = worst;
