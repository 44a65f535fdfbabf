/** The options of `ns remove`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
