/** The commands, in the order help shows them. */
export const commandNames = [
	"run",
	"plan",
	"create",
	"enter",
	"list",
	"tree",
	"inspect",
	"remove",
	"stats",
	"top",
	"set",
	"pause",
	"resume",
	"doctor",
	"bench",
	"diff",
	"commit",
	"discard",
	"import",
	"selftest",
	"completion",
] as const;

export type CommandName = (typeof commandNames)[number];
