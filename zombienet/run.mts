/** See run.sh. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chain } from '../tests/support/chain.ts';
import { type Header, rpc } from '../tests/support/node.ts';
import { freePort, program, Service, sleep, succeed, tail, temporaryFolder, until } from '../tests/support/processes.ts';
import { attested, groundwork, requestJob } from '../tests/support/story.ts';
import { Worker } from '../tests/support/worker.ts';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const HOSPITALS = ['ONE', 'TWO', 'THREE', 'FOUR'];
const PATIENTS = 100;

/** A hospital as this script sees it. */
interface Hospital {
	name: string;
	port: number;
	worker: Worker;
}

const http = ({ port }: Hospital) => `http://127.0.0.1:${port}`;
const ws = ({ port }: Hospital) => `ws://127.0.0.1:${port}`;
const say = (text: string) => console.error(`# ${text}`);

async function finalised(hospital: Hospital): Promise<number> {
	const hash = await rpc<string>(http(hospital), 'chain_getFinalizedHead');
	return Number((await rpc<Header>(http(hospital), 'chain_getHeader', hash)).number);
}

function untilFinalised(hospital: Hospital, height: number): Promise<true> {
	const ask = async () => ((await finalised(hospital)) >= height ? (true as const) : undefined);
	return until(`${hospital.name} has finalised block ${height}`, ask, { within: 180_000, every: 500 });
}

/** Prepares workers and ports; the network's definition names them by variables. */
async function prepare(folder: string): Promise<Hospital[]> {
	const hospitals: Hospital[] = [];
	for (const [index, name] of HOSPITALS.entries()) {
		const worker = await Worker.init(path.join(folder, `hospital-${name.toLowerCase()}`), index + 1);
		const port = await freePort();
		process.env[`RPC_${name}`] = `${port}`;
		process.env[`WORKER_${name}`] = worker.url;
		process.env[`TOKEN_${name}`] = worker.tokenFile;
		hospitals.push({ name: `hospital ${name.toLowerCase()}`, port, worker });
	}
	process.env.NODE_COMMAND = program('semblance-node');
	process.env.CHAIN_SPEC = path.join(folder, 'local-raw.json');
	await succeed(program('semblance-node'), ['export-chain-spec', '--chain', 'local', '--raw', '--output', process.env.CHAIN_SPEC]);
	return hospitals;
}

/** Hospital two makes a table; every hospital has to finalise the same record of it. */
async function jobOnHospitalTwo(hospitals: Hospital[], folder: string): Promise<void> {
	const [one, two] = hospitals as [Hospital, Hospital];
	const chain = await Chain.connect(ws(one));
	try {
		const stage = { chain, worker: two.worker, steward: 'Bob' };
		const ground = await groundwork(stage, folder, PATIENTS);
		const id = await requestJob(stage, ground.agreement, ground.generator, 200);
		say(`job ${id} is requested`);
		const { attestation, custodian } = await attested(stage, id, 240_000);
		assert.equal(custodian, 2);
		const record = await chain.view('generationAttestation', 'attestation', attestation);
		say(`job ${id} is attested in block ${record.block} as ${attestation}`);
		assert.equal(record.builder, 2);
		assert.equal(record.level, 'Bound');

		await Promise.all(hospitals.map((hospital) => untilFinalised(hospital, record.block)));
		const views = await Promise.all(
			hospitals.map(async (hospital) => {
				const hash = await rpc<string>(http(hospital), 'chain_getBlockHash', record.block);
				return { hash, record: await rpc(http(hospital), 'semblance_attestation', attestation, hash) };
			}),
		);
		for (const view of views) assert.deepEqual(view, views[0]);
		for (const other of hospitals.filter((hospital) => hospital !== two)) {
			assert.equal(await other.worker.job(id), undefined, `${other.name} has nothing to do with the job`);
		}
		say('all four hospitals finalised the same record');
	} finally {
		await chain.close();
	}
}

/** Ids of the processes whose command line names our folder: nodes that zombienet left running. */
function leftOver(folder: string): number[] {
	return readdirSync('/proc')
		.map(Number)
		.filter((pid) => pid > 0 && pid !== process.pid && commandLine(pid).includes(folder));
}

function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
	} catch {
		return '';
	}
}

function end(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch {
		// It ended by itself meanwhile.
	}
}

async function main(): Promise<void> {
	const folder = temporaryFolder('zombienet');
	const network = path.join(folder, 'network');
	const log = path.join(folder, 'zombienet.log');
	const hospitals = await prepare(folder);
	const spawn = ['-p', 'native', '-d', network, '-f', '-l', 'text', 'spawn', path.join(HERE, 'local.toml')];
	const zombienet = new Service('zombienet', path.join(HERE, 'node_modules/.bin/zombienet'), spawn, log);
	try {
		say('zombienet spawns four hospitals');
		zombienet.start();
		for (const hospital of hospitals) {
			const answers = async () => {
				zombienet.assertRunning();
				return rpc<object>(http(hospital), 'system_health');
			};
			await until(`${hospital.name} answers`, answers, { within: 240_000, every: 500 });
			await hospital.worker.start(ws(hospital));
		}
		await Promise.all(hospitals.map((hospital) => untilFinalised(hospital, 2)));
		say('all four finalise');
		await jobOnHospitalTwo(hospitals, folder);
	} catch (error) {
		console.error(`zombienet's log ends:\n${tail(log)}\neverything is kept in ${folder}`);
		throw error;
	} finally {
		await Promise.all(hospitals.map((hospital) => hospital.worker.stop()));
		await zombienet.stop();
		for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
			leftOver(folder).forEach((pid) => end(pid, signal));
			await sleep(1_000);
		}
	}
	rmSync(folder, { recursive: true, force: true });
	console.log('4 hospitals spawned, 1 job attested, 1 record finalised by all: passed');
}

await main();
