/** The options of `ns enter`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
