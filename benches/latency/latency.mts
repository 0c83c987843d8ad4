/**
 * How long things take with four validators and a worker on one machine: finality of a call, start of a job, record of
 * its result. Prints a table in Markdown; run it by `npm run bench:latency` in `tests/`.
 *
 * CALLS and JOBS set how often is measured (30 and 8 if not given).
 */

import { rmSync } from 'node:fs';
import { Chain } from '../../tests/support/chain.ts';
import { type Node, startNetwork } from '../../tests/support/node.ts';
import { sleep, temporaryFolder, until } from '../../tests/support/processes.ts';
import { digest, type Groundwork, groundwork, job, requestJob, type Stage } from '../../tests/support/story.ts';
import { Worker } from '../../tests/support/worker.ts';

const CALLS = Number(process.env.CALLS ?? 30);
const JOBS = Number(process.env.JOBS ?? 8);
/** Milliseconds of a slot. */
const SLOT = 2_000;

/** What the hospital's node saw: heights and when it saw them. */
class Heads {
	private readonly best: { height: number; at: number }[] = [];
	private readonly final: { height: number; at: number }[] = [];

	static async follow({ api }: Chain): Promise<Heads> {
		const heads = new Heads();
		const note = (list: Heads['best']) => (header: { number: { toNumber(): number } }) =>
			void list.push({ height: header.number.toNumber(), at: Date.now() });
		await api.rpc.chain.subscribeNewHeads(note(heads.best));
		await api.rpc.chain.subscribeFinalizedHeads(note(heads.final));
		return heads;
	}

	/** When a block became final. */
	finalAt(height: number): Promise<number> {
		return until(`block ${height} is final`, async () => this.final.find((head) => head.height >= height)?.at, { every: 20 });
	}

	/** Height of the best block at a time. */
	bestAt(time: number): number {
		return this.best.findLast((head) => head.at <= time)?.height ?? 0;
	}
}

interface JobTimes {
	startBlocks: number;
	start: number;
	recordBlocks: number;
	record: number;
	whole: number;
}

/** Seconds from sending a call to its finality, at moments spread over the slot. */
async function callLatencies(chain: Chain): Promise<number[]> {
	const seconds: number[] = [];
	for (let index = 0; index < CALLS; index++) {
		await sleep((SLOT * ((index * 7) % CALLS)) / CALLS);
		const call = chain.api.tx.consortium!.setEncryptionKey!(digest((index % 250) + 1));
		const sent = Date.now();
		await chain.send('Auditor', call, 'final');
		seconds.push((Date.now() - sent) / 1_000);
		progress(`call ${index + 1} of ${CALLS}: ${seconds.at(-1)?.toFixed(2)} s`);
	}
	return seconds;
}

/** Follows one job from its request to the finality of its attestation. */
async function jobLatency(stage: Stage, heads: Heads, { agreement, generator }: Groundwork): Promise<JobTimes> {
	const sent = Date.now();
	const id = await requestJob(stage, agreement, generator, 200);
	const seen = (stages: string[]) =>
		until(
			`the worker is at ${stages[0]}`,
			async () => (stages.includes((await stage.worker.job(id))?.stage ?? '') ? Date.now() : undefined),
			{ every: 20, within: 120_000 },
		);
	const done = ['attesting', 'attested'];
	const working = ['filtering', 'committing', 'accepted', 'waiting-for-beacon', 'fitting', 'sampling', 'evaluating', 'storing'];
	const [started, requestFinal] = await Promise.all([
		seen([...working, ...done]),
		job(stage, id).then(({ requested }) => heads.finalAt(requested)),
	]);
	const finished = await seen(done);
	const { attestation } = await until('the attestation is on record', async () => {
		const now = await job(stage, id);
		return now.attestation ? now : undefined;
	});
	const { block } = await stage.chain.view('generationAttestation', 'attestation', attestation);
	const recordFinal = await heads.finalAt(block);
	return {
		startBlocks: Math.max(0, heads.bestAt(started) - heads.bestAt(requestFinal)),
		start: Math.max(0, started - requestFinal) / 1_000,
		recordBlocks: heads.bestAt(recordFinal) - heads.bestAt(finished),
		record: (recordFinal - finished) / 1_000,
		whole: (recordFinal - sent) / 1_000,
	};
}

function percentile(values: number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function row(what: string, values: number[], unit: 's' | 'blocks', goal: string): string {
	const show = (value: number) => (unit === 's' ? value.toFixed(2) : value.toFixed(0));
	const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)].map(show);
	return `| ${what} | ${unit} | ${p50} | ${p95} | ${values.length} | ${goal} |`;
}

function progress(text: string): void {
	process.stderr.write(`${text}\n`);
}

async function main(): Promise<void> {
	const folder = temporaryFolder('latency');
	const worker = await Worker.init(folder, 2);
	let nodes: Node[] = [];
	let chain: Chain | undefined;
	try {
		progress('four nodes start');
		nodes = await startNetwork(folder, worker);
		const [alice, bob] = nodes as [Node, Node];
		await worker.start(bob.ws);
		chain = await Chain.connect(alice.ws);
		const heads = await Heads.follow(chain);

		const calls = await callLatencies(chain);
		const stage: Stage = { chain, worker, steward: 'Bob' };
		const ground = await groundwork(stage, folder, 200);
		const jobs: JobTimes[] = [];
		for (let index = 0; index < JOBS; index++) {
			jobs.push(await jobLatency(stage, heads, ground));
			progress(`job ${index + 1} of ${JOBS}: ${JSON.stringify(jobs.at(-1))}`);
		}
		const all = (key: keyof JobTimes) => jobs.map((times) => times[key]);
		console.log(
			[
				'| what | unit | p50 | p95 | n | goal |',
				'|---|---|---|---|---|---|',
				row('call: sent → final', calls, 's', 'p50 ≤ 3 s'),
				row('job: request final → worker starts', all('startBlocks'), 'blocks', '≤ 2 blocks'),
				row('job: request final → worker starts', all('start'), 's', ''),
				row('job: worker done → attestation final', all('recordBlocks'), 'blocks', '≤ 4 blocks'),
				row('job: worker done → attestation final', all('record'), 's', ''),
				row('job: request sent → attestation final', all('whole'), 's', ''),
			].join('\n'),
		);
	} finally {
		await chain?.close();
		await worker.stop();
		await Promise.all(nodes.map((node) => node.service.stop()));
	}
	rmSync(folder, { recursive: true, force: true });
}

await main();
