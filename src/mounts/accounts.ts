/** The rule for /etc/passwd and /etc/group becomes ordinary rules for files. */
import { accountTexts, isAccountName, isAccountPath } from "../ids/account-texts.ts";
import type { IdRange } from "../namespaces/idmap.ts";
import type { Context, Problem } from "../plan/types.ts";
import type { AccountsRule, FileRule } from "./rules.ts";

/** Two files that tell who the command is, and whom else there is. */
export function accountFiles({ target, name, home, shell }: AccountsRule, context: Context): FileRule[] {
	const { maps, host, command } = context;
	const caller = maps?.owner ?? host;
	const isUser = context.creates.has("user") || context.joins.has("user");
	const inside = (asked: number | undefined, own: number, taken?: number, ranges?: readonly IdRange[]) =>
		asked ?? taken ?? (isUser ? (insideOf(own, ranges) ?? overflow) : own);
	const uid = inside(context.uid, caller.uid, maps?.identity?.uid, maps?.uids);
	const gid = inside(context.gid, caller.gid, maps?.identity?.gid, maps?.gids);
	// Who is asked to be somebody else has not the caller's name.
	const isCaller = context.uid === undefined && uid !== 0 && maps?.identity === undefined;
	const callers = isCaller && name === undefined ? host.ids?.accountOf(caller.uid)?.name : undefined;
	const texts = accountTexts({
		...{ uid, gid, shell, home: home ?? homeOf(command.env) },
		name: name ?? (callers !== undefined && isAccountName(callers) ? callers : undefined),
		root: !isUser || insideHas(maps?.uids, 0),
	});
	const file = (path: string, content: string): FileRule => ({
		...{ type: "file", target: `${target.replace(/\/+$/, "")}/${path}`, content, mode: 0o644 },
	});
	return [file("passwd", texts.passwd), file("group", texts.group)];
}

/** What an id that nobody has mapped is shown as. */
const overflow = 65534;

function insideOf(id: number, ranges: readonly IdRange[] = []): number | undefined {
	const range = ranges.find(({ outside, size }) => id >= outside && id < outside + size);
	return range && range.inside + id - range.outside;
}

const insideHas = (ranges: readonly IdRange[] = [], id: number): boolean =>
	ranges.some(({ inside, size }) => id >= inside && id < inside + size);

/** The last HOME of an environment, where it can stand in such a file. */
function homeOf(env: readonly string[]): string {
	const home = env.findLast((variable) => variable.startsWith("HOME="))?.slice(5) ?? "";
	return isAccountPath(home) ? home : "/";
}

/** What cannot stand in such files. */
export function accountProblems({ name, home, shell }: AccountsRule): Problem[] {
	const problems: Problem[] = [];
	if (name !== undefined && !isAccountName(name)) {
		const hint = "letters, digits, dots, hyphens and underscores, 32 at most, with a letter or an underscore first";
		problems.push({ code: "ACCOUNT_NAME", message: `${JSON.stringify(name)} is no name for a user`, hint });
	}
	for (const [what, path] of [["home", home] as const, ["shell", shell] as const]) {
		if (path === undefined || isAccountPath(path)) continue;
		const hint = "an absolute path without a colon";
		problems.push({ code: "ACCOUNT_PATH", message: `the ${what} ${JSON.stringify(path)} cannot stand there`, hint });
	}
	return problems;
}
