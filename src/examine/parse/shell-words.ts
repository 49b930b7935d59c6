/**
 * Splits a command line into words and operators, near enough to the POSIX shell (2.2 Quoting, 2.3
 * Token Recognition, 2.6.3 Command Substitution) and with the escapes of cmd.exe, which npm uses on
 * Windows. It does not expand anything: what is not written out stays visible as `expands`.
 */
export interface Word {
  readonly kind: "word";
  /** Quotes and escapes removed; expansions as they were written. */
  readonly text: string;
  /** Texts of `$(…)`, backticks, `<(…)` and groups inside this word. */
  readonly nested: readonly string[];
  /** A variable or a substitution decides what this word will be. */
  readonly expands: boolean;
  /** Quotes, escapes or empty expansions stand inside a run of letters: `cu""rl`, `c\url`, `c${x}url`. */
  readonly broken: boolean;
}

interface Operator {
  readonly kind: "operator";
  readonly text: "&&" | "||" | "|" | ";" | "&" | ">" | "<" | "<<<";
}

export type Token = Word | Operator;

export interface Tokens {
  readonly tokens: readonly Token[];
  /** False when a quote or a parenthesis is never closed. */
  readonly closed: boolean;
}

interface Draft {
  text: string;
  nested: string[];
  expands: boolean;
  broken: boolean;
}

export function shellWords(line: string): Tokens {
  return new Tokenizer(line).run();
}

class Tokenizer {
  readonly #line: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #word: Draft | undefined;
  #closed = true;

  constructor(line: string) {
    this.#line = line;
  }

  run(): Tokens {
    while (this.#at < this.#line.length) this.#step();
    this.#endWord();
    return { tokens: this.#tokens, closed: this.#closed };
  }

  #step(): void {
    const character = this.#line.charAt(this.#at);
    if (/\s/.test(character)) this.#space(character);
    else if (character === "'") this.#singleQuoted();
    else if (character === '"') this.#doubleQuoted();
    else if (character === "\\" || character === "^") this.#escaped();
    else if (character === "`") this.#backticks();
    else if (character === "$" || character === "%") this.#expansion(this.#draft());
    else if (character === "(" || this.#startsBrace(character)) this.#group();
    else if (character === "#" && this.#word === undefined) this.#comment();
    else if ("&|;<>".includes(character)) this.#operator(character);
    else this.#plain(character);
  }

  #draft(): Draft {
    this.#word ??= { text: "", nested: [], expands: false, broken: false };
    return this.#word;
  }

  #endWord(): void {
    if (this.#word === undefined) return;
    this.#tokens.push({ kind: "word", ...this.#word });
    this.#word = undefined;
  }

  #push(text: Operator["text"], length: number): void {
    this.#endWord();
    this.#tokens.push({ kind: "operator", text });
    this.#at += length;
  }

  #space(character: string): void {
    if (character === "\n") return this.#push(";", 1);
    this.#endWord();
    this.#at += 1;
  }

  #plain(character: string): void {
    this.#draft().text += character;
    this.#at += 1;
  }

  #comment(): void {
    const end = this.#line.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#line.length : end;
  }

  #singleQuoted(): void {
    const end = this.#line.indexOf("'", this.#at + 1);
    const word = this.#draft();
    // cmd.exe knows no single quotes: an apostrophe without a partner is an apostrophe.
    if (end === -1) return this.#plain("'");
    word.broken ||= this.#inLetters(end);
    word.text += this.#line.slice(this.#at + 1, end);
    this.#at = end + 1;
  }

  #doubleQuoted(): void {
    const word = this.#draft();
    const start = this.#at;
    this.#at += 1;
    while (this.#at < this.#line.length) {
      const character = this.#line.charAt(this.#at);
      if (character === '"') {
        word.broken ||= this.#startsInLetters(start) && this.#inLetters(this.#at);
        this.#at += 1;
        return;
      }
      if (character === "\\" && /["\\$`]/.test(this.#line.charAt(this.#at + 1))) {
        word.text += this.#line.charAt(this.#at + 1);
        this.#at += 2;
      } else if (character === "$") this.#expansion(word);
      else if (character === "`") this.#backticks();
      else this.#plain(character);
    }
    this.#closed = false;
  }

  #escaped(): void {
    const next = this.#line.charAt(this.#at + 1);
    const word = this.#draft();
    // A backslash before a path part is how Windows parts folders: keep it.
    const separates =
      this.#line.charAt(this.#at) === "\\" && /[\w.]/.test(next) && !this.#bareName();
    word.broken ||= !separates && this.#inLetters(this.#at);
    word.text += separates ? `\\${next}` : next;
    this.#at += 2;
  }

  /** Whether what was read of this word so far has no dot, slash or drive: a program's bare name. */
  #bareName(): boolean {
    return /^[a-z]{0,3}$/i.test(this.#word?.text ?? "");
  }

  #backticks(): void {
    const end = this.#line.indexOf("`", this.#at + 1);
    if (end === -1) this.#closed = false;
    const stop = end === -1 ? this.#line.length : end;
    const word = this.#draft();
    word.expands = true;
    word.nested.push(this.#line.slice(this.#at + 1, stop));
    word.text += this.#line.slice(this.#at, stop + 1);
    this.#at = stop + 1;
  }

  #expansion(word: Draft): void {
    if (this.#line.startsWith("$(", this.#at)) {
      this.#at += 1;
      word.text += "$";
      return this.#group();
    }
    const rest = this.#line.slice(this.#at, this.#at + 100);
    const [name] = /^(?:\$\{[^}]*\}|\$\w+|\$[@*#?!$-]|%\w+%)/.exec(rest) ?? ["$"];
    if (name === "$") return this.#plain(this.#line.charAt(this.#at));
    word.broken ||= this.#startsInLetters(this.#at) && /IFS|^\$[@*1-9]$|^\$\{[@*]?\}$/.test(name);
    word.expands = true;
    word.text += name;
    this.#at += name.length;
  }

  #startsBrace(character: string): boolean {
    return (
      character === "{" && this.#word === undefined && /\s/.test(this.#line.charAt(this.#at + 1))
    );
  }

  #group(): void {
    const end = closingOf(this.#line, this.#at);
    if (end === -1) this.#closed = false;
    const stop = end === -1 ? this.#line.length : end;
    const word = this.#draft();
    word.expands = true;
    word.nested.push(this.#line.slice(this.#at + 1, stop));
    word.text += this.#line.slice(this.#at, stop + 1);
    this.#at = stop + 1;
  }

  #operator(character: string): void {
    const line = this.#line;
    if (line.startsWith("&&", this.#at)) return this.#push("&&", 2);
    if (line.startsWith("||", this.#at)) return this.#push("||", 2);
    if (line.startsWith("|&", this.#at)) return this.#push("|", 2);
    if (line.startsWith("<<<", this.#at)) return this.#push("<<<", 3);
    if (/^[<>]\(/.test(line.slice(this.#at, this.#at + 2))) {
      this.#plain(character);
      return this.#group();
    }
    const redirect = /^&?>>?(?:&[\d-])?/.exec(line.slice(this.#at, this.#at + 5))?.[0];
    if (redirect !== undefined) return this.#redirect(redirect);
    if (character === "|") return this.#push("|", 1);
    if (character === "<") return this.#push("<", 1);
    return this.#push(character === "&" ? "&" : ";", 1);
  }

  #redirect(text: string): void {
    // `2>` names the stream before the arrow; it is no word of the command.
    if (/^\d$/.test(this.#word?.text ?? "")) this.#word = undefined;
    if (/&[\d-]$/.test(text)) {
      this.#endWord();
      this.#at += text.length;
    } else this.#push(">", text.length);
  }

  #startsInLetters(start: number): boolean {
    return /[a-z]/i.test(this.#line.charAt(start - 1));
  }

  #inLetters(end: number): boolean {
    return (
      /[a-z]/i.test(this.#word?.text.at(-1) ?? "") && /[a-z]/i.test(this.#line.charAt(end + 1))
    );
  }
}

/** Where the bracket that opens at `start` closes, quotes respected; -1 when it does not. */
function closingOf(line: string, start: number): number {
  const open = line.charAt(start);
  const close = open === "(" ? ")" : "}";
  let depth = 0;
  let quote = "";
  for (let at = start; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === "\\") at += 1;
    else if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === open) depth += 1;
    else if (character === close) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}
