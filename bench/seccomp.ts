/** Filters: what a system call costs behind a filter of the built-in profile's size, against libseccomp's tree of the same. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timing } from "../cli/measure.ts";
import { hostFacts, type SeccompProfile, type SeccompRule } from "../src/index.ts";
import { wordsOf } from "../src/linux/calls.ts";
import { encode } from "../src/seccomp/bpf.ts";
import { compile } from "../src/seccomp/compile.ts";
import { allowed } from "../src/seccomp/default.ts";
import { profilePolicy } from "../src/seccomp/oci.ts";
import type { Row } from "./table.ts";

const comparisons = ["", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`);

const allow = (name: string, op: string, value: number, valueTwo?: number): SeccompRule => ({
	names: [name],
	action: "SCMP_ACT_ALLOW",
	args: [{ index: 0, op: `SCMP_CMP_${op}`, value, valueTwo }],
});

/** The built-in profile in the OCI's form, as far as libseccomp can express it: without the requests of ioctl(2). */
const profile: SeccompProfile = {
	defaultAction: "SCMP_ACT_ERRNO",
	architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
	syscalls: [
		{ names: [...Object.values(allowed).flatMap(wordsOf), "ioctl"], action: "SCMP_ACT_ALLOW" },
		...[0, 8, 0x20000, 0x20008, 0xffffffff].map((value) => allow("personality", "EQ", value)),
		...[allow("socket", "LT", 38), allow("socket", "EQ", 39), allow("socket", "GT", 40)],
		allow("clone", "MASKED_EQ", 0x7e020000, 0),
		{ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
	],
};

/** The lines that `seccomp make` reads. */
function rulesOf({ syscalls = [] }: SeccompProfile): string {
	return syscalls
		.flatMap(({ names, errnoRet = 0, args: [argument] = [] }) =>
			names.map((name) => {
				if (!argument) return `${name} ${errnoRet} -1 0 0 0\n`;
				const { index, op, value, valueTwo = 0 } = argument;
				const compared = op === "SCMP_CMP_MASKED_EQ" ? [valueTwo, value] : [value, 0];
				return `${name} ${errnoRet} ${index} ${comparisons.indexOf(op)} ${compared.join(" ")}\n`;
			}),
		)
		.join("");
}

/** Rows where there are a compiler and libseccomp's headers (package libseccomp-dev). */
export function seccompRows(folder: string, runs: number): Row[] {
	const compiler = Bun.which("cc");
	if (!compiler || !existsSync("/usr/include/seccomp.h")) return [];
	const program = join(folder, "seccomp");
	const run = (command: string[], stdin?: string) => {
		const { success, stdout, stderr } = Bun.spawnSync(command, { stdin: Buffer.from(stdin ?? "") });
		if (!success) throw new Error(`${command.join(" ")} failed:\n${stderr}`);
		return stdout;
	};
	run([compiler, "-O2", "-o", program, join(import.meta.dir, "seccomp.c"), "-lseccomp"]);
	const { arch, kernel } = hostFacts();
	const ours = encode(compile(profilePolicy(profile, { arch, kernel, capabilities: new Set() })));
	const files = [join(folder, "ours.bpf"), join(folder, "theirs.bpf")] as const;
	writeFileSync(files[0], ours);
	writeFileSync(files[1], run([program, "make"], rulesOf(profile)));
	const took = files.map((): number[][] => [[], [], []]);
	for (let round = 0; round < runs; round++)
		files.forEach((file, i) => {
			const numbers = run([program, "time", file, "1000"]).toString().trim().split(" ").map(Number);
			numbers.forEach((one, call) => {
				took[i]?.[call]?.push(one);
			});
		});
	return ["allowed", "allowed by its argument", "refused"].map((what, call): Row => {
		const [mine = 0, others = 0] = took.map((calls) => timing(what, calls[call] ?? []).median);
		return { what: `a call that is ${what}, against libseccomp`, ours: mine, theirs: others, unit: "ns", most: 1.01 };
	});
}
