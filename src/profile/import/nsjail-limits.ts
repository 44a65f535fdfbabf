/** The limits of nsjail, which has some where nothing is said. */
import type { LimitValue, Resource } from "../../process/limits.ts";
import type { ProtoMessage } from "./proto.ts";
import type { Import } from "./types.ts";

const kibi = 1024;
const mebi = 1024 * 1024;

/** Each resource with its unit, and the value and type it has when nothing is said. */
const limits: readonly (readonly [name: Resource, unit: number, value: number, type: string])[] = [
	["as", mebi, 4096, "VALUE"],
	["core", mebi, 0, "VALUE"],
	["cpu", 1, 600, "VALUE"],
	["fsize", mebi, 1, "VALUE"],
	["nofile", 1, 32, "VALUE"],
	["nproc", 1, 1024, "SOFT"],
	["stack", mebi, 8, "SOFT"],
	["memlock", kibi, 64, "SOFT"],
	["rtprio", 1, 0, "SOFT"],
	["msgqueue", 1, 1024, "SOFT"],
];

export function nsjailLimits(config: ProtoMessage, made: Import): void {
	if (config.flag("disable_rl")) return;
	const found: { [name in Resource]?: LimitValue } = {};
	const soft: string[] = [];
	const hard: string[] = [];
	for (const [name, unit, value, usual] of limits) {
		const field = `rlimit_${name}`;
		const type = config.text(`${field}_type`, usual);
		if (type === "VALUE") found[name] = limitOf(config.number(field, value) * unit);
		else if (type === "INF") found[name] = "unlimited";
		else (type === "SOFT" ? soft : hard).push(name);
	}
	made.profile.limits = found;
	if (soft.length > 0) {
		made.lacks(
			`rlimit_*_type: SOFT of ${soft.join(", ")}`,
			"the caller's limits stay as they are, soft and hard: the command may raise the soft limit up to the hard one",
		);
	}
	if (hard.length > 0) {
		made.lacks(
			`rlimit_*_type: HARD of ${hard.join(", ")}`,
			"the caller's limits stay as they are: the soft one is not raised",
		);
	}
}

const limitOf = (limit: number): LimitValue => (Number.isSafeInteger(limit) ? limit : "unlimited");
