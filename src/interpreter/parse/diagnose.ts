import { SyntaxProblem } from "./problem.ts";
export function literalProblem(text: string, filename: string, message: string, from: number, to: number) { return new SyntaxProblem({kind:"SyntaxError",message,filename,lineno:text.slice(0,from).split("\n").length,offset:0,end_lineno:0,end_offset:to-from,text:null}); }
export function diagnose(text: string, _mode: string, pos: number, o: {filename: string}) { return literalProblem(text, o.filename, "invalid syntax", pos, pos); }
