export function layoutIsDoubtful(_text: string): boolean { return false; }
