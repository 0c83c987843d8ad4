/** Power cuts: worker and node are killed in the middle of jobs, and each job still ends on record exactly once. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chain } from '../support/chain.ts';
import { until } from '../support/processes.ts';
import { Scene } from '../support/scene.ts';
import { attested, type Groundwork, groundwork, job, requestJob } from '../support/story.ts';
import type { JobStatus } from '../support/worker.ts';

/** Stages in the order in which a worker goes through them. */
const STAGES = [
	...['waiting-for-finality', 'filtering', 'committing', 'accepted', 'waiting-for-beacon'],
	...['fitting', 'sampling', 'evaluating', 'storing', 'attesting', 'attested'],
];

describe('a job that is hit by power cuts', () => {
	let ground: Groundwork;
	const scene = new Scene('crash', async (stage) => {
		ground = await groundwork(stage, stage.folder, 200);
	});
	const request = () => requestJob(scene, ground.agreement, ground.generator, 500);

	/** Waits until the worker has come to a stage, or beyond. */
	const reached = (id: number, stage: string): Promise<JobStatus> =>
		until(
			`job ${id} is at ${stage}`,
			async () => {
				const status = await scene.worker.job(id);
				return status && STAGES.indexOf(status.stage) >= STAGES.indexOf(stage) ? status : undefined;
			},
			{ every: 10 },
		);

	/** Kills the worker and starts it again. */
	const cutWorker = async () => {
		await scene.worker.kill();
		await scene.worker.start(scene.node.ws);
	};

	/** How often the chain recorded an event about a job. */
	const count = async (id: number, name: string): Promise<number> => {
		const { number } = await scene.node.finalised();
		const trail = await scene.node.rpc<any[]>('semblance_auditTrail', ground.dataset.id, 1, number);
		return trail.filter((entry) => entry.event === name && entry.fields.job === id).length;
	};

	const assertAttestedOnce = async (id: number, done: any) => {
		const { block } = await scene.chain.view('generationAttestation', 'attestation', done.attestation);
		await scene.node.untilFinalised(block);
		assert.equal(await count(id, 'JobAccepted'), 1);
		assert.equal(await count(id, 'JobAttested'), 1);
		assert.equal(await count(id, 'JobFailed'), 0);
	};

	it('attests once although the worker is killed at every stage', async () => {
		const id = await request();
		const seen: string[] = [];
		for (const stage of ['waiting-for-finality', 'accepted', 'waiting-for-beacon', 'fitting', 'evaluating']) {
			seen.push((await reached(id, stage)).stage);
			await cutWorker();
		}
		const done = await attested(scene, id);

		assert.ok(new Set(seen).size >= 3, `the cuts hit different stages: ${seen.join(', ')}`);
		await assertAttestedOnce(id, done);
	});

	it('recomputes the same digests after a cut', async () => {
		const id = await request();
		const accepted = await until('the chain shows the acceptance', async () => {
			const now = await job(scene, id);
			return now.accepted ? now.accepted.acceptance : undefined;
		});
		await cutWorker();
		const before = await until('the worker has its attestation', async () => (await scene.worker.job(id))?.attestation_body, {
			every: 10,
		});
		await cutWorker();
		const done = await attested(scene, id);

		const { body } = await scene.chain.view('generationAttestation', 'attestation', done.attestation);
		assert.deepEqual(done.accepted.acceptance, accepted, 'the recorded acceptance stands');
		assert.deepEqual(body.acceptance, accepted, 'the restarted worker computed the same roots');
		assert.deepEqual(digests(body.subjects), digests(before.subjects), 'and the same artefacts');
		assert.equal(body.statement, before.statement);
		await assertAttestedOnce(id, done);
	});

	it('attests once although the node is killed between acceptance and attestation', async () => {
		const id = await request();
		await until('the job is accepted', async () => ((await job(scene, id)).state === 'Accepted' ? true : undefined));
		await scene.node.service.kill();
		await scene.node.start();
		await scene.chain.api.isReady;
		const done = await attested(scene, id);

		await assertAttestedOnce(id, done);
	});

	it('attests once although node and worker are killed together right after the request', async () => {
		const id = await request();
		await Promise.all([scene.node.service.kill(), scene.worker.kill()]);
		await scene.node.start();
		await scene.worker.start(scene.node.ws);
		// The block with the request may be gone with the node's memory: whoever asked sees that and asks again.
		const chain = await Chain.connect(scene.node.ws);
		const there = (await chain.read('generationAttestation', 'jobCount')) >= id;
		await chain.close();
		const asked = there ? id : await request();
		const done = await attested(scene, asked);

		await assertAttestedOnce(asked, done);
	});

	it('left nothing open', async () => {
		assert.deepEqual(await scene.chain.view('generationAttestation', 'open_jobs', 1), []);
	});
});

function digests(subjects: { role: string; sha3: string }[]): string[] {
	return subjects.map(({ role, sha3 }) => `${role} ${sha3}`);
}
