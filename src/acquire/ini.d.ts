declare module "ini" {
  /** What a line can hold; a section is a table of its own. Tables have no prototype. */
  type IniValue = string | boolean | null | IniValue[] | { [key: string]: IniValue };
  export function parse(text: string): { [key: string]: IniValue };
}
