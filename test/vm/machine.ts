/** A virtual machine with Debian's kernel, where the second version of control groups has all controllers. qemu(1) */
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Account, become, checkout, ordinary, self } from "../kernel/checkout.ts";
import { quoted } from "../kernel/harness.ts";
import { type Group, groups, initramfs, mainScript, scratch, shared } from "./guest.ts";
import { image } from "./kernel.ts";

/** How the processor is made: by the machine's own, or by software. */
export type Accelerator = "kvm" | "tcg";

/** How a command inside has ended. */
export interface EndedInside {
	/** As the shell tells it: above 128 for a signal. */
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface InsideOptions {
	/** @default the account of the tests, root */
	readonly as?: Account;
	/** The control group that it is started in. @default "root" */
	readonly group?: Group;
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Seconds until it is killed. @default 60 */
	readonly within?: number;
}

/** Milliseconds until the machine has to be there: with KVM, which may hang where it is not whole, and without. */
const patience = { kvm: 20_000, tcg: 90_000 };

/** What can be tried here, best first. Without the processor's own support KVM, even where it is there, does not get far. */
export function accelerators(): Accelerator[] {
	try {
		accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
	} catch {
		return ["tcg"];
	}
	return /^flags\s*:.* (vmx|svm)\b/m.test(readFileSync("/proc/cpuinfo", "utf8")) ? ["kvm", "tcg"] : ["tcg"];
}

/** Bytes of each disk inside, `/dev/vda` and `/dev/vdb`, with nothing on them. */
const diskSize = 64 << 20;
const disks = ["disk", "swap"] as const;

/** Starts a virtual machine and waits until it can be asked. */
export async function boot(): Promise<Machine> {
	const reasons: string[] = [];
	for (const accelerator of accelerators()) {
		const machine = new Machine(accelerator);
		try {
			await machine.ready();
			return machine;
		} catch (error) {
			reasons.push(`with ${accelerator}: ${(error as Error).message}\n${machine.console()}`);
			await machine.close();
		}
	}
	throw new Error(`no virtual machine:\n${reasons.join("\n")}`);
}

export class Machine {
	/** Seen by both sides. It goes with this process, however that ends. */
	private readonly folder = mkdtempSync(join(checkout().temporary, "vm-"));
	private readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">;
	private readonly answers: { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> };
	private unread = "";
	private asked = 0;
	/** The exit codes of what has ended, by the numbers of what was asked. */
	private readonly ended = new Map<string, number>();
	private reading: Promise<void> | undefined;

	constructor(readonly accelerator: Accelerator) {
		writeFileSync(join(this.folder, "initramfs"), initramfs());
		writeFileSync(join(this.folder, "main"), mainScript(ordinary().uid));
		for (const disk of disks) {
			writeFileSync(join(this.folder, disk), "");
			truncateSync(join(this.folder, disk), diskSize);
		}
		// It ends with this process, however that ends.
		const line = ["setpriv", "--pdeathsig", "KILL", "--", "qemu-system-x86_64", ...this.words()];
		this.process = Bun.spawn(line, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
		this.answers = this.process.stdout.getReader();
	}

	private words(): string[] {
		const folder = (tag: string, path: string, more: string) =>
			["-virtfs", `local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap${more}`] as const;
		return [
			...["-accel", this.accelerator === "kvm" ? "kvm" : "tcg,thread=multi"],
			...["-cpu", this.accelerator === "kvm" ? "host" : "max", "-smp", "2", "-m", "2048", "-machine", "q35"],
			...["-no-user-config", "-nodefaults", "-display", "none", "-no-reboot", "-nic", "none"],
			...["-serial", `file:${join(this.folder, "console")}`, "-serial", "stdio"],
			...["-kernel", image, "-initrd", join(this.folder, "initramfs")],
			...["-append", "console=ttyS0 quiet panic=-1 mitigations=off"],
			...disks.flatMap((disk) => ["-drive", `file=${join(this.folder, disk)},format=raw,if=virtio`]),
			...folder("root", "/", ",readonly=on"),
			...folder("shared", this.folder, ""),
		];
	}

	/** What the kernel and the scripts inside have said. */
	console(): string {
		try {
			return readFileSync(join(this.folder, "console"), "utf8").slice(-4000);
		} catch {
			return "";
		}
	}

	/** Waits until it can be asked. */
	async ready(): Promise<void> {
		const line = await this.line(patience[this.accelerator]);
		if (line !== "ready") throw new Error(`the virtual machine has said ${line}`);
	}

	/** Runs a command inside to its end, beside others. */
	async run(argv: readonly string[], options: InsideOptions = {}): Promise<EndedInside> {
		const { as = self, group = "root", cwd = "/", env = {}, within = 60 } = options;
		const number = ++this.asked;
		const path = (end: string) => join(this.folder, `${number}.${end}`);
		const variables = Object.entries({ TMPDIR: scratch, HOME: as.home, ...env }).map(
			([name, value]) => `${name}=${value}`,
		);
		const whole = [...become(as), "env", ...variables, ...argv];
		const script = [
			`echo $$ >${quoted([join("/sys/fs/cgroup", groups(ordinary().uid)[group], "cgroup.procs")])} || exit 125`,
			`cd ${quoted([cwd])} || exit 125`,
			`exec timeout -k 5 ${within} ${quoted(whole)}`,
		];
		writeFileSync(path("sh"), `${script.join("\n")}\n`);
		this.process.stdin.write(`${number}\n`);
		await this.process.stdin.flush();
		const code = await this.answerTo(String(number), (within + 30) * 1000);
		return { code, stdout: readFileSync(path("out"), "utf8"), stderr: readFileSync(path("err"), "utf8") };
	}

	/** Waits for the end of what was asked; whoever waits first reads for all. */
	private async answerTo(number: string, within: number): Promise<number> {
		const end = performance.now() + within;
		for (;;) {
			const code = this.ended.get(number);
			if (code !== undefined) return code;
			this.reading ??= this.line(Math.max(0, end - performance.now())).then(
				(line) => {
					const [answer = "", text] = line.split(" ");
					this.ended.set(answer, Number(text));
					this.reading = undefined;
				},
				(error: unknown) => {
					this.reading = undefined;
					throw error;
				},
			);
			await this.reading;
		}
	}

	/** Runs a script of the shell, as `run` does. */
	shell(script: string, options: InsideOptions = {}): Promise<EndedInside> {
		return this.run(["sh", "-c", script], options);
	}

	/** Where a file is inside that both sides see: `name` of the folder that goes with the machine. */
	inside(name: string): string {
		return join(shared, name);
	}

	/** Where the same file is outside. */
	outside(name: string): string {
		return join(this.folder, name);
	}

	/** The next line of the answers, in some milliseconds at most. */
	private async line(within: number): Promise<string> {
		const end = performance.now() + within;
		while (!this.unread.includes("\n")) {
			const left = new Promise<"late">((resolve) =>
				setTimeout(resolve, Math.max(0, end - performance.now()), "late").unref(),
			);
			const read = await Promise.race([this.answers.read(), left]);
			if (read === "late") throw new Error(`the virtual machine has said nothing for ${within} ms:\n${this.console()}`);
			if (read.done) throw new Error(`the virtual machine has ended:\n${this.console()}`);
			this.unread += new TextDecoder().decode(read.value);
		}
		const at = this.unread.indexOf("\n");
		const line = this.unread.slice(0, at).trim();
		this.unread = this.unread.slice(at + 1);
		return line;
	}

	/** Ends it, with everything in it. */
	async close(): Promise<void> {
		this.process.kill("SIGKILL");
		await this.process.exited;
		rmSync(this.folder, { recursive: true, force: true });
	}
}
