/** What the tests run: the sources and `dist/ns`, at a place that the ordinary user can read too. */
import {
	cpSync,
	existsSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { adoptOrphans } from "./libc.ts";

const project = join(import.meta.dir, "../..");

/** An account: its ids and its home. */
export interface Account {
	readonly uid: number;
	readonly gid: number;
	readonly home: string;
}

/** What the ordinary user is called where the tests run as root. */
const ordinaryName = "nskit-test";
export const isRoot: boolean = process.geteuid?.() === 0;

/** The account that this process runs as. */
export const self: Account = {
	uid: process.geteuid?.() ?? 0,
	gid: process.getegid?.() ?? 0,
	home: process.env.HOME ?? "/",
};

/** Runs a command that the tests cannot do without, for some minutes at most. Returns what it wrote. */
export function must(argv: readonly string[], cwd = "/"): string {
	const { success, stdout, stderr } = Bun.spawnSync([...argv], { cwd, timeout: 240_000 });
	if (!success) throw new Error(`${argv.join(" ")} failed:\n${stdout}${stderr}`);
	return stdout.toString();
}

function accountOf(name: string): Account | undefined {
	const line = readFileSync("/etc/passwd", "utf8")
		.split("\n")
		.find((one) => one.startsWith(`${name}:`));
	const [, , uid, gid, , home = "/"] = line?.split(":") ?? [];
	return line === undefined ? undefined : { uid: Number(uid), gid: Number(gid), home };
}

let known: Account | undefined;

/** The ordinary user: whoever runs the tests, or where that is root an account that is made once. */
export function ordinary(): Account {
	if (!isRoot) return self;
	known ??= accountOf(ordinaryName);
	if (!known) {
		// Another process of these tests may make it at the same time: what counts is that it is there afterwards.
		Bun.spawnSync(["useradd", "--create-home", "--shell", "/bin/sh", ordinaryName], { timeout: 30_000 });
		known = accountOf(ordinaryName);
	}
	if (!known) throw new Error(`useradd did not make the account ${ordinaryName}`);
	return known;
}

/** The beginning of a command line that becomes this user, in the same process. */
export function become({ uid, gid }: Account): string[] {
	return uid === self.uid ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--"];
}

/** Compiles `dist/ns` when a source is newer. Under a lock: several test processes may find that at once. */
function buildOnce(): void {
	const stale = `[ ! -x dist/ns ] || [ -n "$(find src cli package.json scripts/build.ts -type f -newer dist/ns)" ]`;
	mkdirSync(join(project, "dist"), { recursive: true });
	must(
		["flock", "dist/.lock", "sh", "-c", `if ${stale}; then exec "$0" scripts/build.ts; fi`, process.execPath],
		project,
	);
}

/** Where things are. */
export interface Checkout {
	readonly bun: string;
	readonly source: string;
	readonly dist: string;
	/** The folder of the project. */
	readonly project: string;
	/** Holds everything that the tests put on disk; it goes with this process, however that ends. */
	readonly temporary: string;
}

/** What the commands and the tests need of the project. */
const copied = ["src", "cli", "test", "scripts", "package.json", "tsconfig.json", "bunfig.toml", "node_modules/citty"];

function makeCheckout(): Checkout {
	adoptOrphans();
	buildOnce();
	const temporary = mkdtempSync(join(realpathSync(tmpdir()), "nskit-test-"));
	must(["chmod", "755", temporary]);
	// Sees the end of its input when this process ends, or this file where each has its own, and clears up. The runner ends
	// what a file has started by SIGTERM.
	Bun.spawn(["sh", "-c", 'trap "" TERM; read _; rm -rf "$0"', temporary], {
		stdin: "pipe",
		stdout: "ignore",
		stderr: "ignore",
	}).unref();
	const places = (folder: string, bun: string) => ({
		bun,
		project: folder,
		source: join(folder, "cli/ns.ts"),
		dist: join(folder, "dist/ns"),
		temporary,
	});
	const here = places(project, realpathSync(process.execPath));
	const readable = [...become(ordinary()), "sh", "-c", '[ -r "$0" ] && [ -x "$1" ] && [ -x "$2" ]'];
	if (Bun.spawnSync([...readable, here.source, here.dist, here.bun], { timeout: 30_000 }).success) return here;

	const copy = join(temporary, "checkout");
	const options = { recursive: true, dereference: true, preserveTimestamps: true };
	for (const name of copied) cpSync(realpathSync(join(project, name)), join(copy, name), options);
	mkdirSync(join(copy, "dist"));
	writeFileSync(join(copy, "dist/.lock"), "");
	must(["chmod", "-R", "u=rwX,go=rX", copy]);
	linkOrCopy(here.dist, join(copy, "dist/ns"));
	linkOrCopy(here.bun, join(copy, "bun"));
	return places(copy, join(copy, "bun"));
}

function linkOrCopy(from: string, to: string): void {
	if (existsSync(to)) rmSync(to);
	mkdirSync(dirname(to), { recursive: true });
	try {
		linkSync(from, to);
	} catch {
		cpSync(from, to);
	}
}

let made: Checkout | undefined;

/** The checkout, prepared once in this process. */
export function checkout(): Checkout {
	made ??= makeCheckout();
	return made;
}
