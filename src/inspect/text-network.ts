/** What a network namespace and an IPC namespace hold, as lines of cells. */
import { table } from "./table.ts";
import type { InspectedIpc, InspectedNetwork, NetworkInterface } from "./types.ts";

/** Interfaces, routes and sockets. */
export function networkLines({ interfaces, routes, listening }: InspectedNetwork): string[] {
	const routeRows = routes.map((route) => {
		const words = [
			...(route.type === "unicast" ? [] : [route.type]),
			...(route.gateway ? [`by ${route.gateway}`] : []),
			...(route.interface ? [`on ${route.interface}`] : []),
			...(route.metric ? [`metric ${route.metric}`] : []),
			...(route.table === mainTable ? [] : [`table ${route.table}`]),
		];
		return ["route", route.to, words.join(" ")];
	});
	const sockets = listening.map(({ protocol, address, uid }) => [
		"listens",
		`${protocol} ${address}`,
		uid === undefined ? "" : `user ${uid}`,
	]);
	return [...table(interfaces.map(interfaceRow)), ...table(routeRows), ...table(sockets)].map((line) => line.trimEnd());
}

const mainTable = 254;

function interfaceRow({ name, type, state, up, mtu, link, addresses }: NetworkInterface): string[] {
	const shown = !up ? "down" : state === "unknown" ? "up" : `up, ${state === "up" ? "running" : state}`;
	return [name, type ?? "", shown, `mtu ${mtu}`, link ?? "", addresses.join(" ")];
}

/** System V IPC objects. */
export function objectLines({ sharedMemory, semaphores, messageQueues }: InspectedIpc): string[] {
	const row = (what: string, one: { id: number; key: number; uid?: number | undefined }, size: string): string[] => [
		what,
		String(one.id),
		`key ${one.key}`,
		one.uid === undefined ? "" : `user ${one.uid}`,
		size,
	];
	const rows = [
		...sharedMemory.map((one) => row("shared memory", one, `${one.size} bytes`)),
		...semaphores.map((one) => row("semaphores", one, String(one.count))),
		...messageQueues.map((one) => row("message queue", one, `${one.messages} messages`)),
	];
	return rows.length === 0 ? ["none"] : table(rows);
}
