/**
 * Characters that show nothing, as `\u` escapes so that this file shows them: zero width, invisible
 * operators, Mongolian and general variation selectors, Hangul and Khmer fillers, tags.
 */
export const INVISIBLE =
  "\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200d\\u2060-\\u2064\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\u{e0000}-\\u{e01ef}";

/** Letters of other scripts → the Latin letter they are drawn like in most typefaces. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Cyrillic
    "\u0430": "a", "\u0435": "e", "\u043e": "o", "\u0440": "p", "\u0441": "c", "\u0443": "y",
    "\u0445": "x", "\u0456": "i", "\u0458": "j", "\u0455": "s", "\u04bb": "h", "\u0501": "d",
    "\u051b": "q", "\u051d": "w", "\u0475": "v", "\u04cf": "l", "\u0410": "A", "\u0412": "B",
    "\u0415": "E", "\u041a": "K", "\u041c": "M", "\u041d": "H", "\u041e": "O", "\u0420": "P",
    "\u0421": "C", "\u0422": "T", "\u0425": "X", "\u0406": "I", "\u0408": "J", "\u0405": "S",
    "\u04ae": "Y", "\u0500": "d",
    // Greek capitals and omicron; the small letters are at home in formulas
    "\u03bf": "o", "\u0391": "A", "\u0392": "B", "\u0395": "E", "\u0396": "Z", "\u0397": "H",
    "\u0399": "I", "\u039a": "K", "\u039c": "M", "\u039d": "N", "\u039f": "O", "\u03a1": "P",
    "\u03a4": "T", "\u03a5": "Y", "\u03a7": "X",
    // Armenian, and letters of phonetic scripts
    "\u0585": "o", "\u057d": "u", "\u0581": "g", "\u0251": "a", "\u0261": "g",
  }),
); // prettier-ignore

/** The name as it reads to a person, or undefined when it has letters that look like no Latin one. */
export function latinReading(name: string): string | undefined {
  let reading = "";
  for (const character of name) {
    if (/^[\w$]$/.test(character)) reading += character;
    else {
      const alike = LOOK_ALIKES.get(character) ?? fullWidth(character);
      if (alike === undefined) return undefined;
      reading += alike;
    }
  }
  return reading;
}

/** Full-width and mathematical letters are ASCII letters in another dress. */
function fullWidth(character: string): string | undefined {
  const plain = character.normalize("NFKC");
  return /^[A-Za-z0-9]$/.test(plain) && /[\uff00-\uff5e]/.test(character) ? plain : undefined;
}

/** Which of the characters that matter here a text holds at all. */
export interface Census {
  readonly bidi: boolean;
  readonly invisible: number;
  readonly privateUse: number;
  readonly lookAlikes: boolean;
}

/** One pass over UTF-8 bytes, by lead bytes: far cheaper than expressions over the decoded text. */
export function census(bytes: Uint8Array): Census {
  let [invisible, privateUse, bidi, lookAlikes] = [0, 0, false, false];
  for (let at = 0; at < bytes.length; at += 1) {
    const lead = bytes[at] ?? 0;
    if (lead < 0xc4) continue;
    const next = bytes[at + 1] ?? 0;
    const last = bytes[at + 2] ?? 0;
    if (lead === 0xe2 && (next === 0x80 || next === 0x81)) {
      bidi ||= (next === 0x80 && last >= 0xaa && last <= 0xae) || (next === 0x81 && last >= 0xa6);
      invisible += Number((next === 0x80 && last <= 0x8d) || (next === 0x81 && last >= 0xa0));
    } else if (lead === 0xe1) invisible += Number(next === 0x85 || next === 0x9e || next === 0xa0);
    else if (lead === 0xe3) invisible += Number(next === 0x85 && last === 0xa4);
    else if (lead === 0xf3 && next < 0xb0) invisible += 1;
    else if (lead === 0xee || lead > 0xf2) privateUse += 1;
    else if (lead === 0xef) {
      if (next < 0xa4) privateUse += 1;
      else if (next === 0xbc || next === 0xbd) lookAlikes = true;
      else invisible += 1;
    } else if ((lead > 0xcd && lead < 0xd7) || lead === 0xc9) lookAlikes = true;
  }
  return { bidi, invisible, privateUse, lookAlikes };
}
