/** Reading /proc/PID/mountinfo. Pure. proc_pid_mountinfo(5). */
import { type Came, held, type Judgement, notHeld, untried } from "../types.ts";

/** A mount with the flags of its that must not be lost. */
export interface FlaggedMount {
	readonly point: string;
	readonly flags: readonly string[];
}

const kept = ["nosuid", "nodev", "noexec"];
/** File systems that are no place to bind from. */
const special = ["/proc", "/sys"];

/** All mounts that have at least one of the flags, as /proc/self/mountinfo tells of them. */
export function flaggedMounts(text: string): FlaggedMount[] {
	const found: FlaggedMount[] = [];
	for (const line of text.split("\n")) {
		const [, , , , point = "", options = ""] = line.split(" ");
		const flags = options.split(",").filter((one) => kept.includes(one));
		const isSpecial = special.some((one) => point === one || point.startsWith(`${one}/`));
		if (flags.length > 0 && !isSpecial && !point.includes("\\")) found.push({ point, flags });
	}
	return found;
}

/** Whether the bind at /t has all flags of its source, by what mountinfo says inside. */
export function keptFlags({ point, flags }: FlaggedMount, came: Came): Judgement {
	if (came.refused !== undefined) return untried(`${point} cannot be bound: ${came.refused}`);
	const line = came.stdout.split("\n").find((one) => one.split(" ")[4] === "/t");
	const inside = line?.split(" ")[5]?.split(",");
	if (!inside) return untried("the mount is not seen inside");
	const lost = [...flags, "ro"].filter((flag) => !inside.includes(flag));
	return lost.length === 0 ? held : notHeld(`${lost.join(", ")} of ${point} is lost`);
}
