/** Who the process of a target is, by its ids inside. Pure. */

/** The effective ids in `/proc/PID/status`, as whoever read that sees them. */
export function effectiveIds(status: string): { readonly uid: number; readonly gid: number } {
	const effective = (name: string): number => Number(new RegExp(`^${name}:\\t\\d+\\t(\\d+)`, "m").exec(status)?.[1]);
	return { uid: effective("Uid"), gid: effective("Gid") };
}

/** The id inside that an id outside is, by the map of a user namespace as it is read outside; `undefined` for none. */
export function idInside(id: number, map: string): number | undefined {
	for (const line of map.split("\n")) {
		const [inside, outside, size] = line.trim().split(/ +/).map(Number);
		if (inside === undefined || outside === undefined || size === undefined) continue;
		if (id >= outside && id < outside + size) return inside + id - outside;
	}
	return undefined;
}
