/** The options for labels and against side channels. Names are checked by the modules, which say all that is wrong at once. */
import type { HardeningOptions, Mitigation } from "../src/privileges/hardening.ts";
import type { LabelOptions } from "../src/privileges/label.ts";
import type { Reader } from "./reader.ts";

/** The options that ask for each of the modules. */
export const labelOptions: readonly string[] = ["apparmor", "selinux", "file-label"];
export const hardeningOptions: readonly string[] = ["core-scheduling", "disable-tsc", "mitigate"];

/** What the options of a command line ask of labels. */
export function readLabel(reader: Reader): LabelOptions {
	return {
		apparmor: reader.text("apparmor"),
		selinux: reader.text("selinux"),
		files: reader.text("file-label"),
	};
}

/** What the options of a command line ask against side channels. */
export function readHardening(reader: Reader): HardeningOptions {
	const disabled = reader.flag("disable-tsc");
	return {
		coreScheduling: reader.flag("core-scheduling"),
		timestampCounter: disabled === undefined ? undefined : !disabled,
		mitigate: reader.text("mitigate")?.split(",") as readonly Mitigation[] | undefined,
	};
}
