/**
 * Statements without passwords. What is cut: strings where a password or its hash stands (IDENTIFIED BY, SET PASSWORD,
 * PASSWORD(…), options of servers and channels), connection strings with credentials, and every string or comment that
 * itself reads as if it held one (a prepared statement, the options of MariaDB's CONNECT and SPIDER).
 */
import type { Token } from './tokens.ts';

const CUT = "'***'";
/** A string behind these is a password, in whatever statement. */
const SECRET = new Set(['PASSWORD', 'OLD_PASSWORD', 'MASTER_PASSWORD', 'SOURCE_PASSWORD']);
/** So is one behind these, where IDENTIFIED stands shortly before: `AS 'x'` is an alias elsewhere. */
const OF_IDENTIFIED = new Set(['BY', 'AS', 'USING', 'REPLACE']);
/** IDENTIFIED WITH plugin BY 'x' REPLACE 'y', with MariaDB's OR between several. */
const IDENTIFIED_REACH = 8;
const HOLDS_SECRET =
  /identified\s+(by|with|via)\b|\bset\s+password\b|\bpassw(or)?d\W{0,3}["'`]|\b(password|passwd|pwd)\s*=\s*[^\s,;]|:\/\/[^\s/@]*@/i;

/** x'…', n'…', _utf8'…': the word belongs to the string behind it. */
const introduces = (token: Token, next: Token | undefined): boolean =>
  token.kind === 'word' && next?.kind === 'string' && next.start === token.end;

class Redaction {
  readonly #sql: string;
  #text = '';
  #from = 0;
  /** The last word but for parentheses, equal signs and introducers. */
  #last = '';
  /** Tokens since IDENTIFIED. */
  #sinceIdentified = Number.POSITIVE_INFINITY;
  /** Inside SET PASSWORD, whose user comes before the equal sign. */
  #setPassword: 'no' | 'user' | 'secret' = 'no';

  constructor(sql: string) {
    this.#sql = sql;
  }

  run(tokens: readonly Token[]): string {
    let end = 0;
    for (const [index, token] of tokens.entries()) {
      this.#between(end, token.start);
      end = token.end;
      if (this.#isSecret(token, tokens[index + 1])) this.#cut(token.start, token.end);
      if (!introduces(token, tokens[index + 1])) this.#pass(token);
    }
    this.#between(end, this.#sql.length);
    return this.#text + this.#sql.slice(this.#from);
  }

  #isSecret(token: Token, next: Token | undefined): boolean {
    if (introduces(token, next)) return false;
    const isHex = /^0x[0-9a-f]+$/i.test(token.text);
    if (token.kind !== 'string' && !isHex) return false;
    if (SECRET.has(this.#last) || this.#setPassword === 'secret') return true;
    if (OF_IDENTIFIED.has(this.#last) && this.#sinceIdentified <= IDENTIFIED_REACH) return true;
    return token.kind === 'string' && HOLDS_SECRET.test(token.text);
  }

  #pass({ upper }: Token): void {
    if (upper === 'PASSWORD' && this.#last === 'SET') this.#setPassword = 'user';
    else if (upper === '=' && this.#setPassword === 'user') this.#setPassword = 'secret';
    else if (upper === ';') this.#setPassword = 'no';
    this.#sinceIdentified = upper === 'IDENTIFIED' ? 0 : this.#sinceIdentified + 1;
    if (upper !== '(' && upper !== '=') this.#last = upper;
  }

  /** Comments stand between words. */
  #between(start: number, end: number): void {
    if (HOLDS_SECRET.test(this.#sql.slice(start, end))) this.#cut(start, end, ' /* *** */ ');
  }

  #cut(start: number, end: number, instead = CUT): void {
    this.#text += this.#sql.slice(this.#from, start) + instead;
    this.#from = end;
  }
}

/** The statement with every string and comment that may be a password, or hold one, cut out. */
export function redactSql(sql: string, tokens: readonly Token[]): string {
  return new Redaction(sql).run(tokens);
}
