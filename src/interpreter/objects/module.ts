/** module objects. The namespace is a real dict (`dict`), shared with the module's code as its globals. */
import { PyDict } from "./dict.ts";
import { PyAttrObject, type Value } from "./values.ts";

export class PyModule extends PyAttrObject {
  readonly dict: PyDict;
  constructor(name: string, dict: PyDict = new PyDict(), doc: Value = null) {
    super();
    this.dict = dict;
    for (const [k, v] of [["__name__", name], ["__doc__", doc], ["__package__", null], ["__loader__", null], ["__spec__", null]] as const)
      if (dict.getStr(k) === undefined) dict.setStr(k, v);
  }
}
