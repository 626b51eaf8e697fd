import { randomBytes } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import type { MysqlAddress } from '../../infra/local/addresses.ts';

export const SHOP_TABLES = ['customers', 'products', 'orders'] as const;

const SCHEMA = [
  `CREATE TABLE customers (
    id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT, name VARCHAR(80) NOT NULL, email VARCHAR(120), city VARCHAR(60),
    created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)) CHARACTER SET utf8mb4`,
  `CREATE TABLE products (
    sku CHAR(6) PRIMARY KEY, title VARCHAR(80) NOT NULL, price DECIMAL(10,2) NOT NULL,
    stock SMALLINT UNSIGNED NOT NULL, tags SET('new','sale','gift') NOT NULL DEFAULT '') CHARACTER SET utf8mb4`,
  `CREATE TABLE orders (
    id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, customer_id INT UNSIGNED NOT NULL, sku CHAR(6) NOT NULL,
    amount INT NOT NULL, total DECIMAL(12,2) NOT NULL, state ENUM('open','paid','sent') NOT NULL DEFAULT 'open',
    note JSON) CHARACTER SET utf8mb4`,
];

/** A row that was changed: what a message about it must say. */
export interface Change {
  readonly table: string;
  readonly action: 'insert' | 'update' | 'delete';
  /** The key of the message. */
  readonly key: string;
}

/** A small shop in a database of its own, with an account for Galaxy that has the least rights it needs. */
export class Shop {
  readonly database: string;
  readonly account: { readonly user: string; readonly password: string };
  readonly version: string;
  readonly #connection: Connection;
  #orders = 0;

  private constructor(connection: Connection, database: string, version: string) {
    this.#connection = connection;
    this.database = database;
    this.version = version;
    this.account = { user: `galaxy_${database}`, password: randomBytes(12).toString('base64url') };
  }

  static async open(address: MysqlAddress): Promise<Shop> {
    const { host, port, user, password } = address;
    const connection = await createConnection({ host, port, user, password, charset: 'utf8mb4' });
    const [rows] = await connection.query('SELECT VERSION() AS version');
    const version = (rows as { version: string }[])[0]?.version ?? '';
    const [existing] = await connection.query("SHOW DATABASES LIKE 'shop'");
    const taken = (existing as unknown[]).length > 0;
    const shop = new Shop(connection, taken ? `shop_${randomBytes(3).toString('hex')}` : 'shop', version);
    await shop.#create();
    return shop;
  }

  /** Three customers and three products. */
  async stock(): Promise<Change[]> {
    await this.#connection.query(
      `INSERT INTO customers (name, email, city) VALUES ('Ada Lovelace', 'ada@example.com', 'London'),
       ('Grace Hopper', 'grace@example.com', 'New York'), ('山田 太郎', NULL, '東京')`,
    );
    await this.#connection.query(
      `INSERT INTO products VALUES ('TEA-01', 'Green tea', 12.50, 90, 'new'), ('CUP-07', 'Cup', 8.00, 45, ''),
       ('BOX-03', 'Gift box', 21.90, 30, 'sale,gift')`,
    );
    return [
      ...[1, 2, 3].map((id): Change => ({ table: 'customers', action: 'insert', key: `{"id":${id}}` })),
      ...['TEA-01', 'CUP-07', 'BOX-03'].map(
        (sku): Change => ({ table: 'products', action: 'insert', key: `{"sku":"${sku}"}` }),
      ),
    ];
  }

  /** One order is one transaction: the order itself, and the product that is taken from the shelf. */
  async order(): Promise<Change[]> {
    this.#orders += 1;
    const id = this.#orders;
    const sku = ['TEA-01', 'CUP-07', 'BOX-03'][id % 3] ?? 'TEA-01';
    await this.#connection.beginTransaction();
    await this.#connection.query(
      'INSERT INTO orders (customer_id, sku, amount, total, note) SELECT ?, sku, 1, price, ? FROM products WHERE sku = ?',
      [(id % 3) + 1, JSON.stringify({ gift: id % 2 === 0, wishes: ['soon'] }), sku],
    );
    await this.#connection.query('UPDATE products SET stock = stock - 1 WHERE sku = ?', [sku]);
    await this.#connection.commit();
    return [
      { table: 'orders', action: 'insert', key: `{"id":${id}}` },
      { table: 'products', action: 'update', key: `{"sku":"${sku}"}` },
    ];
  }

  async orders(count: number): Promise<Change[]> {
    const changes: Change[] = [];
    for (let made = 0; made < count; made += 1) changes.push(...(await this.order()));
    return changes;
  }

  async pay(id: number): Promise<Change[]> {
    await this.#connection.query("UPDATE orders SET state = 'paid' WHERE id = ?", [id]);
    return [{ table: 'orders', action: 'update', key: `{"id":${id}}` }];
  }

  async cancel(id: number): Promise<Change[]> {
    await this.#connection.query('DELETE FROM orders WHERE id = ?', [id]);
    return [{ table: 'orders', action: 'delete', key: `{"id":${id}}` }];
  }

  /** Takes away what was made, on a server that outlives the demo. */
  async remove(): Promise<void> {
    await this.#connection.query(`DROP DATABASE ${this.database}`);
    await this.#connection.query(`DROP USER '${this.account.user}'@'%'`);
  }

  async close(): Promise<void> {
    await this.#connection.end();
  }

  async #create(): Promise<void> {
    const { user, password } = this.account;
    const connection = this.#connection;
    await connection.query(`CREATE DATABASE ${this.database}`);
    await connection.query(`USE ${this.database}`);
    for (const statement of SCHEMA) await connection.query(statement);
    await connection.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`);
    await connection.query(`GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '${user}'@'%'`);
    await connection.query(`GRANT SELECT ON ${this.database}.* TO '${user}'@'%'`);
  }
}
