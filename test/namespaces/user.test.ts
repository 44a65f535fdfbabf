import { describe, expect, test } from "bun:test";
import { type UserOptions, user } from "../../src/namespaces/user.ts";
import { plan } from "../../src/plan/plan.ts";
import { forRoot, forUser, rootHost, script, userHost } from "../plan/fixtures.ts";

/** What the user module lets each process do, with the call that makes the namespace in between. */
function lines(options: UserOptions, input = forRoot): string[] {
	const made = plan([user(options)], input);
	const steps = made.steps.filter(({ module }) => ["user", "namespaces", "helper"].includes(module));
	return script({ ...made, steps });
}

const unshare = "outer: unshare(CLONE_NEWUSER)";
const written = (who: string, directory: string, file: string, text: string) => [
	`${who}: openat(${directory}${file}", O_WRONLY|O_CLOEXEC) = $file`,
	`${who}: write($file, ${JSON.stringify(text)}, ${text.length})`,
	`${who}: close($file)`,
];
const self = (file: string, text: string) => written("outer", 'AT_FDCWD, "/proc/self/', file, text);
const byHelper = (file: string, text: string) => written("helper", '$proc, "', file, text);
const dropGroups = "outer: setgroups(0, NULL)";
const helperStart = [
	'outer: openat(AT_FDCWD, "/proc/self", O_PATH|O_DIRECTORY|O_CLOEXEC) = $proc',
	"outer: pipe2([$go.read, $go.write], O_CLOEXEC)",
	"outer: getpid() = $self",
	"outer: clone(SIGCHLD, NULL, NULL, NULL, NULL) = $helper",
	"helper: close($go.write)",
	"helper: read($go.read, &$go, 1)",
];
const helperEnd = ['outer: write($go.write, "x", 1)', "outer: wait4($helper, &$helper.status, __WALL, NULL)"];

describe("`user`", () => {
	test("writes the own ids by itself: setgroups, then groups, then users", () => {
		expect(lines({}, forUser)).toEqual([
			...[unshare, ...self("setgroups", "deny"), ...self("gid_map", "0 100 1\n"), ...self("uid_map", "0 1000 1\n")],
		]);
	});

	test("writes nothing for the map none", () => {
		expect(lines({ map: "none" }, forUser)).toEqual([unshare]);
	});

	test("writes no group and no setgroups when only users are mapped", () => {
		expect(lines({ uids: [{ inside: 0, outside: 1000, size: 1 }] }, forUser)).toEqual([
			...[unshare, ...self("uid_map", "0 1000 1\n")],
		]);
	});

	test("lets a helper write what takes the caller's privileges, and waits for it", () => {
		const all = [{ inside: 0, outside: 0, size: 65536 }];
		expect(lines({ uids: all, gids: all })).toEqual([
			...[...helperStart, unshare],
			...[...byHelper("gid_map", "0 0 65536\n"), ...byHelper("uid_map", "0 0 65536\n")],
			...helperEnd,
		]);
		expect(plan([user({ uids: all })], forRoot).helper).toBe(true);
		expect(plan([user()], forRoot).helper).toBe(false);
	});

	test("drops the caller's groups and becomes the mapped user when the own id has no mapping", () => {
		const one = [{ inside: 0, outside: 1001, size: 1 }];
		expect(lines({ uids: one, gids: one, setgroups: "deny" })).toEqual([
			...[...helperStart, dropGroups, unshare, ...byHelper("setgroups", "deny")],
			...[...byHelper("gid_map", "0 1001 1\n"), ...byHelper("uid_map", "0 1001 1\n"), ...helperEnd],
			...["outer: setresgid(0, 0, 0)", "outer: setresuid(0, 0, 0)"],
		]);
	});

	test("stops at whatever fails on the way to the new user", () => {
		const one = [{ inside: 0, outside: 1001, size: 1 }];
		const { steps } = plan([user({ uids: one, gids: one, setgroups: "deny" })], forRoot);
		const calls = steps.filter(({ module }) => module === "user" || module === "helper").flatMap(({ calls }) => calls);
		expect(calls.length).toBeGreaterThan(15);
		expect(calls.filter(({ mayFail }) => mayFail)).toEqual([]);
	});

	test("becomes only the kind of id that has no mapping", () => {
		const identity = (options: UserOptions) => lines(options).filter((line) => /setres[ug]id|setgroups\(/.test(line));
		const [mapped, foreign] = [[{ inside: 5, outside: 0, size: 1 }], [{ inside: 6, outside: 7, size: 1 }]];
		expect(identity({ uids: mapped, gids: foreign })).toEqual([dropGroups, "outer: setresgid(6, 6, 6)"]);
		expect(identity({ uids: foreign, gids: mapped })).toEqual([dropGroups, "outer: setresuid(6, 6, 6)"]);
		expect(identity({ uids: mapped, gids: mapped })).toEqual([]);
	});

	test("tries to become root of a joined namespace, and drops the groups it brought", () => {
		const made = plan([user({ join: 7 })], forUser);
		const steps = made.steps.filter(({ module }) => module === "user");
		expect(script({ ...made, steps })).toEqual([
			...[dropGroups, dropGroups, "outer: setresgid(0, 0, 0)", "outer: setresuid(0, 0, 0)"],
			"outer: prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
		]);
		const may = steps.flatMap(({ calls }) => calls.map(({ mayFail }) => mayFail));
		expect(may).toEqual([true, true, true, true, undefined]);
	});

	test("needs a helper only for a namespace that it makes", () => {
		const uids = [{ inside: 0, outside: 1001, size: 1 }];
		expect(user({ uids }).needsHelper?.(rootHost)).toBe(true);
		expect(user({ uids, create: false }).needsHelper?.(rootHost)).toBe(false);
		expect(user({ uids, join: 7 }).needsHelper?.(rootHost)).toBe(false);
		expect(user({ map: "self" }).needsHelper?.(userHost)).toBe(false);
	});

	test("makes itself with the same options for who needs an owner", () => {
		const made = user({ create: false, map: "self" }).created?.();
		expect(made?.namespace).toEqual({ kind: "user", use: "create" });
		expect(made && plan([made], forUser)).toEqual(plan([user({ map: "self" })], forUser));
	});
});
