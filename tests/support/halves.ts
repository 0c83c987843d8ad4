/** Two network namespaces joined by a cable that can be cut. Needs root and iproute2. */

import { existsSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import path from 'node:path';
import { inside, type Namespace, Service, succeed, until } from './processes.ts';

/** Passes bytes between a socket file, which all namespaces see, and a port inside the namespace. */
const RELAY = `
	const net = require('node:net');
	const [file, port] = process.argv.slice(1);
	net.createServer((here) => {
		const there = net.connect(Number(port), '127.0.0.1');
		here.pipe(there).pipe(here);
		here.on('error', () => there.destroy());
		there.on('error', () => here.destroy());
	}).listen(file);
`;

/** How often the kernel tries to send before it gives a connection up, as `semblance node init` sets it. */
const RETRIES = 6;

const ip = (...args: string[]) => succeed('ip', args);

/** One half of the network. */
export class Half implements Namespace {
	private readonly relays: Service[] = [];
	private readonly doors: Server[] = [];

	constructor(
		private readonly folder: string,
		readonly name: string,
		readonly address: string,
		readonly device: string,
		readonly other: string,
	) {}

	async reach(port: number): Promise<void> {
		const file = path.join(this.folder, `${port}.sock`);
		const [command, args] = inside(this, process.execPath, '-e', RELAY, file, `${port}`);
		const relay = new Service(`relay to ${port}`, command, args, path.join(this.folder, 'relays.log'));
		relay.start();
		this.relays.push(relay);
		await until(`the relay to ${port} listens`, async () => existsSync(file) || undefined);
		const door = createServer((here) => {
			const there = createConnection(file);
			here.pipe(there).pipe(here);
			here.on('error', () => there.destroy());
			// While nobody listens inside, the caller is to see that at once.
			there.on('error', () => here.destroy());
			there.on('close', () => there.bytesRead > 0 || here.resetAndDestroy());
		});
		this.doors.push(door);
		await new Promise<void>((resolve) => door.listen(port, '127.0.0.1', resolve));
	}

	/** Ends the relays. */
	async close(): Promise<void> {
		for (const door of this.doors) door.close();
		await Promise.all(this.relays.map((relay) => relay.stop()));
	}
}

/** Both halves. */
export class Halves {
	private constructor(readonly left: Half, readonly right: Half) {}

	/** Makes the namespaces and the cable. */
	static async make(folder: string): Promise<Halves> {
		if (process.getuid?.() !== 0) throw new Error('network namespaces need root; run this scenario as root');
		const tag = process.pid % 10_000;
		const net = `10.213.${process.pid % 256}`;
		const left = new Half(folder, `semblance-l${tag}`, `${net}.1`, `sl${tag}`, `${net}.2`);
		const right = new Half(folder, `semblance-r${tag}`, `${net}.2`, `sr${tag}`, `${net}.1`);
		await ip('netns', 'add', left.name);
		await ip('netns', 'add', right.name);
		await ip('link', 'add', left.device, 'netns', left.name, 'type', 'veth', 'peer', 'name', right.device, 'netns', right.name);
		for (const half of [left, right]) {
			await ip('-n', half.name, 'address', 'add', `${half.address}/30`, 'dev', half.device);
			for (const device of ['lo', half.device]) await ip('-n', half.name, 'link', 'set', device, 'up');
			await ip('netns', 'exec', half.name, 'sh', '-c', `echo ${RETRIES} > /proc/sys/net/ipv4/tcp_retries2`);
		}
		return new Halves(left, right);
	}

	/** Cuts the cable: whatever one half sends to the other is lost. */
	async cut(): Promise<void> {
		for (const { name, other } of [this.left, this.right]) await ip('-n', name, 'route', 'add', 'blackhole', `${other}/32`);
	}

	/** Mends the cable. */
	async mend(): Promise<void> {
		for (const { name, other } of [this.left, this.right]) await ip('-n', name, 'route', 'del', 'blackhole', `${other}/32`);
	}

	/** Removes namespaces and cable. Processes inside must have ended. */
	async clear(): Promise<void> {
		for (const half of [this.left, this.right]) {
			await half.close();
			await ip('netns', 'delete', half.name);
		}
	}
}
